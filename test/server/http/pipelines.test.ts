import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../../src/logging/log.ts';
import { createHttpServer, sendWhole } from '../../../src/server/http/http.ts';
import { createFakeClock, settle } from '../../support/live/fake-clock.ts';

const mostUnderWay = 8;

/** A server that answers each request when the test says so, with its path. */
async function openServer(t: TestContext) {
  const clock = createFakeClock();
  const underWay = new Map<string, () => void>();
  const begun: string[] = [];
  const server = createHttpServer({
    log: createLog('silent', { write: () => {} }),
    monotonicMs: clock.monotonicMs,
    after: clock.after,
    routes: [
      async (http) => {
        const { path } = http;
        begun.push(path);
        await new Promise<void>((resolve) => underWay.set(path, resolve));
        underWay.delete(path);
        sendWhole(http, 200, {}, `answer ${path} `);
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
  function openPeer() {
    const peer = connect(port, '127.0.0.1');
    t.after(() => peer.destroy());
    peer.on('error', () => {});
    let text = '';
    peer.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    const send = (...paths: string[]) =>
      peer.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`).join(''));
    const answers = () => [...text.matchAll(/answer (\S+) /g)].map(([, path]) => path);
    return { peer, send, answers };
  }
  return { openPeer, underWay, begun };
}

const toPaths = (name: string, count: number) =>
  Array.from({ length: count }, (_, place) => `/${name}-${place}`);

test('of the requests that a connection sends ahead eight are under way, and all are answered in order', async (t) => {
  const { openPeer, underWay, begun } = await openServer(t);
  const { send, answers } = openPeer();
  const paths = toPaths('ahead', 40);
  send(...paths);
  const neighbour = openPeer();
  neighbour.send('/neighbour');
  while (!underWay.has('/neighbour')) await settle();
  for (let answered = 0; answered < paths.length; answered += 1) {
    const most = Math.min(paths.length, answered + mostUnderWay);
    while (begun.length - 1 < most) await settle();
    await settle();
    assert.equal(begun.length - 1, most);
    underWay.get(paths[answered] ?? '')?.();
    while (answers().length <= answered) await settle();
  }
  assert.deepEqual(answers(), paths);
  send('/later');
  while (!underWay.has('/later')) await settle();
  underWay.get('/later')?.();
  while (answers().length <= paths.length) await settle();
});

test('a connection whose requests wait is not read any further', async (t) => {
  const { openPeer, underWay, begun } = await openServer(t);
  const { peer, send } = openPeer();
  const paths = toPaths('flood', 100_000);
  send(...paths);
  while (underWay.size < mostUnderWay) await settle();
  const neighbour = openPeer();
  neighbour.send('/neighbour');
  while (!underWay.has('/neighbour')) await settle();
  // The sockets of one machine hold less than all that was sent.
  assert.ok(peer.writableLength > 0);
  assert.equal(begun.length, mostUnderWay + 1);
});

test('of the requests that wait when their connection closes none is begun', async (t) => {
  const { openPeer, underWay, begun } = await openServer(t);
  const { peer, send } = openPeer();
  send(...toPaths('left', 20));
  while (underWay.size < mostUnderWay) await settle();
  peer.destroy();
  const neighbour = openPeer();
  for (const path of toPaths('turn', 10)) {
    neighbour.send(path);
    while (!underWay.has(path)) await settle();
    underWay.get(path)?.();
  }
  for (const answer of [...underWay.values()]) answer();
  await settle();
  assert.equal(begun.filter((path) => path.startsWith('/left')).length, mostUnderWay);
});
