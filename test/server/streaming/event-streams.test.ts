import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { HttpContext } from '../../../src/server/http/http.ts';
import {
  type EventStream,
  type EventStreams,
  startEventStreams,
} from '../../../src/server/streaming/event-streams.ts';
import { createFakeClock } from '../../support/live/fake-clock.ts';
import { openEvents } from '../../support/server/event-reader.ts';

/** More than two sockets on one machine hold between them. */
const muchBytes = 16 * 1024 * 1024;

/** Streams alone, on a free port: every request opens one, whose bearer the test speaks for. */
async function openStreams(t: TestContext) {
  const clock = createFakeClock();
  const streams: EventStreams = startEventStreams(clock);
  const begun: EventStream[] = [];
  const requests: IncomingMessage[] = [];
  const open = { isCurrent: true, hasAnswer: false, expire: (stream: EventStream) => stream.end() };
  const server = createServer((request, response) => {
    requests.push(request);
    const http: HttpContext = {
      request,
      response,
      requestId: 'request-1',
      path: '/',
      headers: { 'x-request-id': 'request-1' },
      events: {},
      sender: { end: (_response, socket) => void socket.destroy() },
      isClosing: () => false,
      transport: 'sse',
    };
    const stream = streams.begin(http, {
      review() {
        if (!open.isCurrent) open.expire(stream);
        return open.isCurrent;
      },
      leave() {
        if (!open.hasAnswer) stream.end();
      },
      endSubscriptions: () => {},
    });
    begun.push(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    void streams.close(0);
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port
  return { clock, streams, begun, requests, open, url: `http://127.0.0.1:${port}/` };
}

async function waitForCount({ count }: EventStreams, expected: number): Promise<void> {
  while (count() !== expected) await setImmediate();
}

test('a stream begins with a comment, and gets one every twelve seconds', async (t) => {
  const { clock, url } = await openStreams(t);
  const reader = await openEvents(t, url);
  await reader.waitForComments(1);
  await clock.advance(1_000); // the first of twelve turns
  await reader.waitForComments(2);
  for (let count = 3; count < 6; count += 1) {
    await clock.advance(11_999);
    assert.equal(reader.countComments(), count - 1);
    await clock.advance(1);
    await reader.waitForComments(count);
  }
});

test('twelve streams get their comments in twelve different seconds', async (t) => {
  const { clock, url } = await openStreams(t);
  const readers = [];
  for (let count = 0; count < 12; count += 1) readers.push(await openEvents(t, url));
  for (const reader of readers) await reader.waitForComments(1);
  for (const reader of readers) {
    await clock.advance(1_000);
    await reader.waitForComments(2);
  }
  const total = readers.reduce((sum, { countComments }) => sum + countComments(), 0);
  assert.equal(total, 24);
});

test('a stream keeps nothing of what its request said', async (t) => {
  const { url, requests } = await openStreams(t);
  const headers = { authorization: 'Bearer some-key' };
  const { response } = await openEvents(t, `${url}?query=text`, { headers });
  assert.equal(response.headers['x-request-id'], 'request-1');
  const [request] = requests;
  assert.deepEqual([request?.headers, request?.rawHeaders, request?.url], [{}, [], '']);
});

test('no proxy is to keep or change a stream', async (t) => {
  const { url } = await openStreams(t);
  const { response } = await openEvents(t, url);
  assert.equal(response.headers['cache-control'], 'no-cache, no-transform');
  assert.equal(response.headers['x-accel-buffering'], 'no');
});

test('a peer that takes nothing is dropped at the second comment, and nobody else', async (t) => {
  const { clock, url, streams, begun } = await openStreams(t);
  const stuck = await openEvents(t, url);
  const neighbour = await openEvents(t, url);
  stuck.response.pause();
  begun[0]?.send('x'.repeat(muchBytes));
  await clock.advance(12_000);
  await neighbour.waitForComments(2);
  assert.equal(streams.count(), 2);
  await clock.advance(12_000);
  await neighbour.waitForComments(3);
  await waitForCount(streams, 1);
});

test('a peer that is behind at one comment and has caught up at the next stays', async (t) => {
  const { clock, url, streams, begun } = await openStreams(t);
  const reader = await openEvents(t, url);
  for (let count = 2; count < 5; count += 1) {
    reader.response.pause();
    begun[0]?.send(`event: next\ndata: "${'x'.repeat(muchBytes)}"\n\n`);
    await clock.advance(12_000);
    reader.response.resume();
    await reader.next();
    await reader.waitForComments(count);
  }
  assert.equal(streams.count(), 1);
});

test('the bearer of a stream whose key has ended is told once, and may say a last word', async (t) => {
  const { clock, url, open, begun } = await openStreams(t);
  const reader = await openEvents(t, url);
  let told = 0;
  open.expire = () => {
    told += 1;
  };
  await clock.advance(12_000);
  assert.equal(told, 0);
  open.isCurrent = false;
  await clock.advance(12_000);
  assert.equal(told, 1);
  begun[0]?.send('event: next\ndata: "the last"\n\n');
  begun[0]?.end();
  assert.equal((await reader.next()).data, 'the last');
  assert.equal(await reader.ended, 'ended');
});

test('a stream whose key has ended is cut off when it is still there a turn later', async (t) => {
  const { clock, url, open } = await openStreams(t);
  const reader = await openEvents(t, url);
  open.expire = () => {};
  open.isCurrent = false;
  await clock.advance(24_000);
  assert.equal(await reader.ended, 'cut off');
});

test('streams end one after the other over the time given', async (t) => {
  const { clock, url, streams } = await openStreams(t);
  const readers = [await openEvents(t, url), await openEvents(t, url), await openEvents(t, url)];
  const drained = streams.drain(3_000);
  for (const [place, reader] of readers.entries()) {
    assert.equal(await reader.ended, 'ended');
    await waitForCount(streams, readers.length - place - 1);
    await clock.advance(999);
    assert.equal(streams.count(), readers.length - place - 1);
    await clock.advance(1);
  }
  await drained;
});

test('a write after the end of a stream is dropped without an error', async (t) => {
  const { clock, url, streams, begun } = await openStreams(t);
  const stuck = await openEvents(t, url);
  stuck.response.pause();
  begun[0]?.send(`event: next\ndata: "${'x'.repeat(muchBytes)}"\n\n`);
  await streams.drain(0);
  begun[0]?.send('event: next\ndata: "late"\n\n');
  await clock.advance(12_000); // a comment is due
  await setImmediate();
  assert.equal(streams.count(), 1);
  stuck.response.resume();
  assert.equal(await stuck.ended, 'ended');
  await stuck.next();
  await assert.rejects(stuck.next());
});

test('closing ends every stream and leaves nothing to time', async (t) => {
  const { clock, url, streams } = await openStreams(t);
  const reader = await openEvents(t, url);
  await streams.close(1_000);
  assert.equal(await reader.ended, 'ended');
  assert.equal(clock.countTimers(), 0);
});

test('a stream with an answer to come is waited for, and cut after the time given', async (t) => {
  const { clock, url, streams, begun, open } = await openStreams(t);
  open.hasAnswer = true;
  const answered = await openEvents(t, url);
  const silent = await openEvents(t, url);
  const closing = streams.close(1_000);
  assert.equal(streams.count(), 2);
  begun[0]?.send('event: next\ndata: "late"\n\n');
  begun[0]?.end();
  assert.equal((await answered.next()).data, 'late');
  assert.equal(await answered.ended, 'ended');
  await waitForCount(streams, 1);
  await clock.advance(1_000);
  assert.equal(await silent.ended, 'cut off');
  await closing;
  assert.equal(clock.countTimers(), 0);
});
