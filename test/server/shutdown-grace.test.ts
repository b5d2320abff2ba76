import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { createFakeClock } from '../support/live/fake-clock.ts';
import { type GatewayOptions, openGateway } from '../support/open-gateway.ts';
import { createHandClock } from '../support/sandbox/hand-clock.ts';
import { openSocket } from '../support/server/raw-socket.ts';
import { overEvents, watchFlow } from '../support/server/transports.ts';

const timeout = 20_000;
const graceMs = 2_000;
const readTypes = JSON.stringify({ query: '{ documentTypes { type } }' });

async function openWithGrace(t: TestContext, sandbox: GatewayOptions['sandbox'] = {}) {
  const clock = createFakeClock();
  const config = { shutdownGraceMs: graceMs, drainMs: 0 };
  const gateway = await openGateway(t, { clock, config, sandbox });
  t.after(() => clock.advance(graceMs));
  return { ...gateway, clock };
}

/** One request and its answer, whole. */
async function send(url: string, options: RequestOptions, body = '') {
  const asking = request(url, options);
  asking.end(body);
  const [response]: IncomingMessage[] = await once(asking, 'response');
  assert.ok(response);
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}

test('for the grace, and without an open socket, every request is answered as the last one', {
  timeout,
}, async (t) => {
  const { app, clock, graphqlUrl, headers } = await openWithGrace(t);
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const options = { method: 'POST', headers, agent };
  const before = await send(graphqlUrl, options, readTypes);
  assert.equal(before.headers.connection, 'keep-alive');

  const closing = app.close();
  await clock.advance(graceMs - 1);
  const after = await send(graphqlUrl, options, readTypes);
  assert.equal(after.status, 200);
  assert.ok(JSON.parse(after.text).data);
  const ready = await send(`${app.url}/ready`, { agent });
  assert.deepEqual([ready.status, JSON.parse(ready.text).closing], [503, true]);
  const others = [
    await send(`${app.url}/health`, { agent }),
    await send(graphqlUrl, { agent, headers: { ...headers, accept: 'text/html' } }),
    await send(graphqlUrl, { ...options, method: 'OPTIONS' }),
    await send(graphqlUrl, { ...options, headers: {} }, readTypes),
    await send(graphqlUrl, options, '{'),
    await send(`${app.url}/nowhere`, { agent }),
    await send(`${graphqlUrl}/stream`, { agent, headers }),
  ];
  for (const answer of [after, ready, ...others]) {
    assert.equal(answer.headers.connection, 'close', answer.text);
  }

  await clock.advance(1);
  await closing;
  await assert.rejects(send(`${app.url}/health`, { agent: false }), /ECONNREFUSED/);
});

test('an answer that was under way at the signal is the last on its connection', {
  timeout,
}, async (t) => {
  const still = createHandClock();
  const { app, clock, graphqlUrl, headers, sandbox, openFlow } = await openWithGrace(t, {
    clock: still,
  });
  const uuid = await openFlow();
  sandbox.clearCalls();
  sandbox.fault('flowStatus', { delayMs: 200 });
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const query = `{ flow(uuid: "${uuid}") { uuid } }`;
  const answer = send(graphqlUrl, { method: 'POST', headers, agent }, JSON.stringify({ query }));
  await sandbox.waitForCall('flowStatus');
  const closing = app.close();
  await clock.advance(graceMs);
  still.advance(200);
  const { status, headers: answered } = await answer;
  assert.deepEqual([status, answered.connection], [200, 'close']);
  await closing;
});

test('for the grace subscriptions begin as before, and are sent away behind it', {
  timeout,
}, async (t) => {
  const gateway = await openWithGrace(t);
  const uuid = await gateway.openFlow();
  const closing = gateway.app.close();
  const socket = await openSocket(t, gateway.webSocketUrl);
  await socket.init(`Bearer ${gateway.apiKey}`);
  socket.subscribe('1', watchFlow, { uuid });
  assert.ok((await socket.next()).payload.data.flowUpdated);
  const events = await overEvents('text/event-stream')(t, gateway, uuid);
  assert.ok((await events.next()).data.flowUpdated);
  await gateway.clock.advance(graceMs);
  assert.equal((await socket.closed).code, 1001);
  await closing;
});
