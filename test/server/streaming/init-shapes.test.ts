import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorization, openSockets } from '../../support/server/open-sockets.ts';

const key = authorization.replace('Bearer ', '');
const subprotocols = ['graphql-transport-ws', 'graphql-ws'];

test('a socket takes the key in each shape of connectionParams', async (t) => {
  const { connect } = await openSockets(t);
  for (const subprotocol of subprotocols) {
    for (const payload of [
      { authorization },
      { Authorization: key },
      { headers: { Authorization: authorization } },
      { authToken: key },
      { token: authorization },
      { authToken: key, token: authorization, headers: { authorization: key } },
    ]) {
      const socket = await connect(subprotocol);
      socket.send({ type: 'connection_init', payload });
      assert.equal((await socket.next()).type, 'connection_ack', JSON.stringify(payload));
    }
  }
});

test('a wrong key in any shape closes the socket with a reason that says where the key belongs', async (t) => {
  const { connect, runs } = await openSockets(t);
  for (const payload of [
    undefined,
    {},
    { authorization: 'Bearer other' },
    { Authorization: 'other' },
    { headers: { Authorization: 'Bearer other' } },
    { authToken: 'other' },
    { token: 'other' },
    { token: '' },
    { authorization: `Basic ${key}` },
    { authorization: `Bearer ${key}, Bearer ${key}` },
    { headers: { token: key } },
  ]) {
    const socket = await connect();
    socket.send({ type: 'connection_init', payload });
    const { code, reason } = await socket.closed;
    assert.equal(code, 4401, JSON.stringify(payload));
    assert.match(
      reason,
      /^Unauthorized: send \{"authorization": "Bearer <key>"\} .*connection_init$/,
    );
  }
  const early = await connect();
  early.subscribe('1', '{ a }');
  assert.match((await early.closed).reason, /connection_init$/);
  assert.deepEqual(runs, []);
});

test('keys that differ are refused though one of them is good', async (t) => {
  const { connect } = await openSockets(t);
  for (const subprotocol of subprotocols) {
    for (const payload of [
      { authorization, token: 'other' },
      { authToken: 'other', headers: { Authorization: authorization } },
      { authorization, Authorization: 7 },
    ]) {
      const socket = await connect(subprotocol);
      socket.send({ type: 'connection_init', payload });
      const { code, reason } = await socket.closed;
      assert.equal(code, 4401, JSON.stringify(payload));
      assert.match(reason, /keys that differ; send \{"authorization": "Bearer <key>"\}$/);
    }
  }
});
