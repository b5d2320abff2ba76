import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type OpenGateway, openGateway } from '../../support/open-gateway.ts';
import { openEvents } from '../../support/server/event-reader.ts';
import { openSocket } from '../../support/server/raw-socket.ts';

const query = `subscription ($uuid: String!, $after: Int) {
  flowUpdated(uuid: $uuid, after: $after) { status { state version } }
}`;

function subscribe(
  t: TestContext,
  { graphqlUrl, headers }: OpenGateway,
  variables: object,
  more: Readonly<Record<string, string>> = {},
) {
  return openEvents(t, graphqlUrl, {
    method: 'POST',
    headers: { ...headers, accept: 'text/event-stream', ...more },
    body: { query, variables },
  });
}

test('the id of an event is the version that it shows, and the end has none', async (t) => {
  const gateway = await openGateway(t);
  const uuid = await gateway.openFlow();
  const reader = await subscribe(t, gateway, { uuid });
  const first = await reader.next();
  assert.equal(first.id, String(first.data.data.flowUpdated.status.version));
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const last = await reader.next();
  assert.equal(last.id, String(last.data.data.flowUpdated.status.version));
  assert.ok(Number(last.id) > Number(first.id));
  const { event, id } = await reader.next();
  assert.deepEqual([event, id], ['complete', undefined]);
});

test('Last-Event-ID is the version seen last, also where the operation names an older one', async (t) => {
  const gateway = await openGateway(t);
  const uuid = await gateway.openFlow();
  const before = await subscribe(t, gateway, { uuid });
  const { id } = await before.next();
  before.leave();
  const resumed = await Promise.all([
    subscribe(t, gateway, { uuid }, { 'last-event-id': String(id) }),
    subscribe(t, gateway, { uuid, after: 1 }, { 'last-event-id': String(id) }),
  ]);
  // A reader that names nothing comes later and is told at once: the others were silent.
  const plain = await subscribe(t, gateway, { uuid });
  assert.equal((await plain.next()).data.data.flowUpdated.status.state, 'NOT_STARTED');
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  for (const reader of resumed) {
    assert.equal((await reader.next()).data.data.flowUpdated.status.state, 'SUCCESS');
  }
});

test('a Last-Event-ID that is none of ours counts as none', async (t) => {
  const gateway = await openGateway(t);
  const uuid = await gateway.openFlow();
  for (const id of ['', 'abc', '-1', '1.5', '1e3', '99999999999', '4294967296', '1, 2']) {
    const reader = await subscribe(t, gateway, { uuid }, { 'last-event-id': id });
    assert.equal((await reader.next()).data.data.flowUpdated.status.state, 'NOT_STARTED', id);
    reader.leave();
  }
});

test('an operation on one stream for all has ids, and is resumed by the Last-Event-ID of its POST', async (t) => {
  const gateway = await openGateway(t);
  const uuid = await gateway.openFlow();
  const url = `${gateway.graphqlUrl}/stream`;
  const reserved = await fetch(url, { method: 'PUT', headers: gateway.headers });
  const token = { 'x-graphql-event-stream-token': await reserved.text() };
  const headers = { ...gateway.headers, ...token };
  const reader = await openEvents(t, url, { headers });
  const start = (operationId: string, more: object) =>
    fetch(url, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: JSON.stringify({ query, variables: { uuid }, extensions: { operationId } }),
    });
  await start('1', {});
  const { id, data } = await reader.next();
  assert.equal(id, String(data.payload.data.flowUpdated.status.version));
  await start('2', { 'last-event-id': String(id) });
  await start('3', {});
  assert.equal((await reader.next()).data.id, '3');
});

test('a reader whose version is newer than anything known here gets the state as it is', async (t) => {
  const gateway = await openGateway(t);
  const uuid = await gateway.openFlow();
  const after = 2 ** 31 - 1;
  const socket = await openSocket(t, gateway.webSocketUrl);
  await socket.init(`Bearer ${gateway.apiKey}`);
  socket.subscribe('1', query, { uuid, after });
  const { payload } = await socket.next();
  assert.equal(payload.data.flowUpdated.status.state, 'NOT_STARTED');
  const reader = await subscribe(t, gateway, { uuid }, { 'last-event-id': String(after) });
  assert.equal((await reader.next()).data.data.flowUpdated.status.state, 'NOT_STARTED');
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  assert.equal((await socket.next()).payload.data.flowUpdated.status.state, 'SUCCESS');
  assert.equal((await reader.next()).data.data.flowUpdated.status.state, 'SUCCESS');
});

test('batchUpdated takes the version seen last', async (t) => {
  const gateway = await openGateway(t, { sandbox: { stageMs: 20_000 } });
  const { data } = await gateway.ask(
    'mutation { createBatch(input: { files: [{ documentId: "1", url: "https://files.example/pan.jpg" }] }) { batch { batchId } } }',
  );
  const { batchId } = data.createBatch.batch;
  const watch = (after: number | null, more: Readonly<Record<string, string>> = {}) =>
    openEvents(t, gateway.graphqlUrl, {
      method: 'POST',
      headers: { ...gateway.headers, accept: 'text/event-stream', ...more },
      body: {
        query: `subscription ($batchId: String!, $after: Int) {
          batchUpdated(batchId: $batchId, after: $after) { progress { arrived } }
        }`,
        variables: { batchId, after },
      },
    });
  const first = await (await watch(null)).next();
  assert.deepEqual(first.data.data.batchUpdated.progress, { arrived: 0 });
  const silent = await Promise.all([
    watch(Number(first.id)),
    watch(null, { 'last-event-id': String(first.id) }),
  ]);
  const older = await watch(Number(first.id) - 1);
  assert.equal((await older.next()).id, first.id);
  // The one that came last has been told, so that the others would have been.
  const told: unknown[] = [];
  for (const reader of silent)
    void reader.next().then(
      (event) => told.push(event),
      () => {},
    );
  await gateway.ask('{ viewer { tenantId } }');
  assert.deepEqual(told, []);
});
