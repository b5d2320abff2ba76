import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEvents } from '../support/server/event-reader.ts';
import { openSocket } from '../support/server/raw-socket.ts';
import {
  keys,
  nextState,
  openRenewals,
  ping,
  reauthenticate,
  watchState,
} from '../support/server/renewals.ts';

const timeout = 20_000;
/** A minute, and what the gateway adds for clocks that differ and until it looks again. */
const pastMinuteMs = 60_000 + 17_000;

test('a ping with a newer JWT keeps a socket and its operations past the end of the first', {
  timeout,
}, async (t) => {
  const { clock, uuid, sign, enter, endFlow } = await openRenewals(t);
  const socket = await enter(await sign(60));
  socket.subscribe('1', watchState, { uuid });
  assert.equal(await nextState(socket), 'NOT_STARTED');

  const { expiresAt, errors } = await ping(socket, await sign(600));
  assert.equal(errors, undefined);
  assert.equal(Date.parse(expiresAt), Math.floor(clock.now() / 1000) * 1000 + 605_000);
  await clock.advance(pastMinuteMs);
  await endFlow();

  assert.equal(await nextState(socket), 'SUCCESS');
  assert.equal((await socket.next()).type, 'complete');
});

test('a socket that was not renewed closes with its JWT, and so does a renewed one in the end', {
  timeout,
}, async (t) => {
  const { clock, sign, enter } = await openRenewals(t);
  const [plain, renewed] = [await enter(await sign(60)), await enter(await sign(60))];
  await ping(renewed, await sign(120));
  await clock.advance(pastMinuteMs);
  assert.equal((await plain.closed).code, 4403);
  await renewed.isHeard();
  await clock.advance(60_000);
  assert.equal((await renewed.closed).code, 4403);
});

for (const [name, subprotocol] of [
  ['graphql-transport-ws', 'graphql-transport-ws'],
  ['the older graphql-ws', 'graphql-ws'],
] as const) {
  test(`over ${name} the mutation reauthenticate renews the socket that it comes by`, {
    timeout,
  }, async (t) => {
    const { clock, gateway, uuid, sign, endFlow } = await openRenewals(t);
    const isOlder = subprotocol === 'graphql-ws';
    const start = isOlder ? 'start' : 'subscribe';
    const socket = await openSocket(t, gateway.webSocketUrl, {}, subprotocol);
    await socket.init(`Bearer ${await sign(60)}`);
    socket.send({ id: '1', type: start, payload: { query: watchState, variables: { uuid } } });
    assert.equal((await socket.next()).payload.data.flowUpdated.status.state, 'NOT_STARTED');
    const token = await sign(600);

    const payload = { query: reauthenticate, variables: { token } };
    socket.send({ id: '2', type: start, payload });
    const { data } = (await socket.next()).payload;
    assert.deepEqual(data.reauthenticate.userErrors, []);
    assert.ok(Date.parse(data.reauthenticate.expiresAt) > clock.now() + 590_000);
    assert.equal((await socket.next()).type, 'complete');
    await clock.advance(pastMinuteMs);
    await endFlow();

    assert.equal((await socket.next()).payload.data.flowUpdated.status.state, 'SUCCESS');
    const record = JSON.stringify([gateway.logLines(), gateway.auditLines()]);
    assert.ok(record.includes('"transport":"ws"'));
    for (const part of [token, token.split('.')[2] ?? '']) assert.ok(!record.includes(part));
  });
}

test('a stream with many operations is renewed by a POST, and by the mutation on it', {
  timeout,
}, async (t) => {
  const { clock, gateway, uuid, sign, endFlow } = await openRenewals(t);
  const url = `${gateway.graphqlUrl}/stream`;
  const headersOf = (credential: string) => ({
    authorization: `Bearer ${credential}`,
    'content-type': 'application/json',
  });
  const first = await sign(60);
  const reserved = await fetch(url, { method: 'PUT', headers: headersOf(first) });
  const own = { 'x-graphql-event-stream-token': await reserved.text() };
  const reader = await openEvents(t, url, { headers: { ...headersOf(first), ...own } });
  const start = async (credential: string, operationId: string, query: string, variables = {}) => {
    const body = JSON.stringify({ query, variables, extensions: { operationId } });
    const headers = { ...headersOf(credential), ...own };
    assert.equal((await fetch(url, { method: 'POST', headers, body })).status, 202);
  };
  await start(first, 'watch', watchState, { uuid });
  assert.equal((await reader.next()).data.payload.data.flowUpdated.status.state, 'NOT_STARTED');

  const second = await sign(120);
  await start(second, 'look', '{ viewer { callerId } }');
  assert.equal((await reader.next()).data.payload.data.viewer.callerId, 'jwt user-1');
  assert.equal((await reader.next()).event, 'complete');
  await clock.advance(pastMinuteMs);
  const token = await sign(600);
  await start(second, 'renew', reauthenticate, { token });
  assert.deepEqual((await reader.next()).data.payload.data.reauthenticate.userErrors, []);
  assert.equal((await reader.next()).event, 'complete');
  await clock.advance(pastMinuteMs);
  await endFlow();

  assert.equal((await reader.next()).data.payload.data.flowUpdated.status.state, 'SUCCESS');
});

test('the token of another caller or tenant, or of nobody, is refused and changes nothing', {
  timeout,
}, async (t) => {
  const { clock, gateway, uuid, provider, sign, enter, endFlow } = await openRenewals(t);
  const socket = await enter(await sign(60));
  socket.subscribe('1', watchState, { uuid });
  assert.equal(await nextState(socket), 'NOT_STARTED');
  const { data } = await gateway.acme.ask(
    'mutation ($uuid: String!) { issueFlowGrant(input: { flowUuid: $uuid, ttlSeconds: 900 }) { token } }',
    { uuid },
  );
  const refused = {
    'another user': [await sign(600, 'flows:read', { sub: 'user-2' }), 'FORBIDDEN'],
    'a user of that name at another tenant': [
      await sign(600, 'flows:read', { tenant: 'bolt' }),
      'FORBIDDEN',
    ],
    'a key': [keys.backend, 'FORBIDDEN'],
    'a grant': [data.issueFlowGrant.token, 'FORBIDDEN'],
    'a JWT that has ended': [await sign(-60), 'UNAUTHENTICATED'],
    nobody: ['agk_unknown', 'UNAUTHENTICATED'],
  } as const;
  const unchanged = new Date(Math.floor(clock.now() / 1000) * 1000 + 65_000).toISOString();
  for (const [name, [token, code]] of Object.entries(refused)) {
    const { expiresAt, errors } = await ping(socket, token);
    assert.deepEqual([expiresAt, errors[0].extensions.code], [unchanged, code], name);
    socket.subscribe('2', reauthenticate, { token });
    const { payload } = await socket.next();
    assert.deepEqual(
      payload.data.reauthenticate,
      { expiresAt: null, userErrors: [{ code: 'TOKEN_REFUSED', path: ['input', 'token'] }] },
      name,
    );
    assert.equal((await socket.next()).type, 'complete');
  }
  provider.isUp = false;
  provider.keys = [];
  await clock.advance(30_000);
  await endFlow();
  assert.equal(await nextState(socket), 'SUCCESS');
});

test('two keys of one name are one caller, those of two names or tenants are not', {
  timeout,
}, async (t) => {
  const { enter } = await openRenewals(t);
  const socket = await enter(keys.backend);
  const codeFor = async (key: string) =>
    (await ping(socket, key)).errors?.[0].extensions.code ?? 'renewed';
  assert.equal(await codeFor(keys.frontend), 'FORBIDDEN');
  assert.equal(await codeFor(keys.boltBackend), 'FORBIDDEN');
  assert.equal(await codeFor(keys.newerBackend), 'renewed');
  assert.equal(await codeFor(keys.backend), 'renewed');
});

test('a ping without a key, or with two that differ, renews nothing', { timeout }, async (t) => {
  const { sign, enter } = await openRenewals(t);
  const socket = await enter(await sign(60));
  socket.send({ type: 'ping', payload: { note: 'here' } });
  assert.deepEqual(await socket.next(), { type: 'pong' });
  const [token, authorization] = [await sign(600), await sign(700)];
  socket.send({ type: 'ping', payload: { token, authorization } });
  const { payload } = await socket.next();
  assert.equal(payload.errors[0].extensions.code, 'UNAUTHENTICATED');
});

test('one renewal of a socket is under way at a time, and each counts as a request', {
  timeout,
}, async (t) => {
  const { sign, enter } = await openRenewals(t);
  const socket = await enter(await sign(60));
  const token = await sign(600);
  const codes: (string | undefined)[] = [];
  for (let count = 0; count < 2; count += 1) socket.send({ type: 'ping', payload: { token } });
  for (let count = 0; count < 2; count += 1) {
    codes.push((await socket.next()).payload.errors?.[0].extensions.code);
  }
  assert.deepEqual(codes.toSorted(), ['RATE_LIMITED', undefined]);
  const viewer = '{ viewer { limits { name remaining } } }';
  const remaining = async () => {
    socket.subscribe('1', viewer);
    const { data } = (await socket.next()).payload;
    assert.equal((await socket.next()).type, 'complete');
    const { remaining } = data.viewer.limits.find(
      ({ name }: { name: string }) => name === 'requestsPerMinute',
    );
    return remaining;
  };
  const before = await remaining();
  await ping(socket, token);
  assert.equal(await remaining(), before - 2);
});

test('reauthenticate is refused where there is no connection to renew', { timeout }, async (t) => {
  const { gateway, sign } = await openRenewals(t);
  const token = await sign(600);
  const headers = { ...gateway.headers, authorization: `Bearer ${token}` };
  const body = { query: reauthenticate, variables: { token } };
  const stream = await openEvents(t, gateway.graphqlUrl, {
    method: 'POST',
    headers: { ...headers, accept: 'text/event-stream' },
    body,
  });
  const answers = [
    await gateway.as(token).ask(body.query, body.variables),
    (await stream.next()).data,
  ];
  for (const { data, errors } of answers) {
    assert.deepEqual(data, { reauthenticate: null });
    assert.equal(errors[0].extensions.code, 'BAD_USER_INPUT');
    assert.match(errors[0].message, /^reauthenticate: it must come by a WebSocket/);
  }
});
