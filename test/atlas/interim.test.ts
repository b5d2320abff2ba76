import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { failureOf, flowToOpen, openClientAt, tenantNamed } from '../support/atlas/open-client.ts';

const tenant = tenantNamed('acme');
const flow_uuid = 'LOS-1';
const bodies: Readonly<Record<string, object>> = {
  authtoken: { access_token: 'sample', expires_in: 3600 },
  init: { flow_uuid },
  status: { master_status: 'SUCCESS' },
  batch: { match_data: [] },
};
const addresses = {
  application_id: 'app-0001',
  source_address: '1 Sample Road',
  target_addresses: [{ address: '2 Sample Road', index: 0 }],
};

interface RawAtlas {
  readonly url: string;
  /** The last part of the path of each request, in the order of their arrival. */
  readonly asked: string[];
  /** The bytes written before the response to each of these paths. */
  before: (path: string) => readonly string[];
  /** Writes a response; by default with a length. */
  respond: (socket: Socket, body: string, path: string) => void;
}

/** An Atlas that writes its responses byte by byte. */
async function openRawAtlas(t: TestContext): Promise<RawAtlas> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let received = '';
    socket.on('data', (data) => {
      received += data;
      for (;;) {
        const head = /^(?:GET|POST) (?<path>\S+) [\s\S]*?\r\n\r\n/.exec(received);
        const length = Number(/content-length: (\d+)/i.exec(head?.[0] ?? '')?.[1] ?? 0);
        if (head === null || received.length < head[0].length + length) return;
        received = received.slice(head[0].length + length);
        const path = head.groups?.path?.split('?')[0]?.split('/').at(-1) ?? '';
        atlas.asked.push(path);
        for (const interim of atlas.before(path)) socket.write(interim);
        atlas.respond(socket, JSON.stringify(bodies[path]), path);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port
  const atlas: RawAtlas = {
    url: `http://127.0.0.1:${port}`,
    asked: [],
    before: () => [],
    respond: (socket, body) =>
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`),
  };
  return atlas;
}

const proceed = 'HTTP/1.1 100 Continue\r\n\r\n';
const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n';
const interims: Readonly<Record<string, readonly string[]>> = {
  'a 100 Continue': [proceed],
  'a 100 Continue with headers': ['HTTP/1.1 100 Go On\r\nserver: sample\r\n\r\n'],
  'two 100 Continue': [proceed, proceed],
  '102, 103 and 100': ['HTTP/1.1 102 Processing\r\n\r\n', hints, proceed],
  '103 Early Hints': [hints],
  'a 199 of its own': ['HTTP/1.1 199 Sample\r\n\r\n'],
};

for (const pipelining of [1, 4]) {
  for (const [what, before] of Object.entries(interims)) {
    test(`${what} before every answer costs nothing, with ${pipelining} reads a socket`, async (t) => {
      const atlas = await openRawAtlas(t);
      atlas.before = () => before;
      const { client } = openClientAt(t, atlas.url, { transport: { pipelining } });
      for (let round = 0; round < 3; round += 1) {
        assert.equal(await client.call(tenant, 'initFlow', flowToOpen), flow_uuid);
        const reads = Array.from({ length: 3 }, (_, index) =>
          client.call(tenant, 'flowStatus', { flow_uuid: `LOS-${round}-${index}` }),
        );
        for (const read of await Promise.all(reads)) assert.equal(read?.master_status, 'SUCCESS');
        assert.ok(await client.call(tenant, 'matchAddresses', addresses));
      }
      const count = (path: string) => atlas.asked.filter((each) => each === path).length;
      assert.deepEqual([count('init'), count('status'), count('batch')], [3, 9, 3]);
      // Only what came first, the token, is asked for by a client that can't read on, and again.
      assert.equal(count('authtoken'), before.some((head) => head.includes(' 100 ')) ? 2 : 1);
    });
  }
}

test('reads behind one that is preceded by a 100 Continue are all answered', async (t) => {
  const atlas = await openRawAtlas(t);
  const { client } = openClientAt(t, atlas.url, { transport: { connections: 1, pipelining: 8 } });
  await client.call(tenant, 'flowStatus', { flow_uuid });
  let isFirst = true;
  atlas.before = () => {
    const before = isFirst ? [proceed] : [];
    isFirst = false;
    return before;
  };
  const reads = Array.from({ length: 6 }, (_, index) =>
    client.call(tenant, 'flowStatus', { flow_uuid: `LOS-${index}` }),
  );
  for (const read of await Promise.all(reads)) assert.equal(read?.master_status, 'SUCCESS');
});

test('trailers behind an answer are ignored', async (t) => {
  const atlas = await openRawAtlas(t);
  atlas.respond = (socket, body) => {
    const chunk = `${body.length.toString(16)}\r\n${body}\r\n`;
    const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n';
    socket.write(`${proceed}${head}${chunk}0\r\nx-sum: 1\r\n\r\n`);
  };
  const { client } = openClientAt(t, atlas.url);
  for (let round = 0; round < 2; round += 1) {
    assert.equal(await client.call(tenant, 'initFlow', flowToOpen), flow_uuid);
    const read = await client.call(tenant, 'flowStatus', { flow_uuid });
    assert.equal(read?.master_status, 'SUCCESS');
  }
  assert.equal(atlas.asked.filter((path) => path === 'init').length, 2);
});

test('a write whose answer ends with an interim one is not repeated, and is unknown', async (t) => {
  const atlas = await openRawAtlas(t);
  atlas.respond = (socket, body, path) => {
    if (path === 'init') socket.end(proceed);
    else socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  };
  const { client } = openClientAt(t, atlas.url);
  const failure = await failureOf(client.call(tenant, 'initFlow', flowToOpen));
  assert.equal(failure.failure, 'outcome-unknown');
  assert.deepEqual(atlas.asked, ['authtoken', 'init']);
});

test('a write finds a good socket where the server has closed the idle ones', async (t) => {
  const atlas = await openRawAtlas(t);
  const closed: Promise<unknown>[] = [];
  atlas.respond = (socket, body) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    // It says nothing of closing, and closes all the same.
    closed.push(new Promise((resolve) => socket.end(() => resolve(null))));
  };
  const { client } = openClientAt(t, atlas.url);
  for (let round = 0; round < 20; round += 1) {
    assert.equal(await client.call(tenant, 'initFlow', flowToOpen), flow_uuid);
    await Promise.all(closed);
  }
  assert.equal(atlas.asked.filter((path) => path === 'init').length, 20);
});

test('writes share sockets, one after the other', async (t) => {
  const atlas = await openRawAtlas(t);
  const used = new Set<Socket>();
  atlas.respond = (socket, body, path) => {
    if (path === 'init') used.add(socket);
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  };
  const { client } = openClientAt(t, atlas.url);
  for (let round = 0; round < 5; round += 1) await client.call(tenant, 'initFlow', flowToOpen);
  assert.equal(used.size, 1);
});
