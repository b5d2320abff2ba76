import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { test } from 'node:test';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { createFakeClock } from '../support/live/fake-clock.ts';
import { openGateway } from '../support/open-gateway.ts';
import { createHandClock } from '../support/sandbox/hand-clock.ts';
import { openEvents } from '../support/server/event-reader.ts';
import { openSocket } from '../support/server/raw-socket.ts';
import { transports, watchFlow } from '../support/server/transports.ts';

const timeout = 20_000;
const drainMs = 10_000;

test('while it closes, the gateway lives, is not ready, and says why', { timeout }, async (t) => {
  const clock = createFakeClock();
  const { app, webSocketUrl } = await openGateway(t, { clock, config: { drainMs } });
  const sockets = [await openSocket(t, webSocketUrl), await openSocket(t, webSocketUrl)];
  const before = await fetch(`${app.url}/ready`);
  assert.equal(before.status, 200);
  assert.equal((await before.json()).closing, undefined);

  const closing = app.close();
  assert.equal((await sockets[0]?.closed)?.code, 1001);
  const [ready, health] = [await fetch(`${app.url}/ready`), await fetch(`${app.url}/health`)];
  assert.equal(ready.status, 503);
  const { status, closing: isClosing, atlas } = await ready.json();
  assert.deepEqual(
    { status, isClosing, atlas },
    {
      status: 'not ready',
      isClosing: true,
      atlas: 'answers',
    },
  );
  assert.equal(health.status, 200);

  await clock.advance(drainMs);
  await closing;
  await assert.rejects(fetch(`${app.url}/health`));
});

test('while it closes, no subscription begins on any transport, and a query still does', {
  timeout,
}, async (t) => {
  const clock = createFakeClock();
  const gateway = await openGateway(t, { clock, config: { drainMs } });
  const uuid = await gateway.openFlow();
  const sockets = [
    await openSocket(t, gateway.webSocketUrl),
    await openSocket(t, gateway.webSocketUrl),
  ];
  await sockets[1]?.init(`Bearer ${gateway.apiKey}`);
  const closing = gateway.app.close();
  await sockets[0]?.closed;

  const { graphqlUrl, headers } = gateway;
  const body = JSON.stringify({ query: watchFlow, variables: { uuid } });
  const events = { ...headers, accept: 'text/event-stream' };
  const distinct = await fetch(graphqlUrl, { method: 'POST', headers: events, body });
  const shared = await fetch(`${graphqlUrl}/stream`, { method: 'PUT', headers });
  const either = { ...headers, accept: 'application/json, text/event-stream' };
  const eitherWay = await fetch(graphqlUrl, { method: 'POST', headers: either, body });
  for (const response of [distinct, shared, eitherWay]) {
    assert.equal(response.status, 503);
    const { code, retryable } = (await response.json()).errors[0].extensions;
    assert.deepEqual([code, retryable], ['RATE_LIMITED', true]);
  }
  const late = new WebSocket(gateway.webSocketUrl, 'graphql-transport-ws');
  late.on('error', () => {}); // the refusal comes as an error too
  const [, upgrade] = await once(late, 'unexpected-response');
  late.terminate();
  assert.equal(upgrade.statusCode, 503);
  sockets[1]?.subscribe('1', watchFlow, { uuid });
  assert.equal((await sockets[1]?.closed)?.code, 1001);
  assert.equal(gateway.app.countWatched(), 0);

  const { data } = await gateway.ask('query ($uuid: String!) { flow(uuid: $uuid) { uuid } }', {
    uuid,
  });
  assert.equal(data.flow.uuid, uuid);
  await clock.advance(drainMs);
  await closing;
});

test('a stream of events ends without being called complete', { timeout }, async (t) => {
  const gateway = await openGateway(t, { clock: createFakeClock() });
  const uuid = await gateway.openFlow();
  const headers = { ...gateway.headers, accept: 'text/event-stream' };
  const body = { query: watchFlow, variables: { uuid } };
  const own = await openEvents(t, gateway.graphqlUrl, { method: 'POST', headers, body });
  const either = { ...headers, accept: 'application/json, text/event-stream' };
  const plain = await openEvents(t, gateway.graphqlUrl, { method: 'POST', headers: either, body });
  for (const reader of [own, plain]) assert.equal((await reader.next()).event, 'next');

  await gateway.app.close();
  for (const reader of [own, plain]) {
    assert.equal(await reader.ended, 'ended');
    await assert.rejects(reader.next());
  }
});

test('a flow that ends while the gateway closes is told of to whoever is still there', {
  timeout,
}, async (t) => {
  const clock = createFakeClock();
  const gateway = await openGateway(t, { clock, config: { drainMs } });
  const uuid = await gateway.openFlow();
  const first = await openSocket(t, gateway.webSocketUrl);
  const last = await openSocket(t, gateway.webSocketUrl);
  for (const socket of [first, last]) {
    await socket.init(`Bearer ${gateway.apiKey}`);
    socket.subscribe('1', watchFlow, { uuid });
    assert.equal((await socket.next()).payload.data.flowUpdated.status.state, 'NOT_STARTED');
  }

  const closing = gateway.app.close();
  assert.equal((await first.closed).code, 1001);
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  assert.equal((await last.next()).payload.data.flowUpdated.status.state, 'SUCCESS');
  assert.equal((await last.next()).type, 'complete');
  await clock.advance(drainMs);
  assert.equal((await last.closed).code, 1001);
  await closing;
});

test('every reader comes back to another gateway and sees the end of its flow', {
  timeout,
}, async (t) => {
  const first = await openGateway(t, { env: { DRAIN_MS: '100' } });
  const second = await openGateway(t, { atlas: first.sandbox });
  const uuid = await first.openFlow();
  let url = first.webSocketUrl;
  const readers = Array.from({ length: 30 }, () => {
    const client: Client = createClient({
      url: () => url,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${first.apiKey}` },
      retryAttempts: 10,
      retryWait: async () => {},
    });
    t.after(() => client.dispose());
    const states: string[] = [];
    const begun = Promise.withResolvers<void>();
    const over = new Promise<void>((resolve, reject) => {
      client.subscribe<{ flowUpdated: { status: { state: string } } }>(
        { query: watchFlow, variables: { uuid } },
        {
          next: ({ data }) => {
            states.push(data?.flowUpdated.status.state ?? 'none');
            begun.resolve();
          },
          error: reject,
          complete: resolve,
        },
      );
    });
    return { states, begun: begun.promise, over };
  });
  await Promise.all(readers.map(({ begun }) => begun));

  url = second.webSocketUrl;
  const closing = first.app.close();
  first.sandbox.finishFlow(uuid, 'SUCCESS');
  await Promise.all(readers.map(({ over }) => over));
  await closing;
  for (const { states } of readers) {
    assert.equal(states[0], 'NOT_STARTED');
    assert.equal(states.at(-1), 'SUCCESS');
  }
});

test('a client that reconnects to another gateway gets the state at once', {
  timeout,
}, async (t) => {
  const clock = createFakeClock();
  const first = await openGateway(t, { clock });
  const second = await openGateway(t, { atlas: first.sandbox, clock });
  const uuid = await first.openFlow();
  for (const subscribe of Object.values(transports)) {
    const before = await subscribe(t, first, uuid);
    const { status } = (await before.next()).data.flowUpdated;
    const after = await subscribe(t, second, uuid);
    assert.deepEqual((await after.next()).data.flowUpdated.status, status);
    after.leave();
  }
});

test('a request under way is answered before the gateway is closed', { timeout }, async (t) => {
  const still = createHandClock();
  const gateway = await openGateway(t, { clock: createFakeClock(), sandbox: { clock: still } });
  const uuid = await gateway.openFlow();
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  gateway.sandbox.clearCalls();
  gateway.sandbox.fault('flowStatus', { delayMs: 200 });
  const asking = request(gateway.graphqlUrl, { method: 'POST', headers: gateway.headers, agent });
  asking.end(JSON.stringify({ query: `{ flow(uuid: "${uuid}") { uuid } }` }));
  const answered = once(asking, 'response');
  await gateway.sandbox.waitForCall('flowStatus');

  const closed = gateway.app.close();
  still.advance(200);
  const [response] = await answered;
  const [body] = await once(response.setEncoding('utf8'), 'data');
  assert.equal(JSON.parse(body).data.flow.uuid, uuid);
  // The clock stands still: nothing that waits for it to be over could end this.
  await closed;
});

test('closing twice closes once', { timeout }, async (t) => {
  const { app } = await openGateway(t);
  await Promise.all([app.close(), app.close()]);
  await app.close();
});
