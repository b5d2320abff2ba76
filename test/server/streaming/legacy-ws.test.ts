import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openGateway } from '../../support/open-gateway.ts';
import { authorization, openSockets } from '../../support/server/open-sockets.ts';
import { openSocket, type RawSocket } from '../../support/server/raw-socket.ts';

const legacy = 'graphql-ws';
const query = 'subscription ($uuid: String!) { flowUpdated(uuid: $uuid) { status { state } } }';

function start(socket: RawSocket, id: string, payload: unknown = { query: '{ a }' }): void {
  socket.send({ id, type: 'start', payload });
}

/** Waits until all that was sent before has been heard, by the answer to a message that is none. */
async function isHeard(socket: RawSocket): Promise<void> {
  socket.send({ type: 'nothing' });
  assert.equal((await socket.next()).type, 'connection_error');
}

async function enterGateway(t: TestContext) {
  const gateway = await openGateway(t);
  const socket = await openSocket(t, gateway.webSocketUrl, {}, legacy);
  await socket.init(`Bearer ${gateway.apiKey}`);
  return { gateway, socket };
}

test('a subscription over graphql-ws has its data and is complete after the end', async (t) => {
  const { gateway, socket } = await enterGateway(t);
  const uuid = await gateway.openFlow();
  start(socket, '1', { query, variables: { uuid } });
  const first = await socket.next();
  assert.deepEqual([first.type, first.id], ['data', '1']);
  assert.equal(first.payload.data.flowUpdated.status.state, 'NOT_STARTED');
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const last = await socket.next();
  assert.equal(last.payload.data.flowUpdated.status.state, 'SUCCESS');
  assert.deepEqual(await socket.next(), { id: '1', type: 'complete' });
});

test('a query and a mutation over graphql-ws are answered once and complete', async (t) => {
  const { socket } = await enterGateway(t);
  start(socket, 'q', { query: '{ viewer { tenantId } }', variables: null });
  const answer = await socket.next();
  assert.deepEqual([answer.id, answer.type], ['q', 'data']);
  assert.deepEqual(answer.payload.data, { viewer: { tenantId: 'default' } });
  assert.deepEqual(await socket.next(), { id: 'q', type: 'complete' });
  const mutation =
    'mutation { createFlow(input: { applicationId: "a", flowParams: { n: 1 } }) { flow { uuid } } }';
  start(socket, 'm', { query: mutation });
  assert.ok((await socket.next()).payload.data.createFlow.flow.uuid);
  assert.deepEqual(await socket.next(), { id: 'm', type: 'complete' });
});

test('an operation that is not valid gets one error, and its neighbour goes on', async (t) => {
  const { gateway, socket } = await enterGateway(t);
  const uuid = await gateway.openFlow();
  start(socket, '1', { query, variables: { uuid } });
  await socket.next();
  for (const payload of [{ query: '{' }, { query: '{ nothing }' }, {}, { variables: {} }]) {
    start(socket, 'bad', payload);
    const { id, type, payload: error } = await socket.next();
    assert.deepEqual([id, type], ['bad', 'error']);
    assert.equal(error.extensions.code, 'BAD_USER_INPUT');
    assert.equal(typeof error.message, 'string');
  }
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const { id, payload } = await socket.next();
  assert.deepEqual([id, payload.data.flowUpdated.status.state], ['1', 'SUCCESS']);
});

test('operations that come before the acknowledgement wait for it', async (t) => {
  const { connect, runs } = await openSockets(t);
  const socket = await connect(legacy);
  socket.send({ type: 'connection_init', payload: { authorization } });
  start(socket, '1');
  start(socket, '2');
  socket.send({ id: '1', type: 'stop' });
  assert.deepEqual(await socket.next(), { type: 'connection_ack' });
  assert.deepEqual(await socket.next(), { id: '1', type: 'complete' });
  assert.deepEqual(
    runs.map(({ isStopped }) => isStopped),
    [true, false],
  );
});

test('operations that come before a refused key are not run', async (t) => {
  const { connect, runs } = await openSockets(t);
  const socket = await connect(legacy);
  socket.send({ type: 'connection_init', payload: { authorization: 'Bearer other' } });
  start(socket, '1');
  const { type, payload } = await socket.next();
  assert.equal(type, 'connection_error');
  assert.equal(payload.extensions.code, 'UNAUTHENTICATED');
  assert.equal((await socket.closed).code, 4401);
  assert.deepEqual(runs, []);
});

test('an operation without connection_init closes the socket and is not run', async (t) => {
  const { connect, runs } = await openSockets(t);
  const socket = await connect(legacy);
  start(socket, '1');
  assert.equal((await socket.next()).type, 'connection_error');
  assert.equal((await socket.closed).code, 4401);
  assert.deepEqual(runs, []);
});

test('an operation that is stopped is complete, and nothing of it follows', async (t) => {
  const { enter, runs } = await openSockets(t);
  const socket = await enter(legacy);
  start(socket, '1');
  await isHeard(socket);
  socket.send({ id: '1', type: 'stop' });
  assert.deepEqual(await socket.next(), { id: '1', type: 'complete' });
  assert.ok(runs[0]?.isStopped);
  socket.send({ id: '1', type: 'stop' });
  await isHeard(socket);
  start(socket, '1');
  await isHeard(socket);
  assert.equal(runs.length, 2);
});

test('an invalid message is answered by connection_error, and the socket stays', async (t) => {
  const { enter, runs } = await openSockets(t);
  const socket = await enter(legacy);
  for (const message of [
    'garbage',
    '',
    'null',
    '[]',
    '"ka"',
    '{}',
    '{"type":7}',
    '{"type":"ka"}',
    '{"type":"ping"}',
    '{"type":"subscribe","id":"1","payload":{"query":"{a}"}}',
    '{"type":"complete","id":"1"}',
    '{"type":"start","payload":{"query":"{a}"}}',
    '{"type":"start","id":"","payload":{"query":"{a}"}}',
    '{"type":"start","id":7,"payload":{"query":"{a}"}}',
    '{"type":"stop"}',
    '{"type":"__proto__"}',
    '{"type":"connection_init","payload":"text"}',
  ]) {
    socket.send(message);
    const { type, payload } = await socket.next();
    assert.equal(type, 'connection_error', message);
    assert.equal(payload.extensions.code, 'BAD_USER_INPUT', message);
  }
  for (const payload of [null, 'text', [], { query: 7 }, { query: '{a}', variables: 'text' }]) {
    start(socket, '1', payload);
    const { type, id } = await socket.next();
    assert.deepEqual([type, id], ['error', '1'], JSON.stringify(payload));
  }
  assert.deepEqual(runs, []);
});

test('a binary message closes the socket in this protocol too', async (t) => {
  const { enter } = await openSockets(t);
  const socket = await enter(legacy);
  socket.socket.send(Buffer.from('{"type":"stop","id":"1"}'));
  assert.equal((await socket.closed).code, 4400);
});

test('connection_terminate closes the socket and stops what runs on it', async (t) => {
  const { enter, runs, waitForCount } = await openSockets(t);
  const socket = await enter(legacy);
  start(socket, '1');
  socket.send({ type: 'connection_terminate' });
  assert.equal((await socket.closed).code, 1000);
  await waitForCount(0);
  assert.ok(runs[0]?.isStopped);
});

test('the caps, the key end and the drain are those of every socket', async (t) => {
  const open = await openSockets(t, { mostOperations: 1 });
  const socket = await open.enter(legacy);
  start(socket, '1');
  start(socket, '2');
  const { id, type, payload } = await socket.next();
  assert.deepEqual([id, type, payload.extensions.code], ['2', 'error', 'RATE_LIMITED']);
  start(socket, 'x'.repeat(129));
  assert.equal((await socket.next()).payload.extensions.code, 'BAD_USER_INPUT');
  open.isCurrent = false;
  await open.clock.advance(12_000);
  assert.equal((await socket.closed).code, 4403);

  open.isCurrent = true;
  const twice = await open.enter(legacy);
  twice.send({ type: 'connection_init', payload: { authorization } });
  assert.equal((await twice.closed).code, 4429);

  const silent = await open.connect(legacy);
  await isHeard(silent);
  await open.clock.advance(3_000);
  assert.equal((await silent.closed).code, 4408);

  const drained = await open.enter(legacy);
  open.isDraining = true;
  start(drained, '1');
  assert.equal((await drained.closed).code, 1001);
});

test('a client that offers both protocols is answered in the newer one', async (t) => {
  const { connect } = await openSockets(t);
  for (const offered of ['graphql-ws, graphql-transport-ws', 'graphql-transport-ws, graphql-ws']) {
    const { socket } = await connect(offered.split(', '));
    assert.equal(socket.protocol, 'graphql-transport-ws');
  }
  assert.equal((await connect(legacy)).socket.protocol, legacy);
});
