import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { codesOf, transports } from '../support/limits/transports.ts';
import { type ObservedGateway, openObserved, toRows } from '../support/observe/open-observed.ts';
import { openEvents } from '../support/server/event-reader.ts';
import { openSocket } from '../support/server/raw-socket.ts';
import {
  overWebSocket,
  transports as subscribeBy,
  watchFlow,
} from '../support/server/transports.ts';

const labelOf: Readonly<Record<string, string>> = {
  HTTP: 'http',
  SSE: 'sse',
  'one SSE connection': 'sse',
  WebSocket: 'ws',
};

async function requestsOf(gateway: ObservedGateway): Promise<string[]> {
  const samples = await gateway.samplesOf('atlas_gateway_requests_total');
  return toRows(samples, 'tenant', 'transport', 'type', 'outcome');
}

async function errorsOf(gateway: ObservedGateway): Promise<string[]> {
  const samples = await gateway.samplesOf('atlas_gateway_errors_total');
  return toRows(samples, 'tenant', 'transport', 'code');
}

/** Requests that one operation takes, where it is not one: to open what carries it counts as well. */
const requestsPerOperation: Readonly<Record<string, number>> = {
  'one SSE connection': 3,
  WebSocket: 2,
};

for (const [name, ask] of transports) {
  const transport = labelOf[name];

  test(`over ${name} an operation is counted once, by its type and how it was answered`, async (t) => {
    const gateway = await openObserved(t);
    const { data } = await ask(gateway, {
      query:
        'mutation { createFlow(input: { applicationId: "application-1" }) { flow { uuid } userErrors { code } } }',
    });
    const { uuid } = data.createFlow.flow;
    await ask(gateway, { query: `{ flow(uuid: "${uuid}") { status { state } } }` });
    gateway.sandbox.fault('flowExtracts', { status: 500 }, 10);
    await ask(gateway, { query: `{ flow(uuid: "${uuid}") { documents { documentId } } }` });
    await ask(gateway, { query: '{ nonsense }' });
    await ask(gateway, { query: '{ flow(' });

    assert.deepEqual(await requestsOf(gateway), [
      `default ${transport} mutation ok 1`,
      `default ${transport} query errors 1`,
      `default ${transport} query ok 1`,
      `default ${transport} unknown refused 2`,
    ]);
    const timed = await gateway.samplesOf('atlas_gateway_request_duration_seconds_count');
    assert.deepEqual(toRows(timed, 'transport', 'type', 'outcome'), [
      `${transport} mutation ok 1`,
      `${transport} query errors 1`,
      `${transport} query ok 1`,
      `${transport} unknown refused 2`,
    ]);
  });

  test(`over ${name} every error that a client is told is counted once, by its code`, async (t) => {
    const gateway = await openObserved(t, { env: { MAX_DEPTH: '3' } });
    const uuid = await gateway.openFlow();
    gateway.sandbox.fault('flowExtracts', { status: 500 }, 10);
    const answers = [
      await ask(gateway, {
        query: `{ flow(uuid: "${uuid}") { documents { documentId } crossChecks { field } } }`,
      }),
      await ask(gateway, { query: '{ first second: third }' }),
      await ask(gateway, { query: '{ viewer { limits { name } } a: flow(uuid: 1) { uuid } }' }),
      await ask(gateway, {
        query: `{ flow(uuid: "${uuid}") { documents { extraction { lowestConfidence } } } }`,
      }),
    ];
    const told = answers.flatMap((answer) => codesOf(answer).map(String));
    assert.ok(new Set(told).size >= 3, told.join());
    assert.deepEqual(
      await errorsOf(gateway),
      [...Map.groupBy(told, (code) => code)]
        .map(([code, all]) => `default ${transport} ${code} ${all.length}`)
        .toSorted(),
    );
  });

  test(`over ${name} a caller who comes too often is counted`, async (t) => {
    const most = String(requestsPerOperation[name] ?? 1);
    const gateway = await openObserved(t, { env: { RATE_LIMIT_PER_MINUTE: most } });
    const query = '{ viewer { callerId } }';
    await ask(gateway, { query });
    // A socket is closed before an operation can be sent on it.
    const refused = ask(gateway, { query });
    if (name === 'WebSocket') await assert.rejects(refused, { code: 1013 });
    else assert.deepEqual(codesOf(await refused), ['RATE_LIMITED']);
    assert.deepEqual(await errorsOf(gateway), [`default ${transport} RATE_LIMITED 1`]);
    assert.deepEqual(await requestsOf(gateway), [
      `default ${transport} query ok 1`,
      `default ${transport} unknown refused 1`,
    ]);
  });
}

test('an unauthenticated request is counted on every transport, without a tenant', async (t) => {
  const gateway = await openObserved(t);
  const headers = { 'content-type': 'application/json', authorization: 'Bearer wrong' };
  const body = JSON.stringify({ query: '{ viewer { callerId } }' });
  for (const accept of ['application/json', 'text/event-stream']) {
    const refused = await fetch(gateway.graphqlUrl, {
      method: 'POST',
      headers: { ...headers, accept },
      body,
    });
    assert.equal(refused.status, 401);
  }
  const reserved = await fetch(`${gateway.graphqlUrl}/stream`, { method: 'PUT', headers });
  assert.equal(reserved.status, 401);
  const socket = await openSocket(t, gateway.webSocketUrl);
  socket.send({ type: 'connection_init', payload: { authorization: 'Bearer wrong' } });
  assert.equal((await socket.closed).code, 4401);
  const uninvited = await openSocket(t, gateway.webSocketUrl);
  uninvited.subscribe('1', '{ viewer { callerId } }');
  assert.equal((await uninvited.closed).code, 4401);

  assert.deepEqual(await errorsOf(gateway), [
    ' http UNAUTHENTICATED 1',
    ' sse UNAUTHENTICATED 2',
    ' ws UNAUTHENTICATED 2',
  ]);
  assert.deepEqual(await requestsOf(gateway), [
    ' http unknown refused 1',
    ' sse unknown refused 2',
    ' ws unknown refused 2',
  ]);
});

test('an operation that finds no place on its socket is counted like all others', async (t) => {
  const gateway = await openObserved(t, { env: { MAX_SUBSCRIPTIONS_PER_SOCKET: '1' } });
  const uuid = await gateway.openFlow();
  const socket = await openSocket(t, gateway.webSocketUrl);
  await socket.init(`Bearer ${gateway.apiKey}`);
  socket.subscribe('1', watchFlow, { uuid });
  assert.equal((await socket.next()).type, 'next');
  socket.subscribe('2', watchFlow, { uuid });
  assert.equal((await socket.next()).type, 'error');
  assert.deepEqual(await errorsOf(gateway), ['default ws RATE_LIMITED 1']);
});

for (const [name, subscribe] of Object.entries(subscribeBy)) {
  test(`over ${name} a subscription is counted with its first event and while it is open`, async (t) => {
    const gateway = await openObserved(t);
    const uuid = await gateway.openFlow();
    const reading = await subscribe(t, gateway, uuid);
    await reading.next();
    const counted = await requestsOf(gateway);
    assert.equal(
      counted.filter((row) => / subscription ok 1$/.test(row)).length,
      1,
      counted.join(),
    );
    const open = await gateway.samplesOf('atlas_gateway_subscriptions');
    assert.deepEqual(toRows(open), ['1']);
    const watchers = await gateway.samplesOf('atlas_gateway_watchers');
    assert.deepEqual(toRows(watchers, 'kind'), ['flow 1']);

    reading.leave();
    while ((await gateway.samplesOf('atlas_gateway_subscriptions')).length > 0)
      await setImmediate();
    while ((await gateway.samplesOf('atlas_gateway_watchers')).length > 0) await setImmediate();
    assert.deepEqual(await requestsOf(gateway), counted);
  });

  test(`over ${name} the error of a subscription is counted once for each who is told`, async (t) => {
    const gateway = await openObserved(t);
    const missing = 'LOS-00000000-0000-4000-8000-000000000000';
    const told = [];
    for (let reader = 0; reader < 2; reader += 1) {
      const reading = await subscribe(t, gateway, missing);
      told.push((await reading.next()).errors[0].extensions.code);
    }
    assert.deepEqual(told, ['NOT_FOUND', 'NOT_FOUND']);
    const samples = await gateway.samplesOf('atlas_gateway_errors_total');
    assert.deepEqual(toRows(samples, 'code'), ['NOT_FOUND 2']);
  });
}

test('a shared subscription is counted for each of its readers', async (t) => {
  const gateway = await openObserved(t);
  const uuid = await gateway.openFlow();
  for (let reader = 0; reader < 3; reader += 1)
    await (await overWebSocket(t, gateway, uuid)).next();
  assert.ok((await requestsOf(gateway)).includes('default ws subscription ok 3'));
  const watchers = await gateway.samplesOf('atlas_gateway_watchers');
  assert.deepEqual(toRows(watchers, 'kind'), ['flow 1']);
  const connections = await gateway.samplesOf('atlas_gateway_connections');
  assert.deepEqual(toRows(connections, 'transport'), ['ws 3']);
});

test('a client that leaves before the answer is counted as gone, on every transport', async (t) => {
  const gateway = await openObserved(t);
  const uuid = await gateway.openFlow();
  gateway.sandbox.clearCalls();
  gateway.sandbox.fault('flowStatus', { delayMs: 1000 }, 3);
  const body = JSON.stringify({ query: `{ flow(uuid: "${uuid}") { status { state } } }` });
  const gone = new AbortController();
  const { headers } = gateway;
  const asking = fetch(gateway.graphqlUrl, { method: 'POST', headers, body, signal: gone.signal });
  await gateway.sandbox.waitForCall('flowStatus');
  gone.abort();
  await assert.rejects(asking);

  const events = await openEvents(t, gateway.graphqlUrl, {
    method: 'POST',
    headers: { ...headers, accept: 'text/event-stream' },
    body: JSON.parse(body),
  });
  events.leave();
  const socket = await openSocket(t, gateway.webSocketUrl);
  await socket.init(`Bearer ${gateway.apiKey}`);
  socket.subscribe('1', JSON.parse(body).query);
  socket.socket.close();

  const left = async () => (await requestsOf(gateway)).filter((row) => / left 1$/.test(row));
  while ((await left()).length < 3) await setImmediate();
  assert.deepEqual(
    (await left()).map((row) => row.split(' ')[1]),
    ['http', 'sse', 'ws'],
  );
});
