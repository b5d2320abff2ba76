import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import {
  type EventStream,
  type EventStreams,
  startEventStreams,
} from '../../src/server/event-streams.ts';
import { createFakeClock } from '../live/fake-clock.ts';
import { openEvents } from './event-reader.ts';

/** More than two sockets on one machine hold between them. */
const muchBytes = 16 * 1024 * 1024;

/** Streams alone, on a free port: every request of `/` opens one, of `/adopted` is answered by the test. */
async function openStreams(t: TestContext) {
  const clock = createFakeClock();
  const streams: EventStreams = startEventStreams(clock);
  const begun: EventStream[] = [];
  const responses: ServerResponse[] = [];
  const open = { isCurrent: true };
  const server = createServer((asked, response) => {
    responses.push(response);
    if (asked.url === '/adopted') streams.adopt(response);
    else begun.push(streams.begin(response, () => open.isCurrent));
    if (asked.url === '/adopted') response.write('something');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    streams.close();
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port
  return { clock, streams, begun, responses, open, url: `http://127.0.0.1:${port}/` };
}

async function waitForCount({ count }: EventStreams, expected: number): Promise<void> {
  while (count() !== expected) await setImmediate();
}

test('a stream begins with a comment, and gets one every twelve seconds', async (t) => {
  const { clock, url } = await openStreams(t);
  const reader = await openEvents(t, url);
  await reader.waitForComments(1);
  for (let count = 2; count < 6; count += 1) {
    await clock.advance(11_999);
    assert.equal(reader.countComments(), count - 1);
    await clock.advance(1);
    await reader.waitForComments(count);
  }
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

test('a stream whose key has ended ends at the next comment, and not as complete', async (t) => {
  const { clock, url, open } = await openStreams(t);
  const reader = await openEvents(t, url);
  open.isCurrent = false;
  await clock.advance(12_000);
  assert.equal(await reader.ended, 'ended');
  await assert.rejects(reader.next());
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

test('what is told after the end of a stream goes nowhere and breaks nothing', async (t) => {
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

test('what somebody else streams is cut off at the end, and never looks whole', async (t) => {
  const { url, streams, responses } = await openStreams(t);
  const asking = request(`${url}adopted`).end();
  const [response] = await once(asking, 'response');
  response.on('error', () => {}); // told by `complete`
  response.resume();
  const closed = new Promise((resolve) => response.on('close', resolve));
  await streams.drain(0);
  await closed;
  assert.equal(response.complete, false);
  assert.equal(responses[0]?.destroyed, true);
});

test('an answer that is whole is not cut off', async (t) => {
  const { url, streams, responses } = await openStreams(t);
  const asking = request(`${url}adopted`).end();
  const [response] = await once(asking, 'response');
  responses[0]?.end('x'.repeat(muchBytes));
  await streams.drain(0);
  let bytes = 0;
  for await (const chunk of response) bytes += chunk.length;
  assert.equal(bytes, 'something'.length + muchBytes);
});

test('closing drops every stream and leaves nothing to time', async (t) => {
  const { clock, url, streams } = await openStreams(t);
  const reader = await openEvents(t, url);
  streams.close();
  assert.equal(await reader.ended, 'cut off');
  assert.equal(clock.countTimers(), 0);
});
