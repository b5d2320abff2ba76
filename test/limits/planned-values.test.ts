import assert from 'node:assert/strict';
import test from 'node:test';
import {
  getIntrospectionQuery,
  getNullableType,
  getOperationAST,
  isListType,
  isObjectType,
  parse,
  validate,
} from 'graphql';
import { createPlanValues } from '../../src/schema/cost/planned-values.ts';
import { hasListSize } from '../../src/schema/cost/value-costs.ts';
import { createSchema } from '../../src/schema/index.ts';

const schema = createSchema();
const planValues = createPlanValues(schema);
const mostByDefault = 200_000;

function plan(query: string, variables?: Record<string, unknown>): number {
  const document = parse(query);
  assert.deepEqual(validate(schema, document), []);
  const operation = getOperationAST(document);
  assert.ok(operation);
  return planValues({ document, operation, variables });
}

const many = (count: number) => Array.from({ length: count }, (_, place) => `number-${place}`);
const same = (count: number) => Array.from({ length: count }, () => 'one');
const named = (count: number, field: string) =>
  Array.from({ length: count }, (_, place) => `n${place}: ${field}`).join(' ');
const everyField = `documentId documentType state extraction {
  documentType lowestConfidence fields { name value kind confidence isMasked } }`;

const plans: readonly [
  what: string,
  values: number,
  query: string,
  variables?: Record<string, unknown>,
][] = [
  ['a field', 1, '{ __typename }'],
  ['an object and its fields', 3, '{ flow(uuid: "one") { uuid id } }'],
  [
    'a list, its entries and their fields',
    1 + 3 * (1 + 2),
    '{ flowsByUuid(uuids: ["a", "b", "c"]) { uuid id } }',
  ],
  ['an entry that is named twice', 1 + 2 * 2, '{ flowsByUuid(uuids: ["a", "a"]) { uuid } }'],
  [
    'a list in a variable',
    1 + 80 * 2,
    'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    { ids: same(80) },
  ],
  [
    'a variable that is left to its default',
    1 + 2 * 2,
    'query ($ids: [ID!]! = ["a", "b"]) { nodes(ids: $ids) { id } }',
  ],
  [
    'one value in place of a list',
    1 + 2,
    'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    { ids: 'a' },
  ],
  ['twenty documents of a flow', 1 + 6 + 20 * 2, '{ flow(uuid: "one") { documents { state } } }'],
  [
    'a list in a list in a list',
    1 + 2 * (1 + 6 + 20 * (1 + 1 + 1 + 6 * 2)),
    '{ flowsByUuid(uuids: ["a", "b"]) { documents { extraction { fields { name } } } } }',
  ],
  [
    'fields of a document by their names',
    1 + 6 + 20 * (1 + 1 + 1 + 2 * 2),
    '{ flow(uuid: "one") { documents { extraction { fields(names: ["a", "b"]) { name } } } } }',
  ],
  [
    'a page and the read of the register behind it',
    1 + 50 + 1 + 10 * 3,
    '{ flows(first: 10) { edges { cursor node { uuid } } } }'.replace(
      'node { uuid }',
      '__typename',
    ),
  ],
  [
    'a page whose length is a variable',
    1 + 50 + 1 + 7 * 2,
    'query ($n: Int!) { flows(first: $n) { edges { cursor } } }',
    { n: 7 },
  ],
  [
    'a page in a page',
    1 + 50 + 1 + 10 * (1 + 1 + (1 + 50 + 1 + 5 * 2)),
    '{ flows(first: 10) { edges { node { timeline(first: 5) { edges { cursor } } } } } }',
  ],
  [
    'a page that is longer than any',
    1 + 1 + 1 + 500 * 2,
    '{ batch(batchId: "b") { documents(first: 2000000000) { edges { cursor } } } }',
  ],
  [
    'of an interface the type with most values',
    1 + 3,
    '{ node(id: "a") { id ... on Flow { uuid } ... on Batch { batchId service } } }',
  ],
  [
    'a fragment at each of its places',
    1 + 2 + 1 + 2,
    '{ a: flow(uuid: "one") { ...f } b: flow(uuid: "two") { ...f } } fragment f on Flow { id uuid }',
  ],
  [
    'faults of files in a variable',
    1 + 1 + (1 + 3 * 80) * 2,
    'mutation ($input: CreateBatchInput!) { createBatch(input: $input) { userErrors { code } } }',
    { input: { files: same(80) } },
  ],
  [
    'faults of more files than are taken',
    2 * (1 + 1 + (1 + 3 * 100) * 2),
    'mutation ($files: [FileInput!]!) { a: uploadDocuments(input: { flowUuid: "x", files: $files }) { ...e } b: uploadDocuments(input: { flowUuid: "x", files: $files }) { ...e } } fragment e on UploadDocumentsPayload { userErrors { code } }',
    { files: same(900) },
  ],
  [
    'what is not included',
    2,
    'query ($is: Boolean!) { flow(uuid: "one") { uuid documents @include(if: $is) { state } id @skip(if: true) } }',
    { is: false },
  ],
  [
    'what is included by a variable',
    2 + 6 + 40,
    'query ($is: Boolean!) { flow(uuid: "one") { uuid documents @include(if: $is) { state } } }',
    { is: true },
  ],
  [
    'a search through documents',
    1 + 26 + 1,
    '{ flow(uuid: "one") { document(documentId: "a") { state } } }',
  ],
  [
    'an upload',
    1 + 1 + 20 * 2,
    'mutation ($input: UploadDocumentsInput!) { uploadDocuments(input: $input) { documents { state } } }',
  ],
  [
    'an event of a subscription',
    1 + 6 + 40,
    'subscription { flowUpdated(uuid: "one") { documents { state } } }',
  ],
];

for (const [what, values, query, variables] of plans) {
  test(`${what}: ${values} values`, () => {
    assert.equal(plan(query, variables), values);
  });
}

const honest: Readonly<Record<string, [query: string, variables?: Record<string, unknown>]>> = {
  'a hundred flows with their documents and fields': [
    `query ($uuids: [String!]!) { flowsByUuid(uuids: $uuids) { uuid applicationId
      status { state upload processing crossCheck version } documents { ${everyField} } } }`,
    { uuids: many(100) },
  ],
  'a page of a hundred flows with their documents, fields and cross-checks': [
    `{ flows(first: 100) { edges { cursor node { uuid status { state } documents { ${everyField} }
      crossChecks { field similarityScore passes } } } pageInfo { endCursor } } }`,
  ],
  'five hundred documents of a batch': [
    `{ batch(batchId: "b") { progress { missing } documents(first: 500) { edges { cursor node { ${everyField} } } } } }`,
  ],
  'the questions of a playground': [getIntrospectionQuery({ inputValueDeprecation: true })],
};

for (const [what, [query, variables]] of Object.entries(honest)) {
  test(`${what} are within MAX_VALUES`, () => {
    const values = plan(query, variables);
    assert.ok(values <= mostByDefault, `${values}`);
  });
}

const excessive: typeof honest = {
  'one node by many names': [
    `query ($ids: [ID!]!) { ${named(65, 'nodes(ids: $ids) { ...n }')} }
      fragment n on Node { ... on Flow { documents { extraction { fields { name } } } } }`,
    { ids: same(100) },
  ],
  'fields by many names in lists': [
    `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Flow { documents { extraction {
      ${named(40, 'fields { name value kind }')} } } } } }`,
    { ids: same(80) },
  ],
  '__typename by many names': [
    `query ($uuids: [String!]!) { flowsByUuid(uuids: $uuids) { documents { ${named(99, '__typename')} } } }`,
    { uuids: same(100) },
  ],
  'reads of the register by many names': [
    `query ($uuids: [String!]!) { flowsByUuid(uuids: $uuids) { ${named(60, 'timeline(first: 1) { edges { cursor } }')} } }`,
    { uuids: many(100) },
  ],
  'searches through documents by many names': [
    `query ($uuids: [String!]!) { flowsByUuid(uuids: $uuids) { ${named(99, 'document(documentId: "none") { state }')} } }`,
    { uuids: many(100) },
  ],
  'the schema by many names': [
    `{ ${named(50, '__schema { types { fields { args { name description } } } }')} }`,
  ],
};

for (const [what, [query, variables]] of Object.entries(excessive)) {
  test(`${what} is over MAX_VALUES`, () => {
    const values = plan(query, variables);
    assert.ok(values > mostByDefault, `${values}`);
  });
}

test('every list of the graph has a size', () => {
  const without = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => isListType(getNullableType(field.type)) && !hasListSize(type, field))
        .map((field) => `${type.name}.${field.name}`),
    );
  assert.deepEqual(without, []);
});

test('fragments in fragments are read once each', () => {
  const depth = 15;
  const fragments = Array.from(
    { length: depth },
    (_, place) =>
      `fragment f${place} on Flow { ${place + 1 < depth ? `...f${place + 1} ...f${place + 1}` : 'uuid'} }`,
  );
  assert.equal(
    plan(`{ flow(uuid: "one") { ...f0 } } ${fragments.join(' ')}`),
    1 + 2 ** (depth - 1),
  );
});
