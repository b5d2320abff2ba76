import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../support/live/fake-clock.ts';
import { streams } from '../support/privacy/open-callers.ts';
import { callBack } from '../support/server/atlas-calls.ts';
import { openEvents } from '../support/server/event-reader.ts';
import { openSocket } from '../support/server/raw-socket.ts';
import { watchFlow } from '../support/server/transports.ts';
import { acme, bolt, openTenants } from '../support/tenants/open-tenants.ts';

const timeout = 30_000;

for (const [transport, ask] of Object.entries(streams)) {
  test(`over ${transport} a tenant cannot watch a flow that another watches`, {
    timeout,
  }, async (t) => {
    const gateway = await openTenants(t, { clock: createFakeClock() });
    const uuid = await gateway.acme.openFlow();
    const watching = await openSocket(t, gateway.webSocketUrl);
    await watching.init(`Bearer ${gateway.acme.apiKey}`);
    watching.subscribe('1', watchFlow, { uuid });
    assert.ok((await watching.next()).payload.data.flowUpdated);

    const view = { ...gateway.bolt, askDocument: async () => ({}) };
    const { errors } = await ask(t, view, watchFlow, { uuid });
    assert.equal(errors?.[0]?.extensions.code, 'NOT_FOUND');
    await watching.isHeard();
  });
}

test('a stream of one tenant is not found with the key of another', async (t) => {
  const gateway = await openTenants(t);
  const url = `${gateway.graphqlUrl}/stream`;
  const reserved = await fetch(url, { method: 'PUT', headers: gateway.acme.headers });
  const token = await reserved.text();
  for (const method of ['GET', 'POST', 'DELETE']) {
    const response = await fetch(url, {
      method,
      headers: { ...gateway.bolt.headers, 'x-graphql-event-stream-token': token },
      ...(method === 'POST' ? { body: '{"query":"{ __typename }"}' } : {}),
    });
    assert.equal(response.status === 404 || response.status === 400, true, method);
  }
  const own = await openEvents(t, url, {
    headers: { ...gateway.acme.headers, 'x-graphql-event-stream-token': token },
  });
  assert.equal(own.response.statusCode, 200);
});

test('Atlas is asked for each tenant with its own credentials and product type', async (t) => {
  const gateway = await openTenants(t);
  await gateway.acme.openFlow();
  await gateway.bolt.openFlow();
  const { calls } = gateway.sandbox;
  const askedBy = calls
    .filter(({ name }) => name === 'verificationToken')
    .map(({ headers }) => headers['client-id']);
  assert.deepEqual(askedBy, ['acme-client', 'bolt-client']);
  const opened = calls.filter(({ name }) => name === 'initFlow');
  // Requests are loosely typed JSON.
  const bodies = opened.map(({ body }) => body as { product_type: string; callback_url: string });
  assert.deepEqual(
    bodies.map((body) => body.product_type),
    ['ACME', 'BOLT'],
  );
  assert.equal(new Set(opened.map(({ headers }) => headers.token)).size, 2);
});

test('a callback wakes the watch of its own tenant', { timeout }, async (t) => {
  const gateway = await openTenants(t, { clock: createFakeClock() });
  const sockets = await Promise.all(
    [gateway.acme, gateway.bolt].map(async (caller) => {
      const uuid = await caller.openFlow();
      const socket = await openSocket(t, gateway.webSocketUrl);
      await socket.init(`Bearer ${caller.apiKey}`);
      socket.subscribe('1', watchFlow, { uuid });
      await socket.next();
      return { uuid, socket };
    }),
  );
  for (const { uuid, socket } of sockets.toReversed()) {
    gateway.sandbox.finishFlow(uuid, 'SUCCESS');
    assert.equal((await socket.next()).payload.data.flowUpdated.status.state, 'SUCCESS');
  }
});

test('each tenant is held to its own limits, and uses up no other', async (t) => {
  const limits = { requestsPerMinute: 2, atlasCalls: 1, subscriptions: 1 };
  const gateway = await openTenants(t, { tenants: [acme({ limits }), bolt()] });
  const limitsOf = '{ viewer { limits { name limit remaining } } }';
  const isOfCaller = ({ name }: { name: string }) => !name.startsWith('tenant');
  const [told, ...refused] = [
    await gateway.acme.ask(limitsOf),
    await gateway.acme.statusOf('{ a: flow(uuid: "1") { uuid } b: flow(uuid: "2") { uuid } }'),
    await gateway.acme.statusOf(),
  ];
  assert.deepEqual(told.data.viewer.limits.filter(isOfCaller), [
    { name: 'subscriptions', limit: 1, remaining: 1 },
    { name: 'requestsPerMinute', limit: 2, remaining: 1 },
    { name: 'atlasCalls', limit: 1, remaining: null },
  ]);
  assert.deepEqual(refused, [
    [200, 'QUERY_TOO_COMPLEX'],
    [429, 'RATE_LIMITED'],
  ]);
  const { data } = await gateway.bolt.ask(limitsOf);
  assert.deepEqual(
    data.viewer.limits.filter(isOfCaller).map(({ limit }: { limit: number }) => limit),
    [25_000, 60_000, 200],
  );
});

test('a tenant may keep its callers to the operations that are kept here', async (t) => {
  const gateway = await openTenants(t, { tenants: [acme({ persistedOnly: true }), bolt()] });
  assert.deepEqual(await gateway.acme.statusOf('{ __typename }'), [200, 'FORBIDDEN']);
  assert.deepEqual(await gateway.bolt.statusOf('{ __typename }'), [200, undefined]);
  for (const [transport, ask] of Object.entries(streams)) {
    const view = { ...gateway.acme, askDocument: async () => ({}) };
    const { errors } = await ask(t, view, '{ __typename }');
    assert.equal(errors?.[0]?.extensions.code, 'FORBIDDEN', transport);
  }
});

test('the token of an account says for which tenant its callback is', { timeout }, async (t) => {
  const gateway = await openTenants(t, {
    clock: createFakeClock(),
    tenants: [
      acme({ sandboxCallbackToken: 'account-token-of-acme' }),
      bolt({ sandboxCallbackToken: 'account-token-of-bolt' }),
    ],
  });
  const created = await gateway.bolt.ask(
    'mutation { createBatch(input: { service: SANDBOX, files: [{ documentId: "1", url: "https://files.example/pan.jpg" }] }) { batch { batchId } } }',
  );
  const { batchId } = created.data.createBatch.batch;
  const socket = await openSocket(t, gateway.webSocketUrl);
  await socket.init(`Bearer ${gateway.bolt.apiKey}`);
  const watchBatch =
    'subscription ($id: String!) { batchUpdated(batchId: $id, service: SANDBOX) { batchId } }';
  socket.subscribe('1', watchBatch, { id: batchId });
  await socket.next();

  const url = `${gateway.app.url}/atlas/callback/sandbox`;
  gateway.sandbox.clearCalls();
  assert.equal(await callBack(url, { token: 'account-token-of-acme' }), 200);
  assert.equal(await callBack(url, { token: 'account-token-of-nobody' }), 401);
  await socket.isHeard();
  assert.equal(gateway.sandbox.countCalls('docstreamExtracts'), 0);
  assert.equal(await callBack(url, { token: 'account-token-of-bolt' }), 200);
  await gateway.sandbox.waitForCall('docstreamExtracts');
});
