import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Config } from '../../src/config/config.ts';
import { createFakeClock } from '../support/live/fake-clock.ts';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';
import { createHandClock } from '../support/sandbox/hand-clock.ts';
import { type EventReader, openEvents } from '../support/server/event-reader.ts';
import { openSocket } from '../support/server/raw-socket.ts';
import { watchFlow } from '../support/server/transports.ts';

const timeout = 20_000;
const delayMs = 200;
const drainMs = 10_000;
const operationTimeoutMs = 5_000;
const open =
  'mutation { createFlow(input: { applicationId: "late" }) { flow { uuid } userErrors { code } } }';
const read = 'query ($uuid: String!) { flow(uuid: $uuid) { uuid } }';
const wait = 'query ($uuid: String!) { waitForFlow(uuid: $uuid) { status { state } } }';

/** A gateway with one flow, before an Atlas whose delays the test ends. */
async function openLate(t: TestContext, config: Partial<Config> = {}) {
  const clock = createFakeClock();
  const still = createHandClock();
  const gateway = await openGateway(t, {
    clock,
    config: { operationTimeoutMs, ...config },
    sandbox: { clock: still },
  });
  const uuid = await gateway.openFlow();
  gateway.sandbox.clearCalls();
  return { ...gateway, clock, still, uuid };
}

/** A stream that carries many operations. */
async function openSharedStream(t: TestContext, { graphqlUrl, headers }: OpenGateway) {
  const url = `${graphqlUrl}/stream`;
  const token = await (await fetch(url, { method: 'PUT', headers })).text();
  const withToken = { ...headers, 'x-graphql-event-stream-token': token };
  return {
    async start(operationId: string, query: string, variables: object = {}) {
      const body = JSON.stringify({ query, variables, extensions: { operationId } });
      const { status } = await fetch(url, { method: 'POST', headers: withToken, body });
      assert.equal(status, 202);
    },
    listen: () => openEvents(t, url, { headers: withToken }),
  };
}

/** The rest of a stream that ends as it should. */
async function readRest(reader: EventReader) {
  assert.equal(await reader.ended, 'ended');
  await assert.rejects(reader.next());
}

test('a socket is closed once its mutation is answered, and tells no subscription complete', {
  timeout,
}, async (t) => {
  const { app, sandbox, still, uuid, webSocketUrl, apiKey } = await openLate(t);
  const socket = await openSocket(t, webSocketUrl);
  await socket.init(`Bearer ${apiKey}`);
  socket.subscribe('watch', watchFlow, { uuid });
  assert.ok((await socket.next()).payload.data.flowUpdated);
  sandbox.fault('initFlow', { delayMs });
  socket.subscribe('open', open);
  await sandbox.waitForCall('initFlow');

  const closing = app.close();
  await socket.isHeard();
  still.advance(delayMs);
  const { id, payload } = await socket.next();
  assert.equal(id, 'open');
  assert.ok(payload.data.createFlow.flow.uuid);
  assert.deepEqual(await socket.next(), { id: 'open', type: 'complete' });
  await assert.rejects(socket.next());
  assert.equal((await socket.closed).code, 1001);
  await closing;
});

test('a socket that leaves begins no further operation', { timeout }, async (t) => {
  const { app, sandbox, still, uuid, webSocketUrl, apiKey } = await openLate(t);
  const socket = await openSocket(t, webSocketUrl);
  await socket.init(`Bearer ${apiKey}`);
  sandbox.fault('flowStatus', { delayMs });
  socket.subscribe('read', read, { uuid });
  await sandbox.waitForCall('flowStatus');
  const closing = app.close();
  socket.subscribe('open', open);
  await socket.isHeard();
  still.advance(delayMs);
  assert.equal((await socket.next()).payload.data.flow.uuid, uuid);
  assert.equal((await socket.next()).type, 'complete');
  assert.equal((await socket.closed).code, 1001);
  assert.equal(sandbox.countCalls('initFlow'), 0);
  await closing;
});

test('a query that is stopped by its client holds up no socket', { timeout }, async (t) => {
  const { app, sandbox, uuid, webSocketUrl, apiKey } = await openLate(t);
  const socket = await openSocket(t, webSocketUrl);
  await socket.init(`Bearer ${apiKey}`);
  sandbox.fault('flowStatus', { delayMs });
  socket.subscribe('read', read, { uuid });
  await sandbox.waitForCall('flowStatus');
  const closing = app.close();
  await socket.isHeard();
  socket.send({ id: 'read', type: 'complete' });
  assert.equal((await socket.closed).code, 1001);
  await closing;
});

test('a stream for many operations ends once its mutation is answered', {
  timeout,
}, async (t) => {
  const gateway = await openLate(t);
  const { app, sandbox, still, uuid } = gateway;
  const stream = await openSharedStream(t, gateway);
  const reader = await stream.listen();
  await stream.start('watch', watchFlow, { uuid });
  assert.equal((await reader.next()).data.id, 'watch');
  sandbox.fault('initFlow', { delayMs });
  await stream.start('open', open);
  await sandbox.waitForCall('initFlow');

  const closing = app.close();
  still.advance(delayMs);
  const { id, payload } = (await reader.next()).data;
  assert.equal(id, 'open');
  assert.ok(payload.data.createFlow.flow.uuid);
  assert.deepEqual(await reader.next(), { event: 'complete', data: { id: 'open' } });
  await readRest(reader);
  await closing;
});

test('a stream is opened while the gateway drains if an answer waits on it', {
  timeout,
}, async (t) => {
  const gateway = await openLate(t, { drainMs });
  const { app, clock, sandbox, still, webSocketUrl } = gateway;
  const stream = await openSharedStream(t, gateway);
  const first = await openSocket(t, webSocketUrl);
  await openSocket(t, webSocketUrl);
  sandbox.fault('initFlow', { delayMs });
  await stream.start('open', open);
  await sandbox.waitForCall('initFlow');
  const closing = app.close();
  // The second socket leaves after half of the time.
  await first.closed;
  const reader = await stream.listen();
  still.advance(delayMs);
  assert.ok((await reader.next()).data.payload.data.createFlow.flow.uuid);
  assert.deepEqual(await reader.next(), { event: 'complete', data: { id: 'open' } });
  await readRest(reader);
  await clock.advance(drainMs);
  await closing;
});

test('a stream of its own ends once its mutation is answered', { timeout }, async (t) => {
  const { app, sandbox, still, graphqlUrl, headers } = await openLate(t);
  sandbox.fault('initFlow', { delayMs });
  const reader = await openEvents(t, graphqlUrl, {
    method: 'POST',
    headers: { ...headers, accept: 'text/event-stream' },
    body: { query: open },
  });
  await sandbox.waitForCall('initFlow');
  const closing = app.close();
  still.advance(delayMs);
  assert.ok((await reader.next()).data.data.createFlow.flow.uuid);
  assert.equal((await reader.next()).event, 'complete');
  await readRest(reader);
  await closing;
});

test('a wait is answered with the state as it is when the gateway closes', {
  timeout,
}, async (t) => {
  const { app, sandbox, uuid, webSocketUrl, apiKey } = await openLate(t);
  const socket = await openSocket(t, webSocketUrl);
  await socket.init(`Bearer ${apiKey}`);
  socket.subscribe('wait', wait, { uuid });
  await sandbox.waitForCall('flowStatus');
  const closing = app.close();
  assert.equal((await socket.next()).payload.data.waitForFlow.status.state, 'NOT_STARTED');
  assert.equal((await socket.next()).type, 'complete');
  assert.equal((await socket.closed).code, 1001);
  await closing;
});

test('a request that Atlas never answers gets a response in time, and then the socket is closed', {
  timeout,
}, async (t) => {
  const { app, clock, sandbox, webSocketUrl, apiKey } = await openLate(t);
  const socket = await openSocket(t, webSocketUrl);
  await socket.init(`Bearer ${apiKey}`);
  sandbox.fault('initFlow', { delayMs });
  socket.subscribe('open', open);
  await sandbox.waitForCall('initFlow');
  const closing = app.close();
  await socket.isHeard();
  await clock.advance(operationTimeoutMs);
  const [error] = (await socket.next()).payload.errors;
  assert.equal(error.extensions.code, 'OUTCOME_UNKNOWN');
  assert.equal((await socket.next()).type, 'complete');
  assert.equal((await socket.closed).code, 1001);
  await closing;
});
