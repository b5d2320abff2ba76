import assert from 'node:assert/strict';
import test from 'node:test';
import type { Answered } from '../support/limits/transports.ts';
import { openStillGateway, type StillGateway } from '../support/schema/still-gateway.ts';

/** The available data. */
interface World {
  readonly one: string;
  readonly two: string;
  /** Of sixty documents. */
  readonly batchId: string;
}

interface Asked {
  readonly query: string;
  readonly variables?: (world: World) => Readonly<Record<string, unknown>>;
  /** How many calls it takes, where no fewer are planned. */
  readonly exactly?: number;
}

const match = 'match(against: "1 SAMPLE ROAD", applicationId: "all") { similarityScore }';
const both = ({ one, two }: World) => ({ uuids: [one, two, one, "nobody's"] });
const files = ['pan.jpg', 'invoice.pdf'].map((name) => ({
  documentId: name,
  url: `https://files.example/${name}`,
}));

const asked: Readonly<Record<string, Asked>> = {
  'what costs nothing': { query: '{ documentTypes { type } viewer { callerId } }', exactly: 0 },
  'a flow and its documents': {
    query: `query ($one: String!) { flow(uuid: $one) {
      status { state } documents { state } crossCheckSummary { total }
      crossChecks { left { document { documentId } } } } }`,
    variables: ({ one }) => ({ one }),
    exactly: 2,
  },
  'several flows, some of them twice': {
    query: `query ($uuids: [String!]!) {
      flowsByUuid(uuids: $uuids) { documents { state } } again: flowsByUuid(uuids: $uuids) { id } }`,
    variables: both,
  },
  'addresses of several flows, matched where they stand': {
    query: `query ($uuids: [String!]!) { flowsByUuid(uuids: $uuids) { documents { extraction {
      ... on AadhaarExtraction { address { ${match} } }
      ... on InvoiceExtraction { dealerAddress { ${match} other: ${match} } } } } } }`,
    variables: both,
  },
  'addresses matched for the application of their flow': {
    query: `query ($uuids: [String!]!) { flowsByUuid(uuids: $uuids) { documents { extraction {
      ... on AadhaarExtraction { address { match(against: "1 SAMPLE ROAD") { similarityScore } } } } } } }`,
    variables: both,
  },
  'a wait for what is over': {
    query: 'query ($one: String!) { waitForFlow(uuid: $one) { documents { state } } }',
    variables: ({ one }) => ({ one }),
    exactly: 2,
  },
  'nodes of every kind': {
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Flow { documents { state } } } }',
    variables: ({ one, two, batchId }) => ({
      ids: [
        `Flow:${one}`,
        `Document:flow/${two}/aadhaar.jpg`,
        `Document:flow/${one}/pan.jpg`,
        `Batch:BULK/${batchId}`,
        `Document:batch/BULK/${batchId}/pan-59.jpg`,
        'Batch:SANDBOX/nobody',
      ].map((text) => Buffer.from(text).toString('base64url')),
    }),
  },
  'a batch, its progress and all its documents': {
    query: `query ($id: String!) { batch(batchId: $id) {
      totalKnown progress { missing } documents(first: 500) { edges { node { documentId } } } } }`,
    variables: ({ batchId }) => ({ id: batchId }),
  },
  'documents of a batch from one page and the next': {
    query: `query ($id: String!, $after: String) { batch(batchId: $id) {
      documents(first: 50, after: $after) { edges { node { documentId } } } } }`,
    variables: ({ batchId }) => ({
      id: batchId,
      after: Buffer.from(JSON.stringify([1, 4, 'pan-4.jpg'])).toString('base64url'),
    }),
  },
  'documents of a batch behind one that is gone': {
    query: `query ($id: String!, $after: String) { batch(batchId: $id) {
      documents(first: 50, after: $after) { edges { node { documentId } } } } }`,
    variables: ({ batchId }) => ({
      id: batchId,
      after: Buffer.from(JSON.stringify([2, 4, 'gone.jpg'])).toString('base64url'),
    }),
  },
  'two sources and a hundred and fifty targets': {
    query: `query ($targets: [String!]!, $more: [String!]!) {
      addressMatches(applicationId: "a", source: "1 ROAD", targets: $targets) { similarityScore }
      more: addressMatches(applicationId: "a", source: "1 ROAD", targets: $more) { similarityScore }
      addressMatch(applicationId: "a", source: "2 ROAD", target: "3 ROAD") { similarityScore } }`,
    variables: () => ({ targets: roads(0, 100), more: roads(50, 100) }),
    exactly: 3,
  },
  'a flow that is opened': {
    query: `mutation { createFlow(input: {applicationId: "three"}) { flow { uuid documents { state } } } }`,
    exactly: 3,
  },
  'an upload': {
    query: `mutation ($input: UploadDocumentsInput!) { uploadDocuments(input: $input) {
      flow { status { state } documents { state } } documents { state } } }`,
    variables: ({ two }) => ({ input: { flowUuid: two, files } }),
    exactly: 3,
  },
  'two batches that are made': {
    query: `mutation ($input: CreateBatchInput!) {
      a: createBatch(input: $input) { batch { progress { missing } totalKnown } }
      b: createBatch(input: $input) { batch { documents(first: 10) { edges { cursor } } } } }`,
    variables: () => ({ input: { files } }),
  },
  'a grant': {
    query: `mutation ($one: String!) { issueFlowGrant(input: {flowUuid: $one}) { expiresAt } }`,
    variables: ({ one }) => ({ one }),
    exactly: 1,
  },
};

for (const [what, { query, variables, exactly }] of Object.entries(asked)) {
  test(`${what}: no more calls than planned, and as many as told`, async (t) => {
    const gateway = await openStillGateway(t);
    const given = variables?.(await openWorld(gateway));
    gateway.sandbox.clearCalls();
    const answer: Answered = await gateway.ask(query, given);
    assert.equal(answer.errors, undefined);
    const { planned, calls, coalesced, cached } = answer.extensions?.atlas ?? {};
    const made = gateway.sandbox.calls.filter(({ name }) => !/token/i.test(name)).length;
    assert.ok(planned !== undefined && made <= planned, `${made} of ${planned}`);
    if (exactly !== undefined) assert.deepEqual([made, planned], [exactly, exactly]);
    // The looks of a watch are its own.
    if (!query.includes('waitForFlow')) assert.equal(calls, made);
    assert.deepEqual([coalesced, cached], [0, 0]);
  });
}

test('retries count among the calls that MAX_ATLAS_CALLS allows', async (t) => {
  const gateway = await openStillGateway(t, { env: { MAX_ATLAS_CALLS: '4' } });
  const uuids = [await gateway.openFlow('one'), await gateway.openFlow('two')];
  gateway.sandbox.fault('flowStatus', { status: 503 }, Number.POSITIVE_INFINITY);
  gateway.sandbox.fault('flowExtracts', { status: 503 }, Number.POSITIVE_INFINITY);
  gateway.sandbox.clearCalls();
  const query = `query ($uuids: [String!]!) {
    flowsByUuid(uuids: $uuids) { documents { state } } }`;
  const { errors, extensions }: Answered = await gateway.ask(query, { uuids });
  // The failure is reported, and not that it was not retried.
  for (const error of errors ?? []) assert.equal(error.extensions.code, 'ATLAS_UNAVAILABLE');
  assert.equal(extensions?.atlas.calls, 4);
  assert.equal(gateway.sandbox.calls.filter(({ name }) => !/token/i.test(name)).length, 4);
});

async function openWorld(gateway: StillGateway): Promise<World> {
  const one = await gateway.finishedFlow(['aadhaar.jpg', 'pan.jpg', 'invoice.pdf'], 'one');
  const two = await gateway.finishedFlow(['aadhaar.jpg', 'gst.pdf'], 'two');
  const names = Array.from({ length: 60 }, (_, place) => `pan-${place}.jpg`);
  const batchId = await gateway.createBatch(names);
  gateway.finishBatches();
  return { one, two, batchId };
}

function roads(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, place) => `${from + place} SAMPLE ROAD, TESTPUR`);
}
