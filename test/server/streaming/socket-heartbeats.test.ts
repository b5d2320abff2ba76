import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { openSockets } from '../../support/server/open-sockets.ts';

test('a heartbeat that the app sees comes every twelve seconds, answered or not', async (t) => {
  const { clock, enter } = await openSockets(t);
  const socket = await enter();
  for (let period = 1; period <= 4; period += 1) {
    const pinged = once(socket.socket, 'ping');
    await clock.advance(12_000);
    await pinged;
    await socket.isHeard();
    assert.equal(socket.countHeartbeats(), period);
    if (period % 2 === 0) socket.send({ type: 'pong' });
  }
});

test('a keep-alive of graphql-ws follows the acknowledgement, and then every twelve seconds', async (t) => {
  const { clock, enter } = await openSockets(t);
  const socket = await enter('graphql-ws');
  for (let period = 0; period <= 3; period += 1) {
    socket.send('{}');
    assert.equal((await socket.next()).type, 'connection_error');
    assert.equal(socket.countHeartbeats(), 1 + period);
    const pinged = once(socket.socket, 'ping');
    await clock.advance(12_000);
    await pinged;
  }
});

test('no heartbeat comes before the key', async (t) => {
  const { clock, connect } = await openSockets(t);
  for (const subprotocol of ['graphql-transport-ws', 'graphql-ws']) {
    const socket = await connect(subprotocol);
    await clock.advance(2_900);
    socket.send(subprotocol === 'graphql-ws' ? '{}' : { type: 'ping' });
    await socket.next();
    assert.equal(socket.countHeartbeats(), 0);
  }
});
