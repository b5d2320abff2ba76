import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createTransport, type TransportOptions } from '../../src/atlas/transport/transport.ts';
import { createFakeClock } from '../support/live/fake-clock.ts';
import { toTenantId } from '../support/tenant-id.ts';

const reads = 4;
const tenantId = toTenantId('acme');
const readRequest = {
  tenantId,
  method: 'GET',
  isRepeatable: true,
  path: '/',
  headers: {},
  body: null,
} as const;

/** A server that answers no read before all have come. */
async function openPatientServer(t: TestContext) {
  const waiting: ServerResponse[] = [];
  const sockets = { GET: new Set<Socket>(), POST: new Set<Socket>(), waiting };
  const server = createServer((request, response) => {
    request.resume();
    const isRead = request.method === 'GET';
    sockets[isRead ? 'GET' : 'POST'].add(request.socket);
    if (!isRead) response.end('written');
    else waiting.push(response);
    if (waiting.length < reads) return;
    for (const each of waiting.splice(0)) each.end('read');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port
  return { origin: `http://127.0.0.1:${port}`, sockets };
}

async function sendAll(t: TestContext, origin: string, options: TransportOptions) {
  const transport = createTransport(origin, options);
  t.after(() => transport.close());
  const read = () => transport.send(readRequest).response;
  const answers = Array.from({ length: reads - 1 }, read);
  const written = await transport.send({
    tenantId,
    method: 'POST',
    isRepeatable: false,
    path: '/',
    headers: {},
    body: '{}',
  }).response;
  assert.equal(written.body, 'written');
  answers.push(read());
  for (const { body } of await Promise.all(answers)) assert.equal(body, 'read');
}

test('reads have a socket each, as long as nobody says that they may follow each other', async (t) => {
  const { origin, sockets } = await openPatientServer(t);
  await sendAll(t, origin, {});
  assert.equal(sockets.GET.size, reads);
});

test('reads that may follow each other share a socket, and no write waits behind them', async (t) => {
  const { origin, sockets } = await openPatientServer(t);
  await sendAll(t, origin, { connections: 1, pipelining: reads });
  assert.equal(sockets.GET.size, 1);
  assert.deepEqual(
    [...sockets.POST].filter((socket) => sockets.GET.has(socket)),
    [],
  );
});

test('reads of one turn leave in one write', async (t) => {
  const { origin } = await openPatientServer(t);
  const transport = createTransport(origin, { connections: 1, pipelining: reads });
  t.after(() => transport.close());
  const send = () => transport.send(readRequest).response;
  // The first ones open the socket.
  await Promise.all(Array.from({ length: reads }, send));
  const counts: number[] = [];
  const { _writev: writeAll } = Socket.prototype;
  assert.ok(writeAll);
  t.after(() => {
    Socket.prototype._writev = writeAll;
  });
  Socket.prototype._writev = function (chunks, callback) {
    const text = chunks.map(({ chunk }) => String(chunk)).join('');
    counts.push(text.match(/GET \/ /g)?.length ?? 0);
    writeAll.call(this, chunks, callback);
  };
  await Promise.all(Array.from({ length: reads }, send));
  assert.ok(counts.includes(reads), `requests by write: ${counts}`);
});

test('a read that is given up before it leaves costs those it would have followed nothing', async (t) => {
  const { origin, sockets } = await openPatientServer(t);
  const transport = createTransport(origin, { connections: 1, pipelining: reads + 1 });
  t.after(() => transport.close());
  const send = () => transport.send(readRequest).response;
  await Promise.all(Array.from({ length: reads }, send));
  const first = Array.from({ length: reads - 1 }, send);
  while (sockets.waiting.length < reads - 1) await new Promise(setImmediate);
  const given = transport.send(readRequest);
  given.abort('disconnected');
  await assert.rejects(given.response, { neverSent: true });
  const answers = await Promise.all([...first, send()]);
  assert.deepEqual(new Set(answers.map(({ body }) => body)), new Set(['read']));
  assert.equal(sockets.GET.size, 1);
});

test('a read that is given up while it waits for a socket was never sent', async (t) => {
  const { origin, sockets } = await openPatientServer(t);
  const transport = createTransport(origin, { connections: 1 });
  t.after(() => transport.close());
  const held = transport.send(readRequest);
  const given = transport.send(readRequest);
  given.abort('disconnected');
  const neverSent = { name: 'TransportError', neverSent: true, isTimeout: true };
  await assert.rejects(given.response, neverSent);
  held.abort('disconnected');
  await assert.rejects(held.response, { name: 'TransportError' });
  assert.ok(sockets.GET.size <= 1);
});

/** A request behind a silent one waits for ever. */
const patient = { timeout: 20_000 };

/** A server that answers where it is told to, and counts what it is asked. */
async function openQuietServer(t: TestContext) {
  const asked: { readonly path: string; readonly response: ServerResponse }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    request.resume();
    sockets.add(request.socket);
    asked.push({ path: request.url ?? '', response });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port
  const until = async (count: number) => {
    while (asked.length < count) await new Promise(setImmediate);
  };
  return { origin: `http://127.0.0.1:${port}`, asked, sockets, until };
}

test(
  'a read that is given up on its way leaves those behind it where they are',
  patient,
  async (t) => {
    const { origin, asked, sockets, until } = await openQuietServer(t);
    const transport = createTransport(origin, { connections: 1, pipelining: reads });
    t.after(() => transport.close());
    const given = transport.send({ ...readRequest, path: '/given' });
    const kept = transport.send({ ...readRequest, path: '/kept' });
    await until(1);
    given.abort('disconnected');
    await assert.rejects(given.response, { neverSent: false, isTimeout: true });
    asked[0]?.response.end('timeout');
    await until(2);
    asked[1]?.response.end('read');
    assert.equal((await kept.response).body, 'read');
    assert.deepEqual(
      asked.map(({ path }) => path),
      ['/given', '/kept'],
    );
    assert.equal(sockets.size, 1);
  },
);

test('a socket is not kept for ever for an answer that nobody waits for', patient, async (t) => {
  const { origin, asked, sockets, until } = await openQuietServer(t);
  const clock = createFakeClock();
  const options = { connections: 1, pipelining: reads, after: clock.after };
  const transport = createTransport(origin, options);
  t.after(() => transport.close());
  const given = transport.send({ ...readRequest, path: '/silent' });
  const kept = transport.send({ ...readRequest, path: '/kept' });
  await until(2);
  given.abort('timeout');
  await assert.rejects(given.response);
  await clock.advance(10_000);
  // Behind the other it was lost with the socket, and is sent once more.
  await until(3);
  asked[2]?.response.end('read');
  assert.equal((await kept.response).body, 'read');
  assert.equal(sockets.size, 2);
});

test('no read waits behind one of another tenant', patient, async (t) => {
  const { origin, asked, until } = await openQuietServer(t);
  const transport = createTransport(origin, { pipelining: reads });
  t.after(() => transport.close());
  const silent = transport.send({ ...readRequest, path: '/silent' });
  await until(1);
  const other = { ...readRequest, tenantId: toTenantId('bolt'), path: '/other' };
  const answered = transport.send(other);
  await until(2);
  asked[1]?.response.end('read');
  assert.equal((await answered.response).body, 'read');
  transport.forget(tenantId);
  asked[0]?.response.end('in the end');
  assert.equal((await silent.response).body, 'in the end');
});
