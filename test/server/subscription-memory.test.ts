import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';
import { openEvents } from '../support/server/event-reader.ts';
import { openSocket } from '../support/server/raw-socket.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** The heap in use, in bytes, once what nothing holds is gone. */
async function measureHeap(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

/** A subscription of its own, sent along with a multiple of `length` characters for nothing. */
function toSent(uuid: string, place: number, length: number) {
  const note = `${place} ${'n'.repeat(length)}`;
  return {
    query: `# ${note}\nsubscription Watch${place}($uuid: String!) { flowUpdated(uuid: $uuid) { status { state } } } ${' '.repeat(length)}`,
    variables: { uuid, note, more: { note: [note] } },
    operationName: `Watch${place}`,
    extensions: { note, operationId: `${place}` },
  };
}

type Watch = (t: TestContext, gateway: OpenGateway, uuid: string, count: number) => Promise<number>;

const count = 90;

/** Opens subscriptions, and reads the first event of each; returns the characters sent. */
const transports: Readonly<Record<string, Watch>> = {
  async 'a WebSocket'(t, gateway, uuid, length) {
    const socket = await openSocket(t, gateway.webSocketUrl);
    await socket.init(`Bearer ${gateway.apiKey}`);
    let sent = 0;
    for (let place = 0; place < count; place += 1) {
      const payload = toSent(uuid, place, length);
      const text = JSON.stringify({ id: `${place}`, type: 'subscribe', payload });
      sent += text.length;
      socket.socket.send(text);
      assert.equal((await socket.next()).type, 'next');
    }
    return sent;
  },
  async 'streams of events'(t, gateway, uuid, length) {
    let sent = 0;
    for (let place = 0; place < count; place += 1) {
      const body = toSent(uuid, place, length);
      sent += JSON.stringify(body).length;
      const headers = { ...gateway.headers, accept: 'text/event-stream' };
      const reader = await openEvents(t, gateway.graphqlUrl, { method: 'POST', headers, body });
      assert.equal((await reader.next()).event, 'next');
    }
    return sent;
  },
  async 'one stream of events'(t, gateway, uuid, length) {
    const url = `${gateway.graphqlUrl}/stream`;
    const reserved = await fetch(url, { method: 'PUT', headers: gateway.headers });
    const token = await reserved.text();
    const headers = { ...gateway.headers, 'x-graphql-event-stream-token': token };
    const reader = await openEvents(t, url, { headers });
    let sent = 0;
    for (let place = 0; place < count; place += 1) {
      const body = JSON.stringify(toSent(uuid, place, length));
      sent += body.length;
      await fetch(url, { method: 'POST', headers, body });
      assert.equal((await reader.next()).event, 'next');
    }
    return sent;
  },
};

for (const [transport, watch] of Object.entries(transports)) {
  test(`a subscription over ${transport} keeps nothing of what was sent beside it`, async (t) => {
    const gateway = await openGateway(t, { sandbox: { stageMs: 3_600_000 } });
    // Caches of all operations, such as parsed texts, are filled from then on.
    await watch(t, gateway, await gateway.openFlow('application-1'), 10_000);
    const kept = [];
    // A message of a WebSocket has less room than a body.
    const long = transport === 'a WebSocket' ? 10_000 : 80_000;
    for (const [place, length] of [10, long].entries()) {
      const uuid = await gateway.openFlow(`application-${place + 2}`);
      const before = await measureHeap();
      const sent = await watch(t, gateway, uuid, length);
      kept.push({ sent, grown: (await measureHeap()) - before });
    }
    const [small, large] = kept;
    assert.ok(small && large && large.sent > small.sent + count * 40_000);
    t.diagnostic(`${small.grown} bytes kept of ${small.sent}, ${large.grown} of ${large.sent}`);
    assert.ok(large.grown - small.grown < (large.sent - small.sent) / 4);
  });
}

test('a subscription that is too long with its variables is refused', async (t) => {
  const gateway = await openGateway(t);
  const query =
    'subscription ($uuid: String!, $document: String!) { flowUpdated(uuid: $uuid) { document(documentId: $document) { state } } }';
  const headers = { ...gateway.headers, accept: 'text/event-stream' };
  const body = { query, variables: { uuid: 'x', document: 'd'.repeat(16 * 1024) } };
  const reader = await openEvents(t, gateway.graphqlUrl, { method: 'POST', headers, body });
  const { data } = await reader.next();
  assert.equal(data.errors[0].extensions.code, 'QUERY_TOO_COMPLEX');
  assert.match(
    data.errors[0].message,
    /^The subscription has 16\d{3} characters with its variables; at most 16384 are taken\.$/,
  );
});
