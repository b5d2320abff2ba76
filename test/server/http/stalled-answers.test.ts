import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../../src/logging/log.ts';
import { createHttpServer, sendWhole } from '../../../src/server/http/http.ts';
import { createFakeClock, settle } from '../../support/live/fake-clock.ts';

const timeout = 60_000;
/** More than two sockets on one machine hold between them. */
const muchBytes = 32 * 1024 * 1024;
const much = 'x'.repeat(muchBytes);

/** A server whose answers are `/much`, `/little` and `/late`, which comes when the test says so. */
async function openServer(t: TestContext) {
  const clock = createFakeClock();
  const responses: ServerResponse[] = [];
  const stalling: ServerResponse[] = [];
  const late: (() => void)[] = [];
  const server = createHttpServer({
    log: createLog('silent', { write: () => {} }),
    monotonicMs: clock.monotonicMs,
    after: clock.after,
    routes: [
      async (http) => {
        responses.push(http.response);
        if (http.path === '/much') stalling.push(http.response);
        if (http.path === '/late') await new Promise<void>((resolve) => late.push(resolve));
        sendWhole(http, 200, {}, http.path === '/much' ? much : 'little');
        return true;
      },
    ],
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const open = (...paths: string[]): Socket => {
    const peer = connect(port, '127.0.0.1');
    t.after(() => peer.destroy());
    peer.on('error', () => {});
    peer.pause();
    for (const path of paths) peer.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    return peer;
  };
  /** Waits until an answer stands still: its peer and the system hold all that they will. */
  async function waitForStall(): Promise<ServerResponse> {
    for (let unsent = -1, still = 0; still < 50; ) {
      await fetch(`http://127.0.0.1:${port}/little`).then((answer) => answer.text());
      const now = stalling[0]?.socket?.writableLength ?? 0;
      still = now > 0 && now === unsent ? still + 1 : 0;
      unsent = now;
    }
    const [response] = stalling;
    assert.ok(response);
    return response;
  }
  return { clock, open, late, responses, waitForStall };
}

test('an answer that its reader leaves alone for 30 seconds is dropped', { timeout }, async (t) => {
  const { clock, open, waitForStall } = await openServer(t);
  open('/much');
  const response = await waitForStall();
  const closed = once(response, 'close');
  await clock.advance(29_999);
  assert.equal(response.destroyed, false);
  await clock.advance(1);
  await closed;
  assert.equal(response.writableFinished, false);
  assert.equal(clock.countTimers(), 0);
});

test('an answer of which a part is taken every 29 seconds arrives whole', {
  timeout,
}, async (t) => {
  const { clock, open, waitForStall } = await openServer(t);
  const peer = open('/much');
  const response = await waitForStall();
  let read = 0;
  peer.on('data', (chunk) => {
    read += chunk.length;
  });
  peer.pause();
  let rounds = 0;
  for (; !response.writableFinished; rounds += 1) {
    await clock.advance(29_000);
    const moved = Promise.race([once(response, 'drain'), once(response, 'finish')]);
    peer.resume();
    await moved;
    peer.pause();
  }
  assert.ok(rounds > 2, `${rounds} rounds`);
  peer.resume();
  while (read < muchBytes) await once(peer, 'data');
  assert.equal(clock.countTimers(), 0);
});

test('data that a peer sends does not keep an answer that it does not read', {
  timeout,
}, async (t) => {
  const { clock, open, waitForStall } = await openServer(t);
  const peer = open('/much');
  const response = await waitForStall();
  const closed = once(response, 'close');
  for (const part of ['GET /little HTTP/1.1\r\n', 'host: localhost\r\n', 'x-more: 1']) {
    await clock.advance(9_999);
    await new Promise((resolve) => peer.write(part, resolve));
  }
  await clock.advance(3);
  await closed;
});

test('an answer that waits for the one before it is not dropped', { timeout }, async (t) => {
  const { clock, open, late, responses } = await openServer(t);
  const peer = open('/late', '/little');
  let text = '';
  peer.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  peer.resume();
  while (responses[1]?.writableEnded !== true) await settle();
  await clock.advance(600_000);
  assert.equal(text, '');
  late[0]?.();
  while (text.split('little').length < 3) await once(peer, 'data');
  assert.equal(clock.countTimers(), 0);
});
