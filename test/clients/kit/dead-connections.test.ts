import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectWatch } from '../../support/clients/collect-watch.ts';
import { startNetwork } from '../../support/clients/network.ts';
import { openClient } from '../../support/clients/open-client.ts';
import { openProvider } from '../../support/identity/open-provider.ts';
import { openGateway } from '../../support/open-gateway.ts';

const timeout = 60_000;
const slowAtlas = { stageMs: 3_600_000 };

const ways = {
  WebSocket: /^never/,
  SSE: /upgrade: websocket/i,
  waitForFlow: /upgrade: websocket|accept: text\/event-stream/i,
};

for (const [way, blocks] of Object.entries(ways)) {
  test(`a connection by ${way} that is cut silently is given up and replaced`, {
    timeout,
  }, async (t) => {
    const gateway = await openGateway(t, { sandbox: slowAtlas });
    const network = await startNetwork(t, gateway.graphqlUrl, { blocks });
    const client = openClient(t, gateway, { url: network.url, heartbeatMs: 500, mostRetryMs: 100 });
    const uuid = await gateway.openFlow();
    const watched = collectWatch(t, client, uuid);
    await watched.first;

    network.cutSilently();
    gateway.sandbox.finishFlow(uuid, 'SUCCESS');
    await network.restore();

    assert.equal(await watched.ended, null);
    assert.equal(watched.flows.at(-1)?.status.state, 'SUCCESS');
  });
}

test('a silent socket without a fault is kept', { timeout }, async (t) => {
  const gateway = await openGateway(t, { sandbox: slowAtlas });
  const network = await startNetwork(t, gateway.graphqlUrl);
  let pongs = 0;
  const { promise: answered, resolve } = Promise.withResolvers<void>();
  class CountingSocket extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol);
      this.addEventListener('message', ({ data }) => {
        pongs += Number(data === '{"type":"pong"}');
        if (pongs === 5) resolve();
      });
    }
  }
  const client = openClient(t, gateway, {
    url: network.url,
    heartbeatMs: 500,
    webSocketImpl: CountingSocket,
  });
  const watched = collectWatch(t, client, await gateway.openFlow());
  await answered;

  assert.equal(network.countConnections(), 1);
  assert.deepEqual(watched.liveness, ['live']);
});

test('a wake-up tries an open socket at once', { timeout }, async (t) => {
  const gateway = await openGateway(t, { sandbox: slowAtlas });
  const sent: unknown[] = [];
  class RecordingSocket extends WebSocket {
    override send(data: string): void {
      sent.push(data);
      super.send(data);
    }
  }
  const client = openClient(t, gateway, { webSocketImpl: RecordingSocket });
  const watched = collectWatch(t, client, await gateway.openFlow());
  await watched.first;
  assert.equal(sent.includes('{"type":"ping"}'), false);

  client.wake();

  assert.equal(sent.at(-1), '{"type":"ping"}');
});

test('a new connection asks for what is newer than the state that is known', {
  timeout,
}, async (t) => {
  const gateway = await openGateway(t, { sandbox: slowAtlas });
  const network = await startNetwork(t, gateway.graphqlUrl);
  const asked: unknown[] = [];
  const { promise: askedTwice, resolve } = Promise.withResolvers<void>();
  class RecordingSocket extends WebSocket {
    override send(data: string): void {
      const { type, payload } = JSON.parse(data);
      if (type === 'subscribe') asked.push(payload.variables.after);
      if (asked.length === 2) resolve();
      super.send(data);
    }
  }
  const client = openClient(t, gateway, { url: network.url, webSocketImpl: RecordingSocket });
  const watched = collectWatch(t, client, await gateway.openFlow());
  await watched.first;

  await network.refuse();
  await watched.lost;
  await network.restore();
  await askedTwice;

  assert.deepEqual(asked, [null, watched.flows[0]?.status.version]);
});

test('a watch goes on once the gateway can check its token again', { timeout }, async (t) => {
  const provider = await openProvider(t);
  const gateway = await openGateway(t, { env: provider.env, sandbox: slowAtlas });
  const token = await provider.sign({ tenant: 'default' });
  provider.isUp = false;
  const client = openClient(t, gateway, { getToken: () => token, mostRetryMs: 100 });
  const watched = collectWatch(t, client, await gateway.openFlow());
  await watched.lost;
  assert.equal(watched.flows.length, 0);

  provider.isUp = true;
  await watched.first;

  assert.equal(watched.flows[0]?.status.state, 'NOT_STARTED');
});
