import assert from 'node:assert/strict';
import test from 'node:test';
import { GraphQLError } from 'graphql';
import { AtlasError, type AtlasFailure, NotFoundError } from '../../../src/atlas/api/errors.ts';
import type { Fault } from '../../../src/sandbox/fault-queue.ts';
import { BadInputError, isInternal, toPublicError } from '../../../src/schema/operation/errors.ts';
import { openStillGateway, type StillGateway } from '../../support/schema/still-gateway.ts';

/** Stands in everything Atlas sends here, and may come out nowhere. */
const canary = 'CANARY-4711';
const body = { error: canary, error_message: canary, reason: canary, [canary]: canary };

/** However often it is tried. */
const always = Number.POSITIVE_INFINITY;

const messages = {
  ATLAS_UNAVAILABLE: 'Atlas cannot answer at the moment. Try again later.',
  DEADLINE_EXCEEDED: 'Atlas did not answer in time. Try again.',
  OUTCOME_UNKNOWN:
    "Atlas's answer was lost: the request may or may not have been executed. Check before you repeat it.",
  ATLAS_REJECTED: 'Atlas refused this request. Check its input.',
  ATLAS_UNAUTHORIZED: "Atlas refused this gateway's credentials. Tell the operator of the gateway.",
  ATLAS_CONTRACT_BROKEN:
    'Atlas answered in a form that this gateway does not know. Tell the operator of the gateway.',
  QUERY_TOO_COMPLEX:
    'This operation takes more calls to Atlas than one operation may make. Request less at a time.',
} as const;
type Code = keyof typeof messages;

interface Told {
  readonly code: Code;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
}
const unavailable = { code: 'ATLAS_UNAVAILABLE', retryable: true } as const;
const rejected = { code: 'ATLAS_REJECTED', retryable: false } as const;
const unauthorized = { code: 'ATLAS_UNAUTHORIZED', retryable: false } as const;
const broken = { code: 'ATLAS_CONTRACT_BROKEN', retryable: false } as const;
const unknown = { code: 'OUTCOME_UNKNOWN', retryable: false } as const;

/** Each failure, and its public error for repeatable calls and for others. */
const table: readonly [name: string, fault: Fault, read: Told, write: Told][] = [
  ['400', { status: 400, body }, rejected, rejected],
  ['401, twice', { status: 401, body }, unauthorized, unauthorized],
  ['403', { status: 403, body }, rejected, rejected],
  ['404', { status: 404, body }, rejected, rejected],
  ['410', { status: 410, body }, rejected, rejected],
  ['422', { status: 422, body }, rejected, rejected],
  ['429', { status: 429, body }, unavailable, unavailable],
  [
    '429 with Retry-After',
    { status: 429, body, headers: { 'Retry-After': '20' } },
    { ...unavailable, retryAfterMs: 20_000 },
    { ...unavailable, retryAfterMs: 20_000 },
  ],
  ['500', { status: 500, body }, unavailable, unknown],
  ['502', { status: 502, body }, unavailable, unknown],
  ['503', { status: 503, body }, unavailable, unavailable],
  [
    '503 with Retry-After',
    { status: 503, body, headers: { 'Retry-After': '120' } },
    { ...unavailable, retryAfterMs: 120_000 },
    { ...unavailable, retryAfterMs: 120_000 },
  ],
  ['504', { status: 504, body }, unavailable, unknown],
  ['a page of HTML', { rawBody: `<h1>${canary}</h1>`, contentType: 'text/html' }, broken, unknown],
  ['nothing', { rawBody: '' }, broken, unknown],
  ['half an answer', { rawBody: `{"${canary}": ` }, broken, unknown],
  ['another answer', { status: 200, body: { [canary]: canary } }, broken, unknown],
  ['a list', { status: 200, body: [canary] }, broken, unknown],
  ['a redirect', { status: 302, body, headers: { Location: `/${canary}` } }, broken, unknown],
  ['a hang-up', { hangUp: 'before' }, unavailable, unknown],
  ['a hang-up after it was done', { hangUp: 'after' }, unavailable, unknown],
];

for (const [name, fault, read, write] of table) {
  test(`where Atlas answers with ${name}, a query and a mutation say so in our words`, async (t) => {
    const gateway = await openStillGateway(t, { env: { LOG_LEVEL: 'debug' } });
    gateway.sandbox.fault('flowStatus', fault, always);
    await assertTold(gateway, '{ told: flow(uuid: "LOS-never-read") { uuid } }', read);
    gateway.sandbox.fault('initFlow', fault, always);
    await assertTold(
      gateway,
      'mutation { told: createFlow(input: { applicationId: "a" }) { flow { uuid } } }',
      write,
    );
    assert.ok(!JSON.stringify(gateway.logLines()).includes(canary));
  });
}

/** The error of a createFlow without a key. */
const lostOpening =
  "Atlas's answer was lost: the flow may or may not have been opened. Ask Atlas whether the application has a flow before you repeat this.";

async function assertTold(
  gateway: StillGateway,
  query: string,
  { code, retryable, retryAfterMs }: Told,
): Promise<void> {
  const response = await fetch(gateway.graphqlUrl, {
    method: 'POST',
    headers: { ...gateway.headers, 'x-request-id': 'request-of-this-test' },
    body: JSON.stringify({ query }),
  });
  const text = await response.text();
  assert.ok(!text.includes(canary), text);
  const { errors } = JSON.parse(text);
  assert.equal(errors.length, 1);
  const { locations, ...error } = errors[0];
  assert.deepEqual(error, {
    message: code === 'OUTCOME_UNKNOWN' ? lostOpening : messages[code],
    path: ['told'],
    extensions: {
      code,
      retryable,
      service: 'FLOWS',
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      requestId: 'request-of-this-test',
    },
  });
  assert.equal(response.headers.get('x-request-id'), 'request-of-this-test');
}

test('where the extracts cannot be had, what needs them is null with an error, and the status stays', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  gateway.sandbox.fault('flowExtracts', { status: 503, body }, always);
  const { data, errors } = await gateway.ask(
    `query ($uuid: String!) {
      flow(uuid: $uuid) {
        uuid
        applicationId
        status { state }
        documents { documentId }
        document(documentId: "pan.jpg") { state }
        crossChecks { field }
        crossCheckSummary { total }
      }
    }`,
    { uuid },
  );
  assert.deepEqual(data.flow, {
    uuid,
    applicationId: 'application-1',
    status: { state: 'SUCCESS' },
    documents: null,
    document: null,
    crossChecks: null,
    crossCheckSummary: null,
  });
  assert.deepEqual(
    errors?.map(({ path, extensions }) => [path?.join('.'), extensions.code]).toSorted(),
    [
      ['flow.crossCheckSummary', 'ATLAS_UNAVAILABLE'],
      ['flow.crossChecks', 'ATLAS_UNAVAILABLE'],
      ['flow.document', 'ATLAS_UNAVAILABLE'],
      ['flow.documents', 'ATLAS_UNAVAILABLE'],
    ],
  );
  assert.equal(gateway.sandbox.countCalls('flowExtracts'), 3);
});

test('where the addresses cannot be matched, the documents stay', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(['aadhaar.jpg']);
  gateway.sandbox.fault('matchAddresses', { status: 503, body }, always);
  const { data, errors } = await gateway.askDocument(
    uuid,
    'aadhaar.jpg',
    'extraction { ... on AadhaarExtraction { address { value match(against: "1 SAMPLE ROAD") { similarityScore } } } }',
  );
  assert.deepEqual(data.flow.document.extraction.address, {
    value: '95 SAMPLE ROAD, TESTPUR, 000094',
    match: null,
  });
  assert.equal(errors?.[0]?.extensions.code, 'ATLAS_UNAVAILABLE');
});

test('a refused secret is told without the secret', async (t) => {
  const gateway = await openStillGateway(t, { env: { ATLAS_CLIENT_SECRET: canary } });
  const answer = await gateway.ask('{ flow(uuid: "x") { uuid } }');
  assert.equal(answer.errors?.[0]?.extensions.code, 'ATLAS_UNAUTHORIZED');
  assert.ok(!JSON.stringify([answer, gateway.logLines()]).includes(canary));
});

test('every way in which Atlas fails has its code, and only what may pass is retryable', () => {
  const codes: Record<AtlasFailure, [Code, boolean]> = {
    unavailable: ['ATLAS_UNAVAILABLE', true],
    deadline: ['DEADLINE_EXCEEDED', true],
    'outcome-unknown': ['OUTCOME_UNKNOWN', false],
    rejected: ['ATLAS_REJECTED', false],
    unauthorized: ['ATLAS_UNAUTHORIZED', false],
    'contract-broken': ['ATLAS_CONTRACT_BROKEN', false],
    'too-many-calls': ['QUERY_TOO_COMPLEX', false],
  };
  for (const [failure, [code, retryable]] of Object.entries(codes)) {
    const thrown = new AtlasError({
      endpoint: 'flowStatus',
      failure: failure as AtlasFailure, // the keys of the table above
      reason: canary,
      cause: new Error(canary),
    });
    const error = toPublicError(new GraphQLError(canary, { originalError: thrown }), 'request-1');
    assert.deepEqual(error.toJSON(), {
      message: messages[code],
      extensions: {
        code,
        retryable,
        // Of a call that was not made no service has failed.
        ...(failure === 'too-many-calls' ? {} : { service: 'FLOWS' }),
        requestId: 'request-1',
      },
    });
    assert.equal(isInternal(thrown), false);
  }
});

test('an unforeseen error is INTERNAL, without its text', () => {
  const faults = [
    new Error(canary),
    new TypeError(canary, { cause: new Error(canary) }),
    canary,
    null,
    new GraphQLError(canary, { originalError: new Error(canary), extensions: { canary } }),
    // A resolver that breaks the promise of the schema.
    new GraphQLError(`Cannot return null for ${canary}.`, { path: ['flow', 'status'] }),
  ];
  for (const fault of faults) {
    const error = toPublicError(fault);
    assert.equal(error.message, 'Something went wrong in the gateway.');
    assert.deepEqual(error.extensions, { code: 'INTERNAL', retryable: false });
    assert.ok(!JSON.stringify(error).includes(canary));
    assert.equal(isInternal(fault), true);
  }
});

test('bad input and absence keep the words that are ours', () => {
  const told = (thrown: unknown) => {
    const { message, extensions } = toPublicError(thrown);
    return [message, extensions.code, extensions.retryable];
  };
  assert.deepEqual(told(new BadInputError('uuids: at most 100 at a time.')), [
    'uuids: at most 100 at a time.',
    'BAD_USER_INPUT',
    false,
  ]);
  assert.deepEqual(told(new NotFoundError('flow')), ['There is no such flow.', 'NOT_FOUND', false]);
  assert.deepEqual(told(new NotFoundError('batch')), [
    'There is no such batch.',
    'NOT_FOUND',
    false,
  ]);
});
