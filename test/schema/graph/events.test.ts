import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scope } from '../../../src/identity/scopes.ts';
import { toKey } from '../../support/identity/tenant-settings.ts';
import { acme, acmeKey, bolt, boltKey, openTenants } from '../../support/tenants/open-tenants.ts';

const list = `query ($first: Int!, $after: String, $filter: EventFilter) {
  events(first: $first, after: $after, filter: $filter) {
    edges { cursor node {
      id kind at cursor flow { uuid applicationId } batch { batchId }
      ... on DocumentsSubmitted { documentIds }
      ... on FlowStatusChanged { state: state version source }
      ... on FlowEnded { endState: state version }
      ... on DocumentExtracted { documentId }
    } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}`;
const watchToEnd = `query ($uuid: String!) {
  waitForFlow(uuid: $uuid, timeoutMs: 10000) { status { state } documents { documentId state } }
}`;

type Edge = { node: Record<string, unknown>; cursor: string };

/** A gateway whose tenant acme has seen one flow with one document end. */
async function openEnded(t: Parameters<typeof openTenants>[0]) {
  const gateway = await openTenants(t);
  const uuid = await gateway.openFlow('application-1');
  await gateway.upload(uuid, 'pan');
  const { data } = await gateway.acme.ask(watchToEnd, { uuid });
  assert.equal(data.waitForFlow.status.state, 'SUCCESS');
  return { ...gateway, uuid };
}

test('the log tells what happened to a flow, with its ids and without values', async (t) => {
  const { acme: caller, uuid } = await openEnded(t);
  const { data, errors } = await caller.ask(list, { first: 100 });
  assert.equal(errors, undefined);
  const edges: Edge[] = data.events.edges;
  const kinds = edges.map(({ node }) => node.kind);
  assert.deepEqual(
    [
      'FLOW_OPENED',
      'DOCUMENTS_SUBMITTED',
      'FLOW_STATUS_CHANGED',
      'FLOW_ENDED',
      'DOCUMENT_EXTRACTED',
    ].filter((kind) => !kinds.includes(kind)),
    [],
  );
  assert.equal(kinds[0], 'FLOW_OPENED');
  assert.equal(new Set(edges.map(({ node }) => node.id)).size, edges.length);
  for (const { node, cursor } of edges) {
    assert.match(String(node.id), /^evt_[\w-]{24}$/);
    assert.equal(node.cursor, cursor);
    assert.deepEqual(node.flow, { uuid, applicationId: 'application-1' });
    assert.equal(node.batch, null);
  }
  const submitted = edges.find(({ node }) => node.kind === 'DOCUMENTS_SUBMITTED')?.node;
  assert.deepEqual(submitted?.documentIds, ['pan']);
  const ended = edges.find(({ node }) => node.kind === 'FLOW_ENDED')?.node;
  const changed = edges.filter(({ node }) => node.kind === 'FLOW_STATUS_CHANGED').at(-1)?.node;
  assert.equal(ended?.endState, 'SUCCESS');
  assert.equal(ended?.version, changed?.version);
  const extracted = edges.find(({ node }) => node.kind === 'DOCUMENT_EXTRACTED')?.node;
  assert.equal(extracted?.documentId, 'pan');
});

test('pages follow each other by cursor, and the ids of events stay the same', async (t) => {
  const { acme: caller } = await openEnded(t);
  const whole: Edge[] = (await caller.ask(list, { first: 100 })).data.events.edges;
  const paged: Edge[] = [];
  let after: string | null = null;
  for (let hasNext = true; hasNext; ) {
    const { data }: { data?: ReturnType<typeof JSON.parse> } = await caller.ask(list, {
      first: 2,
      after,
    });
    paged.push(...data.events.edges);
    assert.equal(data.events.pageInfo.hasPreviousPage, after !== null);
    after = data.events.pageInfo.endCursor;
    hasNext = data.events.pageInfo.hasNextPage;
  }
  assert.deepEqual(paged, whole);
  const { data } = await caller.ask(list, { first: 1, after });
  assert.deepEqual(data.events, {
    edges: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: true, endCursor: after },
  });
});

test('a filter leaves out what it does not name', async (t) => {
  const { acme: caller, openFlow } = await openEnded(t);
  const other = await openFlow('application-2');
  const find = async (filter: object) => {
    const { data } = await caller.ask(list, { first: 100, filter });
    return data.events.edges.map(({ node }: Edge) => node);
  };
  const ofOther = await find({ applicationId: 'application-2', kinds: ['FLOW_OPENED'] });
  assert.deepEqual(
    ofOther.map(({ kind }: { kind: string }) => kind),
    ['FLOW_OPENED'],
  );
  assert.deepEqual(await find({ flowUuid: other, kinds: ['FLOW_OPENED'] }), ofOther);
  assert.deepEqual(await find({ since: ofOther[0].at, kinds: ['FLOW_OPENED'] }), ofOther);
  assert.equal((await find({ kinds: ['FLOW_OPENED'] })).length, 2);
  assert.deepEqual(await find({ flowUuid: 'LOS-none' }), []);
});

test('grants and batches are events too', async (t) => {
  const { acme: caller, uuid } = await openEnded(t);
  const { errors } = await caller.ask(
    `mutation ($uuid: String!) {
      issueFlowGrant(input: { flowUuid: $uuid }) { expiresAt }
      revokeFlowGrants(input: { flowUuid: $uuid }) { revokedBefore }
      createBatch(input: { files: [{ documentId: "one", url: "https://files.example/one" }] }) { batch { batchId } }
    }`,
    { uuid },
  );
  assert.equal(errors, undefined);
  const kinds = ['GRANT_ISSUED', 'GRANTS_REVOKED', 'DOCUMENTS_SUBMITTED'];
  const { data } = await caller.ask(list, { first: 9, filter: { kinds } });
  const nodes = data.events.edges.map(({ node }: Edge) => node).slice(1);
  assert.deepEqual(
    nodes.map(({ kind }: { kind: string }) => kind),
    ['GRANT_ISSUED', 'GRANTS_REVOKED', 'DOCUMENTS_SUBMITTED'],
  );
  assert.equal(nodes[2].flow, null);
  assert.match(nodes[2].batch.batchId, /./);
});

test('no tenant reads an event of another', async (t) => {
  const gateway = await openEnded(t);
  const ours: Edge[] = (await gateway.acme.ask(list, { first: 100 })).data.events.edges;
  assert.deepEqual((await gateway.bolt.ask(list, { first: 100 })).data.events.edges, []);
  await gateway.bolt.openFlow('application-1');
  const theirs: Edge[] = (await gateway.bolt.ask(list, { first: 100 })).data.events.edges;
  assert.equal(theirs[0]?.node.kind, 'FLOW_OPENED');
  assert.ok(!ours.some(({ node }) => node.id === theirs[0]?.node.id));
});

test('bad arguments are told by what they are', async (t) => {
  const { acme: caller } = await openEnded(t);
  const old = Buffer.from('log 3').toString('base64url');
  for (const [variables, message] of [
    [{ first: 0 }, 'first: must be from 1 to 100.'],
    [{ first: 101 }, 'first: must be from 1 to 100.'],
    [{ first: 1, after: 'x' }, 'after: this is not a cursor of the event log.'],
    [{ first: 1, after: old }, 'after: the event log no longer reaches back to this cursor.'],
    [{ first: 1, filter: { kinds: [] } }, 'filter.kinds: must name a kind.'],
    [{ first: 1, filter: { flowUuid: ' ' } }, 'filter.flowUuid: must not be blank.'],
  ] as const) {
    const { data, errors } = await caller.ask(list, variables);
    assert.equal(data.events, null);
    assert.deepEqual(
      errors?.map((error) => [error.message, error.extensions.code]),
      [[message, 'BAD_USER_INPUT']],
    );
  }
});

test('a caller needs events:read for the log, and the scopes of what an event is about', async (t) => {
  const keysWith = (held: readonly Scope[], key: string) => [toKey(key, { scopes: new Set(held) })];
  const gateway = await openTenants(t, {
    tenants: [
      acme({ keys: keysWith(['flows:read', 'flows:write', 'batches:read'], acmeKey) }),
      bolt({ keys: keysWith(['flows:write', 'events:read'], boltKey) }),
    ],
  });
  const refused = await gateway.acme.ask(list, { first: 1 });
  assert.equal(refused.data.events, null);
  assert.equal(refused.errors?.[0]?.message, 'This needs the scope events:read.');
  await gateway.bolt.openFlow('application-1');
  const { data, errors } = await gateway.bolt.ask(
    '{ events(first: 1) { edges { node { kind flow { uuid } } } } }',
  );
  assert.deepEqual(data.events.edges[0].node, { kind: 'FLOW_OPENED', flow: null });
  assert.equal(errors?.[0]?.message, 'This needs the scope flows:read.');
});
