import assert from 'node:assert/strict';
import test from 'node:test';
import { openStillGateway } from '../../support/schema/still-gateway.ts';

const statusQuery = `query ($uuid: String!) {
  flow(uuid: $uuid) {
    status {
      state upload processing crossCheck isTerminal version
      freshness { source observedAt nextCheckAt stale }
    }
  }
}`;

test('a flow tells what it was opened with', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow('application-7');
  const { data, errors } = await gateway.ask(
    'query ($uuid: String!) { flow(uuid: $uuid) { __typename uuid applicationId productType } }',
    { uuid },
  );
  assert.equal(errors, undefined);
  assert.deepEqual(data.flow, {
    __typename: 'Flow',
    uuid,
    applicationId: 'application-7',
    productType: 'TEST_PRODUCT',
  });
});

test('a flow that was opened elsewhere is a flow, and what it was opened with is not known', async (t) => {
  const here = await openStillGateway(t);
  const elsewhere = await openStillGateway(t, { env: { ATLAS_BASE_URL: here.sandbox.url } });
  const uuid = await here.finishedFlow(['pan.jpg'], 'application-7');
  const { data } = await elsewhere.ask(
    `query ($uuid: String!) {
      flow(uuid: $uuid) {
        applicationId productType status { state } documents { documentId state }
      }
    }`,
    { uuid },
  );
  assert.deepEqual(data.flow, {
    applicationId: null,
    productType: null,
    status: { state: 'SUCCESS' },
    documents: [{ documentId: 'pan.jpg', state: 'EXTRACTED' }],
  });
});

test('the status follows the flow through its stages', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  const seen: unknown[] = [];
  const look = async () => {
    const { data } = await gateway.ask(statusQuery, { uuid });
    const { version, freshness, ...stages } = data.flow.status;
    seen.push(Object.values(stages));
  };
  await look();
  await gateway.upload(uuid, 'pan.jpg');
  await look();
  for (let stage = 0; stage < 3; stage += 1) {
    gateway.clock.advance(1000);
    await look();
  }
  assert.deepEqual(seen, [
    ['NOT_STARTED', 'NOT_STARTED', 'NOT_STARTED', 'NOT_STARTED', false],
    ['IN_PROGRESS', 'IN_PROGRESS', 'NOT_STARTED', 'NOT_STARTED', false],
    ['IN_PROGRESS', 'SUCCESS', 'IN_PROGRESS', 'NOT_STARTED', false],
    ['IN_PROGRESS', 'SUCCESS', 'SUCCESS', 'PENDING', false],
    ['SUCCESS', 'SUCCESS', 'SUCCESS', 'COMPLETED', true],
  ]);
});

test('a flow that failed is at its end', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  gateway.sandbox.finishFlow(uuid, 'FAILED');
  const { data } = await gateway.ask(statusQuery, { uuid });
  assert.equal(data.flow.status.state, 'FAILED');
  assert.equal(data.flow.status.isTerminal, true);
});

test('the version grows with a change and stays without one', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  const version = async () => (await gateway.ask(statusQuery, { uuid })).data.flow.status.version;
  const first = await version();
  assert.equal(await version(), first);
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  assert.ok((await version()) > first);
});

test('a status that was just asked for is fresh', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  const before = Date.now();
  const { data } = await gateway.ask(statusQuery, { uuid });
  const { observedAt, ...freshness } = data.flow.status.freshness;
  assert.deepEqual(freshness, { source: 'POLL', nextCheckAt: null, stale: false });
  assert.match(observedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Date.parse(observedAt) >= before && Date.parse(observedAt) <= Date.now());
});

test('a word that Atlas never documented is UNKNOWN in the stage that it stands in', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  gateway.sandbox.setFlowStatus(uuid, {
    master_status: 'PAUSED_FOR_REVIEW',
    upload_status: '',
    processing_status: 'PENDING',
    crossheck_status: 'success',
  });
  const { data, errors } = await gateway.ask(statusQuery, { uuid });
  assert.equal(errors, undefined);
  const { state, upload, processing, crossCheck, isTerminal } = data.flow.status;
  assert.deepEqual(
    { state, upload, processing, crossCheck, isTerminal },
    {
      state: 'UNKNOWN',
      upload: 'UNKNOWN',
      processing: 'PENDING',
      crossCheck: 'UNKNOWN',
      isTerminal: false,
    },
  );
  const drifts = gateway.logLines().filter((line) => 'drift' in line);
  assert.deepEqual(
    drifts.map(({ drift }) => drift),
    ['status-unknown'],
  );
});

test('a flow that Atlas does not have is null, by whatever name', async (t) => {
  const gateway = await openStillGateway(t);
  const { data, errors } = await gateway.ask(
    `query ($id: ID!) {
      flow(uuid: "nobody's") { uuid }
      flowsByUuid(uuids: ["nobody's"]) { uuid }
      node(id: $id) { id }
      nodes(ids: [$id]) { id }
    }`,
    { id: globalId("Flow:nobody's") },
  );
  assert.equal(errors, undefined);
  assert.deepEqual(data, { flow: null, flowsByUuid: [null], node: null, nodes: [null] });
});

test('a flow that cannot be read blanks its own place in a list', async (t) => {
  const gateway = await openStillGateway(t);
  const known = await gateway.openFlow();
  gateway.sandbox.fault('flowStatus', { status: 503 }, Number.POSITIVE_INFINITY);
  const { data, errors } = await gateway.ask(
    'query ($uuids: [String!]!) { flowsByUuid(uuids: $uuids) { uuid } }',
    { uuids: ['LOS-never-read', known] },
  );
  assert.deepEqual(data.flowsByUuid, [null, { uuid: known }]);
  assert.equal(errors?.length, 1);
  assert.equal(errors?.[0]?.extensions.code, 'ATLAS_UNAVAILABLE');
});

test('global ids find flow, batch and documents again, also those still to come', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(['pan/a-b?c=%2F:d']);
  const batchId = await gateway.createBatch(['voter.jpg'], 'SANDBOX');
  gateway.finishBatches();
  await gateway.upload(uuid, 'later.jpg');
  const { data } = await gateway.ask(
    `query ($uuid: String!, $batchId: String!) {
      flow(uuid: $uuid) { id documents { id documentId state } }
      batch(batchId: $batchId, service: SANDBOX) {
        id
        documents(first: 5) { edges { node { id documentId state } } }
      }
    }`,
    { uuid, batchId },
  );
  const documents = [...data.flow.documents, data.batch.documents.edges[0].node];
  const ids = [data.flow.id, data.batch.id, ...documents.map(({ id }: { id: string }) => id)];
  assert.equal(new Set(ids).size, 5);
  const again = await gateway.ask(
    `query ($ids: [ID!]!) {
      nodes(ids: $ids) {
        __typename
        id
        ... on Flow { uuid }
        ... on Batch { batchId service }
        ... on Document { documentId state }
      }
    }`,
    { ids },
  );
  assert.deepEqual(again.data.nodes, [
    { __typename: 'Flow', id: ids[0], uuid },
    { __typename: 'Batch', id: ids[1], batchId, service: 'SANDBOX' },
    { __typename: 'Document', id: ids[2], documentId: 'pan/a-b?c=%2F:d', state: 'EXTRACTED' },
    { __typename: 'Document', id: ids[3], documentId: 'later.jpg', state: 'PENDING' },
    { __typename: 'Document', id: ids[4], documentId: 'voter.jpg', state: 'EXTRACTED' },
  ]);
});

test('a text that is no global id is bad input and costs no call', async (t) => {
  const gateway = await openStillGateway(t);
  const strange = [
    '',
    'nonsense',
    'Flow:1',
    globalId('Flow'),
    globalId('Flow:'),
    globalId('Query:1'),
    globalId('PanExtraction:1'),
    globalId(':'),
  ];
  for (const id of strange) {
    const { data, errors } = await gateway.ask('query ($id: ID!) { node(id: $id) { id } }', { id });
    assert.deepEqual(data, { node: null });
    assert.deepEqual(
      errors?.map(({ message, extensions }) => [message, extensions.code]),
      [['id: this is not a global id of this graph.', 'BAD_USER_INPUT']],
      id,
    );
  }
  assert.equal(gateway.sandbox.countCalls(), 0);
});

test('a global id of a document or batch that nobody was given is null', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  const ids = [
    'Document:nonsense',
    'Document:flow/x',
    'Document:flow/%',
    'Document:batch/NEITHER/b/d',
    'Document:batch/BULK/b',
    'Document:flow/nobody/doc-1',
    `Document:flow/${uuid}/other.jpg`,
    'Document:batch/BULK/nobody/doc-1',
    'Batch:nonsense',
    'Batch:BULK/',
    'Batch:BULK/nobody',
  ].map(globalId);
  const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
  const { data, errors } = await gateway.ask(query, { ids });
  assert.equal(errors, undefined);
  assert.deepEqual(data, { nodes: ids.map(() => null) });
});

function globalId(text: string): string {
  return Buffer.from(text).toString('base64url');
}
