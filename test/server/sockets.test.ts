import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { createPublicError } from '../../src/schema/operation/errors.ts';
import { authorization, openSockets } from '../support/server/open-sockets.ts';

const operation = 'subscription { flowUpdated(uuid: "flow-1") { uuid } }';

test('a socket that does not say who it is is closed after three seconds', async (t) => {
  const { clock, connect } = await openSockets(t);
  const socket = await connect();
  await socket.isHeard();
  await clock.advance(2_999);
  await socket.isHeard();
  await clock.advance(1);
  assert.equal((await socket.closed).code, 4408);
});

test('a socket that said who it is stays open', async (t) => {
  const { clock, enter } = await openSockets(t);
  const socket = await enter();
  await clock.advance(10_000);
  await socket.isHeard();
});

test('saying twice who it is closes a socket', async (t) => {
  const { enter } = await openSockets(t);
  const socket = await enter();
  socket.send({ type: 'connection_init', payload: { authorization } });
  assert.equal((await socket.closed).code, 4429);
});

test('an invalid message closes its socket, and no other', async (t) => {
  const { enter, connect } = await openSockets(t);
  const neighbour = await enter();
  const bad = [
    'garbage',
    '',
    'null',
    '[]',
    '"ping"',
    '{}',
    '{"type":7}',
    '{"type":"nothing"}',
    '{"type":"connection_ack"}',
    '{"type":"next","id":"1","payload":{"data":{}}}',
    '{"type":"connection_init","payload":"text"}',
    '{"type":"subscribe"}',
    '{"type":"subscribe","id":"","payload":{"query":"{a}"}}',
    '{"type":"subscribe","id":7,"payload":{"query":"{a}"}}',
    '{"type":"subscribe","id":"1","payload":{}}',
    '{"type":"subscribe","id":"1","payload":{"query":7}}',
    '{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":"text"}}',
    '{"type":"subscribe","id":"1","payload":{"query":"{a}","operationName":7}}',
    '{"type":"complete"}',
    '{"type":"__proto__"}',
  ];
  for (const message of bad) {
    const socket = await connect();
    socket.send(message);
    assert.equal((await socket.closed).code, 4400, message);
  }
  await neighbour.isHeard();
});

test('a binary message closes its socket', async (t) => {
  const { enter } = await openSockets(t);
  const socket = await enter();
  socket.socket.send(Buffer.from('{"type":"ping"}'));
  assert.equal((await socket.closed).code, 4400);
});

test('a second operation of the same id closes the socket and stops the first', async (t) => {
  const { enter, runs, waitForCount } = await openSockets(t);
  const ids = ['1', 'x'.repeat(128), '€'.repeat(64), '💥'.repeat(64), '"\\\n\u0000'];
  for (const id of ids) {
    const socket = await enter();
    socket.subscribe(id, operation);
    socket.subscribe(id, operation);
    const { code, reason } = await socket.closed;
    assert.equal(code, 4409, id);
    assert.match(reason, /^Subscriber .*already exists$/s, id);
  }
  assert.equal(runs.length, ids.length);
  await waitForCount(0);
  assert.ok(runs.every(({ isStopped }) => isStopped));
});

test('an operation whose id has more than 128 characters is refused, and others go on', async (t) => {
  const { enter, runs } = await openSockets(t);
  const socket = await enter();
  socket.subscribe('1', operation);
  for (const id of ['x'.repeat(129), '💥'.repeat(65), '€'.repeat(20_000), '\n'.repeat(1_000)]) {
    for (let time = 0; time < 2; time += 1) {
      socket.subscribe(id, operation);
      const { type, id: named, payload } = await socket.next();
      assert.deepEqual([type, named, payload.length], ['error', id, 1]);
      assert.equal(payload[0].extensions.code, 'BAD_USER_INPUT');
      assert.match(payload[0].message, /^id: /);
    }
  }
  socket.subscribe('y'.repeat(128), operation);
  await socket.isHeard();
  assert.deepEqual(
    runs.map(({ isStopped }) => isStopped),
    [false, false],
  );
});

test('an operation before the key closes the socket and runs nothing', async (t) => {
  const { connect, runs } = await openSockets(t);
  const socket = await connect();
  socket.subscribe('1', operation);
  assert.equal((await socket.closed).code, 4401);
  assert.deepEqual(runs, []);
});

test('a wrong key closes the socket as one that need not come back', async (t) => {
  const { connect } = await openSockets(t);
  for (const payload of [undefined, {}, { authorization: 'Bearer other' }, { authorization: 7 }]) {
    const socket = await connect();
    socket.send({ type: 'connection_init', payload });
    assert.equal((await socket.closed).code, 4401, JSON.stringify(payload));
  }
});

test('a socket counts as a request of its caller, and one too many may come back later', async (t) => {
  const { connect, enter, counted, runs } = await openSockets(t, { mostConnections: 1 });
  const first = await enter();
  const second = await connect();
  second.send({ type: 'connection_init', payload: { authorization } });
  assert.deepEqual(await second.closed, { code: 1013, reason: 'Try again later' });
  await first.isHeard();
  assert.equal(runs.length, 0);
  assert.equal(counted.length, 2);
  assert.equal(new Set(counted).size, 1);
});

test('a socket whose key has ended is closed as one that may come back, at the next ping', async (t) => {
  const open = await openSockets(t);
  const socket = await open.enter();
  socket.subscribe('1', operation);
  await socket.isHeard();
  open.isCurrent = false;
  await open.clock.advance(12_000);
  assert.equal((await socket.closed).code, 4403);
});

test('no operation begins with a key that has ended', async (t) => {
  const open = await openSockets(t);
  const socket = await open.enter();
  open.isCurrent = false;
  socket.subscribe('1', operation);
  assert.equal((await socket.closed).code, 4403);
  assert.deepEqual(open.runs, []);
});

test('nothing is run of what comes behind a fault', async (t) => {
  const { enter, runs } = await openSockets(t);
  const socket = await enter();
  socket.send('garbage');
  socket.subscribe('1', operation);
  assert.equal((await socket.closed).code, 4400);
  assert.deepEqual(runs, []);
});

test('a key that comes behind a fault opens nothing', async (t) => {
  const { connect, runs } = await openSockets(t);
  const socket = await connect();
  socket.subscribe('1', operation);
  socket.send({ type: 'connection_init', payload: { authorization } });
  socket.subscribe('2', operation);
  assert.equal((await socket.closed).code, 4401);
  assert.deepEqual(runs, []);
});

test('a socket that offers no protocol of ours is closed with 4406', async (t) => {
  const { url } = await openSockets(t);
  const socket = new WebSocket(url);
  t.after(() => socket.terminate());
  const [code] = await once(socket, 'close');
  assert.equal(code, 4406);
});

test('a socket that offers another protocol is closed with 4406, in no protocol', async (t) => {
  const { url } = await openSockets(t);
  const upgrade = request(url.replace(/^ws/, 'http'), {
    headers: {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
      'sec-websocket-protocol': 'graphql-next-ws',
    },
  });
  upgrade.end();
  const [response, socket, head] = await once(upgrade, 'upgrade');
  t.after(() => socket.destroy());
  const frame: Buffer = head.length > 0 ? head : (await once(socket, 'data'))[0];
  assert.equal(response.headers['sec-websocket-protocol'], undefined);
  assert.equal(frame[0], 0x88); // a close frame, RFC 6455 section 5.2
  assert.equal(frame.readUInt16BE(2), 4406);
});

test('a message of 64 KiB is heard, and one byte more closes the socket', async (t) => {
  const { enter } = await openSockets(t);
  const socket = await enter();
  const padded = (bytes: number) => {
    const empty = JSON.stringify({ type: 'ping', payload: { text: '' } });
    return empty.replace('""', `"${'x'.repeat(bytes - empty.length)}"`);
  };
  socket.send(padded(64 * 1024));
  assert.deepEqual(await socket.next(), { type: 'pong' });
  socket.send(padded(64 * 1024 + 1));
  assert.equal((await socket.closed).code, 1009);
});

test('an upgrade that is refused keeps no connection, even of a peer that keeps its half', async (t) => {
  const { url, connections } = await openSockets(t, { mostSockets: 0 });
  const { port } = new URL(url);
  for (const [path, status] of [
    ['/other', '404'],
    ['/graphql', '503'],
  ]) {
    const peer = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
    t.after(() => peer.destroy());
    peer.write(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    const [answer] = await once(peer, 'data');
    assert.match(String(answer), new RegExp(`^HTTP/1.1 ${status} `));
    const connection = connections.at(-1);
    assert.ok(connection);
    if (!connection.closed) await once(connection, 'close');
  }
});

test('a socket over the most there may be is refused, and those that are open stay', async (t) => {
  const { url, enter } = await openSockets(t, { mostSockets: 1 });
  const first = await enter();
  const second = new WebSocket(url, 'graphql-transport-ws');
  second.on('error', () => {}); // the refusal comes as an error too
  const [, response] = await once(second, 'unexpected-response');
  second.terminate();
  assert.equal(response.statusCode, 503);
  await first.isHeard();
});

test('an operation over the most a socket may run gets one error, and its neighbours none', async (t) => {
  const { enter, runs } = await openSockets(t, { mostOperations: 2 });
  const socket = await enter();
  for (const id of ['1', '2', '3']) socket.subscribe(id, operation);
  const refusal = await socket.next();
  assert.equal(refusal.type, 'error');
  assert.equal(refusal.id, '3');
  assert.equal(refusal.payload[0].extensions.code, 'RATE_LIMITED');
  assert.equal(refusal.payload[0].extensions.retryable, true);
  assert.equal(runs.length, 2);

  runs[0]?.peer.next('{"data":1}');
  assert.deepEqual(await socket.next(), { id: '1', type: 'next', payload: { data: 1 } });
  runs[0]?.peer.complete();
  assert.deepEqual(await socket.next(), { id: '1', type: 'complete' });
  socket.subscribe('4', operation);
  await socket.isHeard();
  assert.equal(runs.length, 3);
});

test('an operation that is left stops, and nothing of it comes any more', async (t) => {
  const { enter, runs } = await openSockets(t);
  const socket = await enter();
  socket.subscribe('1', operation);
  await socket.isHeard();
  socket.send({ id: '1', type: 'complete' });
  await socket.isHeard();
  assert.equal(runs[0]?.isStopped, true);
  runs[0]?.peer.next('{"data":"late"}');
  runs[0]?.peer.complete();
  await socket.isHeard();
});

test('the id of an operation that is over may be used again', async (t) => {
  const { enter, runs } = await openSockets(t);
  const socket = await enter();
  socket.subscribe('1', operation);
  socket.send({ id: '1', type: 'complete' });
  socket.subscribe('1', operation);
  await socket.isHeard();
  runs[0]?.peer.complete();
  runs[1]?.peer.refuse({
    isReady: false,
    errors: [createPublicError('BAD_USER_INPUT', 'No.')],
    text: '',
    faults: null,
    http: null,
  });
  assert.equal((await socket.next()).type, 'error');
  socket.subscribe('1', operation);
  await socket.isHeard();
  runs[2]?.peer.complete();
  assert.deepEqual(await socket.next(), { id: '1', type: 'complete' });
  socket.subscribe('1', operation);
  await socket.isHeard();
  assert.equal(runs.length, 4);
});

test('an operation that nobody runs may be left', async (t) => {
  const { enter } = await openSockets(t);
  const socket = await enter();
  socket.send({ id: 'none', type: 'complete' });
  await socket.isHeard();
});

test('every operation stops when its socket closes, however it closes', async (t) => {
  const { enter, runs, waitForCount } = await openSockets(t);
  for (const leave of ['close', 'terminate'] as const) {
    const socket = await enter();
    socket.subscribe('1', operation);
    socket.subscribe('2', operation);
    await socket.isHeard();
    socket.socket[leave]();
    await waitForCount(0);
  }
  assert.equal(runs.length, 4);
  assert.ok(runs.every(({ isStopped }) => isStopped));
});

test('connections leave no listener on the server', async (t) => {
  const { enter, server } = await openSockets(t);
  const listeners = () => server.eventNames().map((name) => [name, server.listenerCount(name)]);
  const before = listeners();
  const sockets = [];
  for (let count = 0; count < 20; count += 1) sockets.push(await enter());
  assert.deepEqual(listeners(), before);
  for (const { socket, closed } of sockets) {
    socket.close();
    await closed;
  }
  assert.deepEqual(listeners(), before);
});
