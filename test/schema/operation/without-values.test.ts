import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type GraphQLError, getOperationAST, parse, validate } from 'graphql';
import { createSchema } from '../../../src/schema/index.ts';
import { toPublicError } from '../../../src/schema/operation/errors.ts';
import { withoutValues } from '../../../src/schema/operation/without-values.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { createExecuteSent } from '../../support/server/execute-sent.ts';

const schema = createSchema();
const execution = createExecuteSent({ schema });
const secret = 'Q7secret';

/** A value with the secret in it, amid whatever else a caller may send. */
const values = fc
  .tuple(
    fc.oneof(
      fc.constantFrom('', '; ', '"; ', '\\"; ', 'at "input.x"; ', 'https://a.example/?sig=', '\n'),
      fc.string({ unit: 'grapheme' }),
    ),
    fc.oneof(
      fc.constantFrom('', '"', ' at "input.files"', '; Field "x" is not', ' value: ', '\u2028'),
      fc.string({ unit: 'grapheme' }),
    ),
  )
  .map(([before, after]) => `${before}${secret}${after}`);

/** The same value wrapped into something of the wrong kind. */
const wrongValues = values.chain((value) =>
  fc.constantFrom<unknown>([value], { key: value }, { [toKey(value)]: 1 }, [[{ key: [value] }]]),
);

/** Never of the form of a name: a mistyped name may be told. */
function toKey(value: string): string {
  return `${value}/`;
}

const createFlow = 'mutation ($v: CreateFlowInput!) { createFlow(input: $v) { flow { id } } }';
const upload =
  'mutation ($v: UploadDocumentsInput!) { uploadDocuments(input: $v) { flow { id } } }';
const questions = {
  text: 'query ($v: String!) { flow(uuid: $v) { id } }',
  id: 'query ($v: ID!) { node(id: $v) { id } }',
  integer: 'query ($v: Int!) { flow(uuid: "x") { crossChecks(below: $v) { field } } }',
  service: 'query ($v: BatchService!) { batch(batchId: "x", service: $v) { id } }',
};

test('a value in a variable never comes back in an error', async () => {
  const holders: ((value: string, wrong: unknown) => [string, unknown])[] = [
    (_, wrong) => [questions.text, wrong],
    (_, wrong) => [questions.id, wrong],
    (value) => [questions.integer, value],
    (_, wrong) => [questions.integer, wrong],
    (value) => [questions.service, value],
    (_, wrong) => [questions.service, wrong],
    (value) => [createFlow, value],
    (_, wrong) => [createFlow, wrong],
    (value) => [createFlow, { applicationId: 'a', flowParams: value }],
    (_, wrong) => [createFlow, { applicationId: wrong, callbackUrl: wrong }],
    (value, wrong) => [createFlow, { applicationId: value, [toKey(value)]: wrong }],
    (value) => [upload, { flowUuid: value, files: value }],
    (value, wrong) => [upload, { flowUuid: 'x', files: [{ documentId: value, url: wrong }] }],
    (value, wrong) => [
      upload,
      { flowUuid: 'x', files: [{ documentId: 'd', url: 'u' }, wrong, value] },
    ],
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...holders),
      values,
      wrongValues,
      async (hold, value, wrong) => {
        const [source, v] = hold(value, wrong);
        await assertSilent(source, { v });
      },
    ),
    { numRuns: propertyRuns(1_500) },
  );
});

test('a value in the text of a query never comes back in an error', async () => {
  const sources: ((literal: string) => string)[] = [
    (literal) => `{ flow(uuid: [${literal}]) { id } }`,
    (literal) => `{ flow(uuid: {key: ${literal}}) { id } }`,
    (literal) => `{ flow(uuid: "x") { crossChecks(below: ${literal}) { field } } }`,
    (literal) => `{ batch(batchId: "x", service: ${literal}) { id } }`,
    (literal) => `mutation { createFlow(input: ${literal}) { flow { id } } }`,
    (literal) =>
      `mutation { createFlow(input: {applicationId: "a", flowParams: ${literal}}) { flow { id } } }`,
    (literal) =>
      `mutation { uploadDocuments(input: {flowUuid: "a", files: [{documentId: "d", url: [${literal}]}]}) { flow { id } } }`,
    (literal) => `{ flow(uuid: "x" ${literal}) { id } }`,
    (literal) => `${literal} { flow(uuid: "x") { id } }`,
    (literal) => `{ flow(uuid: "x") { id } } ${literal}`,
    (literal) => `{ flow(uuid: ${literal}`,
  ];
  const literals = values.chain((value) =>
    fc.constantFrom(
      JSON.stringify(value),
      `"""${value.replaceAll('"', '')}"""`,
      `"${value.replaceAll('"', '')}`,
      secret,
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...sources), literals, (toSource, literal) =>
      assertSilent(toSource(literal)),
    ),
    { numRuns: propertyRuns(1_500) },
  );
});

test('a number in the text of a query never comes back in an error', async () => {
  const sources = [
    '{ flow(uuid: 234567890124) { id } }',
    '{ flow(uuid: "x" 234567890124) { id } }',
    '{ flow(uuid: "x") { id } } 234567890124',
    '{ flow(uuid: "x") { crossChecks(below: 234567890124) { field } } }',
    '{ batch(batchId: "x", service: 234567890124) { id } }',
    '{ flow(uuid: "x") { id } } 2345.67890124',
  ];
  for (const source of sources) {
    for (const { message } of await errorsOf(source)) assert.doesNotMatch(message, /67890/, source);
  }
});

test('an operation that does not exist is not called by the name that was given', async () => {
  await fc.assert(
    fc.asyncProperty(values, async (operationName) => {
      await assertSilent(
        'query A { documentTypes { type } } query B { documentTypes { type } }',
        {},
        operationName,
      );
    }),
  );
});

test('the kind and the place of the error are still reported', async () => {
  const told: [string, Record<string, unknown>, string][] = [
    [questions.text, { v: ['x'] }, 'Variable "$v": String cannot represent a non string value.'],
    [questions.text, { v: null }, 'Variable "$v" of non-null type "String!" must not be null.'],
    [questions.text, {}, 'Variable "$v" of required type "String!" was not provided.'],
    [questions.integer, { v: 1.5 }, 'Variable "$v": Int cannot represent non-integer value.'],
    [questions.service, { v: 'bulk' }, 'Variable "$v": The enum "BatchService" has no such value.'],
    [
      upload,
      { v: { flowUuid: 'x', files: [{ documentId: 'd', url: ['https://x; y'] }] } },
      'Variable "$v.files[0].url": A URL is a string.',
    ],
    [
      upload,
      { v: { flowUuid: 'x', files: [{ url: 'u' }] } },
      'Variable "$v.files[0]": Field "documentId" of required type "String!" was not provided.',
    ],
    [
      createFlow,
      { v: { applicationID: 'x', applicationId: 'x' } },
      'Variable "$v": Field "applicationID" is not defined by type "CreateFlowInput". Did you mean "applicationId"?',
    ],
    [
      '{ flo(uuid: "x") { id } }',
      {},
      'Cannot query field "flo" on type "Query". Did you mean "flow" or "flows"?',
    ],
    ['{ flow(id: "x", uuid: "x") { id } }', {}, 'Unknown argument "id" on field "Query.flow".'],
    [
      '{ flow(uuid: "x") }',
      {},
      'Field "flow" of type "Flow" must have a selection of subfields. Did you mean "flow { ... }"?',
    ],
    ['{ flow(uuid: "x") { id }', {}, 'Syntax Error: Expected Name, found <EOF>.'],
    ['{ flow(uuid: Sample Road) { id } }', {}, 'Syntax Error: Expected ":", found ")".'],
    ['{ flow(uuid: "x" }', {}, 'Syntax Error: Expected Name, found "}".'],
  ];
  for (const [source, variables, message] of told) {
    assert.deepEqual(
      (await errorsOf(source, variables)).map((error) => error.message),
      [message],
    );
  }
});

async function assertSilent(
  source: string,
  variables: Record<string, unknown> = {},
  operationName?: string,
): Promise<void> {
  const errors = await errorsOf(source, variables, operationName);
  assert.notEqual(errors.length, 0, source);
  for (const error of errors) {
    assert.equal(error.extensions.code, 'BAD_USER_INPUT');
    assert.ok(!JSON.stringify(error).includes(secret), error.message);
  }
}

/** The errors a client would see. Nothing here gets as far as a resolver. */
async function errorsOf(
  source: string,
  variableValues: Record<string, unknown> = {},
  operationName: string | null = null,
) {
  const errors = await refuse(source, variableValues, operationName);
  return errors.map((error) => toPublicError(error));
}

async function refuse(
  source: string,
  variableValues: Record<string, unknown>,
  operationName: string | null,
): Promise<readonly GraphQLError[]> {
  try {
    const document = parse(source);
    const faults = validate(schema, document);
    if (faults.length > 0) return faults;
    const isUnnamed = !getOperationAST(document, operationName);
    const { errors = [], data } = await execution({
      document,
      variableValues,
      operationName,
    });
    assert.ok(isUnnamed || data === undefined);
    return errors;
  } catch (error) {
    return [error as GraphQLError]; // parse throws nothing else
  }
}

test('a value of a megabyte that looks like many messages holds nobody up', () => {
  // An implementation that scans again from each position would take a quarter of an hour.
  const value = ' cannot represent'.repeat(60_000);
  assert.equal(
    withoutValues(`Int cannot represent non-integer value: "${value}"`),
    'Int cannot represent non-integer value.',
  );
  assert.equal(
    withoutValues(`Value "${value}" does not exist in "FlowState" enum.`),
    'The enum "FlowState" has no such value.',
  );
});
