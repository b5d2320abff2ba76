import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { settle } from '../support/live/fake-clock.ts';
import { authorization, openSockets } from '../support/server/open-sockets.ts';
import { openSocket } from '../support/server/raw-socket.ts';

const operation = 'subscription { flowUpdated(uuid: "flow-1") { uuid } }';
/** More than two sockets on one machine hold between them. */
const muchBytes = 16 * 1024 * 1024;
const mebibyte = 1016 * 1024;

/** A result whose number can be told from its text. */
const resultOf = (number: number, bytes: number) => `{"data":${number},"x":"${'x'.repeat(bytes)}"}`;

test('a ping goes out every twelve seconds, and who answers it stays', async (t) => {
  const { clock, enter } = await openSockets(t);
  const socket = await enter();
  for (let count = 0; count < 5; count += 1) {
    const pinged = once(socket.socket, 'ping');
    await clock.advance(11_999);
    await clock.advance(1);
    await pinged;
    await socket.isHeard(); // the answer to the ping came before this
  }
});

test('no ping goes out before its time', async (t) => {
  const { clock, enter } = await openSockets(t);
  const socket = await enter();
  let pings = 0;
  socket.socket.on('ping', () => {
    pings += 1;
  });
  await clock.advance(1_000); // the first of twelve turns
  await clock.advance(11_999);
  await socket.isHeard();
  assert.equal(pings, 1);
});

test('a peer that leaves a ping unanswered is dropped at the next, with all it reads', async (t) => {
  const { clock, url, enter, runs, sockets, waitForCount } = await openSockets(t);
  const neighbour = await enter();
  const dead = await openSocket(t, url, { autoPong: false });
  await dead.init(authorization);
  dead.subscribe('1', operation);
  await dead.isHeard();
  await clock.advance(12_000);
  await neighbour.isHeard();
  assert.equal(sockets.count(), 2);
  assert.equal(runs[0]?.isStopped, false);
  await clock.advance(12_000);
  assert.equal((await dead.closed).code, 1006); // no close frame came
  await waitForCount(1);
  await neighbour.isHeard();
  assert.equal(runs[0]?.isStopped, true);
});

test('a reader that takes nothing costs one text on its way and one that waits', async (t) => {
  const { enter, runs, connections } = await openSockets(t);
  const slow = await enter();
  const quick = await enter();
  for (const socket of [slow, quick]) socket.subscribe('1', operation);
  await Promise.all([slow.isHeard(), quick.isHeard()]);
  const [toSlow, toQuick] = runs.map(({ peer }) => peer);
  const connection = connections[0];
  assert.ok(toSlow && toQuick && connection);

  slow.socket.pause();
  toSlow.next(resultOf(0, muchBytes));
  for (let number = 1; number <= 100; number += 1) {
    toSlow.next(resultOf(number, mebibyte));
    toQuick.next(resultOf(number, 10));
    assert.equal((await quick.next()).payload.data, number);
    assert.ok(connection.writableLength < muchBytes + mebibyte);
  }
  toSlow.complete();
  toQuick.complete();
  assert.equal((await quick.next()).type, 'complete');

  slow.socket.resume();
  const numbers = [(await slow.next()).payload.data, (await slow.next()).payload.data];
  assert.deepEqual(numbers, [0, 100]);
  assert.deepEqual(await slow.next(), { id: '1', type: 'complete' });
});

test('a reader that never takes anything is dropped, and ends nobody else', async (t) => {
  const { clock, enter, runs, waitForCount } = await openSockets(t);
  const stuck = await enter();
  const neighbour = await enter();
  for (const socket of [stuck, neighbour]) {
    socket.subscribe('1', operation);
    await socket.isHeard();
  }
  const [toStuck, toNeighbour] = runs;
  assert.ok(toStuck && toNeighbour);
  stuck.socket.pause();
  toStuck.peer.next(resultOf(0, muchBytes));
  await clock.advance(12_000);
  await neighbour.isHeard();
  await clock.advance(12_000);
  await waitForCount(1);
  assert.equal(toStuck.isStopped, true);
  toNeighbour.peer.next('{"data":1}');
  assert.deepEqual(await neighbour.next(), { id: '1', type: 'next', payload: { data: 1 } });
});

test('an operation keeps its place until the peer has taken its last word', async (t) => {
  const { enter, runs, connections } = await openSockets(t, { mostOperations: 1 });
  const socket = await enter();
  socket.subscribe('1', operation);
  await socket.isHeard();
  const connection = connections[0];
  assert.ok(connection);
  socket.socket.pause();
  runs[0]?.peer.next(resultOf(0, muchBytes));
  runs[0]?.peer.complete();
  assert.ok(connection.writableLength > 0, 'the sockets hold less than this test takes for much');
  socket.subscribe('2', operation);
  await once(connection, 'pause');
  socket.socket.resume();
  assert.equal((await socket.next()).id, '1');
  const [complete, refusal] = [await socket.next(), await socket.next()].toSorted((one) =>
    one.type === 'complete' ? -1 : 1,
  );
  assert.deepEqual(complete, { id: '1', type: 'complete' });
  assert.equal(refusal.payload[0].extensions.code, 'RATE_LIMITED');
  socket.subscribe('3', operation);
  await socket.isHeard();
  assert.equal(runs.length, 2);
});

test('a peer that does not read its pongs is not read until it does', async (t) => {
  const { enter, runs, connections } = await openSockets(t);
  const flood = await enter();
  const neighbour = await enter();
  flood.subscribe('1', operation);
  await flood.isHeard();
  const connection = connections[0];
  assert.ok(connection);
  flood.socket.pause();
  runs[0]?.peer.next(resultOf(0, muchBytes));
  const unsent = connection.writableLength;
  assert.ok(unsent > mebibyte, 'the sockets hold less than this test takes for much');

  const pings = 200_000;
  const paused = once(connection, 'pause');
  for (let count = 0; count < pings; count += 1) flood.send('{"type":"ping"}');
  await paused;
  await neighbour.isHeard();
  // One chunk of pings was in hand when it stopped reading; its pongs are what was added.
  assert.ok(connection.writableLength < unsent + 256 * 1024);

  flood.socket.resume();
  assert.equal((await flood.next()).payload.data, 0);
  for (let count = 0; count < pings; count += 1) {
    assert.equal((await flood.next()).type, 'pong');
  }
});

test('the end closes every socket with 1001, one after the other over the time given', async (t) => {
  const { clock, enter, sockets } = await openSockets(t);
  const opened = [await enter(), await enter(), await enter(), await enter()];
  const codes: (number | undefined)[] = opened.map(() => undefined);
  const closed = opened.map(async ({ closed }, place) => {
    const { code } = await closed;
    codes[place] = code;
  });
  const drained = sockets.drain(4_000);
  for (const place of opened.keys()) {
    await closed[place];
    for (const later of opened.slice(place + 1)) await later.isHeard();
    assert.equal(codes.filter((code) => code === 1001).length, place + 1);
    await clock.advance(999);
    for (const later of opened.slice(place + 1)) await later.isHeard();
    await clock.advance(1);
  }
  await drained;
});

test('a socket that is still open at the end reads the terminal state', async (t) => {
  const { clock, enter, runs, sockets } = await openSockets(t);
  const [first, last] = [await enter(), await enter()];
  last.subscribe('1', operation);
  await last.isHeard();
  const drained = sockets.drain(1_000);
  assert.equal((await first.closed).code, 1001);
  runs[0]?.peer.next('{"data":"terminal"}');
  runs[0]?.peer.complete();
  assert.equal((await last.next()).payload.data, 'terminal');
  assert.equal((await last.next()).type, 'complete');
  await clock.advance(1_000);
  await drained;
  assert.equal((await last.closed).code, 1001);
});

test('while the process ends, an upgrade is refused and an operation sends its socket away', async (t) => {
  const open = await openSockets(t);
  const socket = await open.enter();
  socket.subscribe('1', operation);
  await socket.isHeard();
  open.runs[0]?.peer.subscribed();
  open.isDraining = true;
  const late = new WebSocket(open.url, 'graphql-transport-ws');
  late.on('error', () => {}); // the refusal comes as an error too
  const [, response] = await once(late, 'unexpected-response');
  late.terminate();
  assert.equal(response.statusCode, 503);
  await socket.isHeard();
  socket.subscribe('2', operation);
  assert.equal((await socket.closed).code, 1001);
  assert.equal(open.runs.length, 1);
});

test('the last close waits for the peers to hear it, a second at most', async (t) => {
  const { clock, enter, runs, sockets } = await openSockets(t);
  const good = await enter();
  const deaf = await enter();
  deaf.subscribe('1', operation);
  await deaf.isHeard();
  deaf.socket.pause();
  let isClosed = false;
  const closing = sockets.close(0).then(() => {
    isClosed = true;
  });
  assert.equal((await good.closed).code, 1001);
  await clock.advance(999);
  await settle();
  assert.equal(isClosed, false);
  await clock.advance(1);
  await closing;
  assert.equal(sockets.count(), 0);
  assert.equal(runs[0]?.isStopped, true);
});

test('a socket with an answer to come is waited for, and closed after the time given', async (t) => {
  const { clock, enter, runs, sockets } = await openSockets(t);
  const [answered, silent] = [await enter(), await enter()];
  for (const socket of [answered, silent]) {
    socket.subscribe('1', operation);
    await socket.isHeard();
  }
  const closing = sockets.close(5_000);
  runs[0]?.peer.next('{"data":1}');
  runs[0]?.peer.complete();
  assert.equal((await answered.next()).payload.data, 1);
  assert.equal((await answered.next()).type, 'complete');
  assert.equal((await answered.closed).code, 1001);
  await clock.advance(4_999);
  await silent.isHeard();
  await clock.advance(1);
  assert.equal((await silent.closed).code, 1001);
  await closing;
  assert.equal(runs[1]?.isStopped, true);
  assert.equal(clock.countTimers(), 0);
});

test('a peer that does not answer a close is cut off a second later', async (t) => {
  const { connections, enter, waitForCount } = await openSockets(t);
  const deaf = await enter();
  deaf.socket.pause();
  deaf.send('no message of the protocol');
  const closedAt = performance.now();
  await waitForCount(0);
  assert.ok(performance.now() - closedAt < 10_000);
  assert.ok(connections.every(({ destroyed }) => destroyed));
});

test('nothing is left to time once the transport is closed', async (t) => {
  const { clock, enter, sockets } = await openSockets(t);
  const socket = await enter();
  const closing = sockets.close(0);
  await socket.closed;
  await closing;
  assert.equal(clock.countTimers(), 0);
});
