import assert from 'node:assert/strict';
import test from 'node:test';
import { getOperationAST, parse, validate } from 'graphql';
import { fieldCostOf } from '../../src/schema/cost/field-costs.ts';
import { createPlanCalls } from '../../src/schema/cost/planned-calls.ts';
import { createSchema } from '../../src/schema/index.ts';

const schema = createSchema();
const planCalls = createPlanCalls(schema);

function plan(query: string, variables?: Record<string, unknown>): number {
  const document = parse(query);
  assert.deepEqual(validate(schema, document), []);
  const operation = getOperationAST(document);
  assert.ok(operation);
  return planCalls({ document, operation, variables });
}

const flow = (selection: string) => `{ flow(uuid: "one") { ${selection} } }`;
const many = (count: number) => Array.from({ length: count }, (_, place) => `number-${place}`);
const id = (text: string) => Buffer.from(text).toString('base64url');
const match = 'match(against: "here", applicationId: "all") { similarityScore }';

const plans: readonly [
  what: string,
  calls: number,
  query: string,
  variables?: Record<string, unknown>,
][] = [
  [
    'what the gateway knows itself',
    0,
    '{ documentTypes { type } __typename __schema { description } }',
  ],
  ['a flow', 1, flow('uuid status { state }')],
  ['a flow by two names', 1, '{ a: flow(uuid: "one") { uuid } b: flow(uuid: "one") { id } }'],
  ['two flows', 2, '{ a: flow(uuid: "one") { uuid } b: flow(uuid: "two") { id } }'],
  [
    'all that stands in the extracts',
    2,
    flow(`
    documents { state } document(documentId: "a") { state } crossChecks { left { document { state } } }
    crossCheckSummary { lowest { field } }`),
  ],
  [
    'a list of flows, each once',
    6,
    `query ($uuids: [String!]!) {
    flowsByUuid(uuids: $uuids) { documents { state } } }`,
    { uuids: ['a', 'b', 'a', 'c'] },
  ],
  [
    'one flow in place of a list',
    1,
    'query ($uuids: [String!]!) { flowsByUuid(uuids: $uuids) { id } }',
    { uuids: 'a' },
  ],
  [
    'a variable left to its default',
    2,
    'query ($uuids: [String!]! = ["a", "b"]) { flowsByUuid(uuids: $uuids) { id } }',
  ],
  [
    'what is skipped or not included',
    1,
    `query ($not: Boolean! = false) { flow(uuid: "one") {
    documents @skip(if: true) { state } ... @include(if: $not) { crossChecks { field } } } }`,
  ],
  [
    'what is included by a variable',
    2,
    `query ($is: Boolean!) { flow(uuid: "one") {
    documents @include(if: $is) { state } } }`,
    { is: true },
  ],
  [
    'what fragments ask for',
    2,
    `{ flow(uuid: "one") { ...f ...f } } fragment f on Flow { ...g ...g }
    fragment g on Flow { documents { state } }`,
  ],
  ['a wait', 2, '{ waitForFlow(uuid: "one") { documents { state } } }'],
  [
    'nodes of every kind',
    1 + 1 + 1 + 3,
    `query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`,
    {
      ids: [
        'Flow:one',
        'Flow:one',
        'Document:flow/one/a',
        'Batch:BULK/one',
        'Document:batch/BULK/one/a',
        'Batch:SANDBOX/one',
        'nonsense',
        'Document:nonsense',
      ].map(id),
    },
  ],
  [
    'a node, by what it is',
    2,
    'query ($id: ID!) { node(id: $id) { ... on Flow { documents { state } } ... on Batch { totalKnown } } }',
    { id: id('Flow:one') },
  ],
  ['a batch', 1, '{ batch(batchId: "one") { batchId totalKnown } }'],
  ['the progress of a batch', 3, '{ batch(batchId: "one") { progress { missing } totalKnown } }'],
  [
    'fifty documents of a batch',
    2,
    '{ batch(batchId: "one") { documents(first: 50) { edges { cursor } } } }',
  ],
  [
    'fifty-one documents of a batch',
    3,
    '{ batch(batchId: "one") { documents(first: 51) { edges { cursor } } } }',
  ],
  [
    'documents behind a cursor',
    5,
    '{ batch(batchId: "one") { documents(first: 10, after: "x") { edges { cursor } } } }',
  ],
  [
    'one match',
    1,
    '{ addressMatch(applicationId: "a", source: "b", target: "c") { similarityScore } }',
  ],
  [
    'a hundred matches',
    1,
    `query ($targets: [String!]!) {
    addressMatches(applicationId: "a", source: "b", targets: $targets) { similarityScore } }`,
    { targets: many(100) },
  ],
  [
    'a hundred matches and one more',
    2,
    `query ($targets: [String!]!) {
    addressMatches(applicationId: "a", source: "b", targets: $targets) { similarityScore }
    addressMatch(applicationId: "a", source: "b", target: "c") { similarityScore } }`,
    { targets: many(100) },
  ],
  [
    'matches with two sources',
    2,
    `{
    x: addressMatch(applicationId: "a", source: "b", target: "c") { similarityScore }
    y: addressMatch(applicationId: "a", source: "c", target: "c") { similarityScore } }`,
  ],
  [
    'no matches',
    0,
    '{ addressMatches(applicationId: "a", source: "b", targets: []) { similarityScore } }',
  ],
  [
    'addresses matched where they stand',
    3,
    flow(`documents { extraction {
    ... on AadhaarExtraction { address { ${match} } } ... on InvoiceExtraction { dealerAddress { ${match} } } } }`),
  ],
  [
    'addresses of many flows matched at once',
    22,
    `query ($uuids: [String!]!) {
    flowsByUuid(uuids: $uuids) { documents { extraction { ... on AadhaarExtraction { address { ${match} } } } } } }`,
    { uuids: many(10) },
  ],
  [
    'addresses matched for the application of each flow',
    6,
    `{ flowsByUuid(uuids: ["a", "b"]) { documents {
    extraction { ... on AadhaarExtraction { address { match(against: "here") { similarityScore } } } } } } }`,
  ],
  ['opening a flow', 2, 'mutation { createFlow(input: {applicationId: "a"}) { flow { uuid } } }'],
  [
    'opening two flows',
    4,
    `mutation { a: createFlow(input: {applicationId: "a"}) { flow { uuid } }
    b: createFlow(input: {applicationId: "b"}) { flow { uuid } } }`,
  ],
  [
    'an upload and what follows',
    3,
    `mutation ($input: UploadDocumentsInput!) {
    uploadDocuments(input: $input) { flow { documents { state } } } }`,
    { input: { flowUuid: 'one', files: [] } },
  ],
  [
    'a batch and its progress',
    4,
    `mutation { createBatch(input: {files: []}) {
    batch { progress { missing } } } }`,
  ],
  ['an event of a flow', 1, 'subscription { flowUpdated(uuid: "one") { status { state } } }'],
  [
    'an event of a flow with its documents',
    3,
    'subscription { flowUpdated(uuid: "one") { documents { state } } }',
  ],
  [
    'an event of a batch',
    3,
    'subscription { batchUpdated(batchId: "one") { progress { missing } } }',
  ],
];

for (const [what, calls, query, variables] of plans) {
  test(`${what}: ${calls} planned`, () => {
    assert.equal(plan(query, variables), calls);
    assert.equal(plan(query, variables), calls);
  });
}

test('every field of the root types has its price', () => {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const wanting = roots.flatMap((type) =>
    Object.keys(type?.getFields() ?? {})
      .filter((field) => fieldCostOf(type?.name ?? '', field) === undefined)
      .map((field) => `${type?.name}.${field}`),
  );
  assert.deepEqual(wanting, []);
});

test('given the wrong kind of thing, a plan is made all the same', () => {
  const query = `query ($uuid: String!, $ids: [ID!]!, $first: Int!) {
    flow(uuid: $uuid) { id } nodes(ids: $ids) { id }
    batch(batchId: "one") { documents(first: $first) { edges { cursor } } }
  }`;
  const upload = `mutation ($input: UploadDocumentsInput!) {
    uploadDocuments(input: $input) { flow { uuid } }
  }`;
  for (const wrong of [null, 7, -1, {}, [], [[null]], 'text', 2 ** 31, Number.POSITIVE_INFINITY]) {
    assert.ok(plan(query, { uuid: wrong, ids: wrong, first: wrong }) <= 13, String(wrong));
    assert.equal(plan(upload, { input: wrong }), 2);
  }
});
