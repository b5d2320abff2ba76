import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { collectWatch } from '../../support/clients/collect-watch.ts';
import { startNetwork } from '../../support/clients/network.ts';
import { openClient } from '../../support/clients/open-client.ts';
import { createFakeClock } from '../../support/live/fake-clock.ts';
import { openGateway } from '../../support/open-gateway.ts';

/** Networks and the transport by which a flow is followed there. */
const ways = {
  WebSocket: { blocks: /^never/, transport: 'ws' },
  'SSE where WebSocket is blocked': { blocks: /upgrade: websocket/i, transport: 'sse' },
  'waitForFlow where WebSocket and SSE are blocked': {
    blocks: /upgrade: websocket|accept: text\/event-stream/i,
    transport: 'http',
  },
};

for (const [way, { blocks, transport }] of Object.entries(ways)) {
  test(`the kit follows a flow to its end by ${way}`, async (t) => {
    const gateway = await openGateway(t);
    const network = await startNetwork(t, gateway.graphqlUrl, { blocks });
    const client = openClient(t, gateway, { url: network.url });
    const uuid = await gateway.openFlow();

    const watched = collectWatch(t, client, uuid);
    await watched.first;
    await gateway.upload(uuid, 'pan.jpg', 'aadhaar.jpg');

    assert.equal(await watched.ended, null);
    const states = watched.flows.map(({ status }) => status.state);
    assert.deepEqual([states.at(0), states.at(-1)], ['NOT_STARTED', 'SUCCESS']);
    assert.equal(watched.flows.at(-1)?.status.crossCheck, 'COMPLETED');
    const used = gateway
      .logLines()
      .filter((line) => String(line.operation).startsWith('AtlasFlow'));
    assert.ok(used.some((line) => line.transport === transport));
  });

  test(`an unknown flow ends a watch by ${way} with its code`, async (t) => {
    const gateway = await openGateway(t);
    const network = await startNetwork(t, gateway.graphqlUrl, { blocks });
    const client = openClient(t, gateway, { url: network.url });

    const error = await collectWatch(t, client, 'no-such-flow').ended;

    assert.equal(error?.isFinal, true);
    assert.match(error?.code ?? '', /^(NOT_FOUND|BAD_USER_INPUT)$/);
  });

  test(`a refused token is replaced by another one by ${way}`, async (t) => {
    const gateway = await openGateway(t);
    const network = await startNetwork(t, gateway.graphqlUrl, { blocks });
    const refused: (string | undefined)[] = [];
    const client = openClient(t, gateway, {
      url: network.url,
      getToken(token) {
        refused.push(token);
        return token === undefined ? 'an-old-token' : gateway.apiKey;
      },
    });
    const uuid = await gateway.openFlow();

    const watched = collectWatch(t, client, uuid);
    await watched.first;

    assert.equal(watched.flows[0]?.uuid, uuid);
    assert.ok(refused.includes('an-old-token'));
    assert.ok(watched.liveness.includes('connecting after UNAUTHENTICATED'));
  });

  test(`a refused token without another one ends a watch by ${way}`, async (t) => {
    const gateway = await openGateway(t);
    const network = await startNetwork(t, gateway.graphqlUrl, { blocks });
    const client = openClient(t, gateway, { url: network.url, getToken: () => 'a-wrong-key' });

    const error = await collectWatch(t, client, 'any-flow').ended;

    assert.equal(error?.code, 'UNAUTHENTICATED');
  });
}

test('a watch goes on with another grant when the first has ended', async (t) => {
  const clock = createFakeClock();
  const gateway = await openGateway(t, { clock });
  const uuid = await gateway.openFlow();
  let issued = 0;
  const client = openClient(t, gateway, {
    async getToken() {
      issued += 1;
      const { data } = await gateway.ask(
        'mutation ($input: IssueFlowGrantInput!) { issueFlowGrant(input: $input) { token } }',
        { input: { flowUuid: uuid, ttlSeconds: 60 } },
      );
      return data.issueFlowGrant.token;
    },
  });
  const watched = collectWatch(t, client, uuid);
  await watched.first;

  await clock.advance(72_000);
  await watched.lost;
  await gateway.upload(uuid, 'pan.jpg');
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  while (watched.liveness.at(-1) !== 'live') await setImmediate();
  await clock.advance(10_000);

  assert.equal(await watched.ended, null);
  assert.equal(issued, 2);
});

test('many flows are followed over one socket', async (t) => {
  const gateway = await openGateway(t);
  const network = await startNetwork(t, gateway.graphqlUrl);
  const client = openClient(t, gateway, { url: network.url });
  const uuids = await Promise.all(['a', 'b', 'c', 'd'].map((name) => gateway.openFlow(name)));

  const watches = uuids.map((uuid) => collectWatch(t, client, uuid));
  await Promise.all(watches.map(({ first }) => first));

  assert.equal(network.countConnections(), 1);
});

test('a watch that is stopped is left at the gateway', { timeout: 20_000 }, async (t) => {
  const gateway = await openGateway(t);
  const client = openClient(t, gateway);
  const watched = collectWatch(t, client, await gateway.openFlow());
  await watched.first;
  assert.equal(gateway.app.countWatched(), 1);

  watched.stop();

  while (gateway.app.countWatched() > 0) await setImmediate();
});

test('a known version is not told again', async (t) => {
  const gateway = await openGateway(t);
  const client = openClient(t, gateway);
  const uuid = await gateway.openFlow();
  const known = collectWatch(t, client, uuid);
  await known.first;
  const version = known.flows[0]?.status.version ?? 0;

  const watched = collectWatch(t, client, uuid, { after: version });
  await gateway.upload(uuid, 'pan.jpg');

  assert.equal(await watched.ended, null);
  assert.ok(watched.flows.length > 0);
  assert.ok(watched.flows.every(({ status }) => status.version > version));
});

test('selected fields come with each state', async (t) => {
  const gateway = await openGateway(t);
  const client = openClient(t, gateway);
  const uuid = await gateway.openFlow();

  const watched = collectWatch(t, client, uuid, { select: 'documents { id documentId }' });
  await watched.first;
  await gateway.upload(uuid, 'pan.jpg');
  await watched.ended;

  const [flow] = watched.flows.slice(-1);
  assert.ok(flow);
  assert.deepEqual(Object.keys(flow.status).sort(), ['isTerminal', 'state', 'version']);
  assert.partialDeepStrictEqual(flow, { documents: [{ documentId: 'pan.jpg' }] });
});

test('the end of a flow fulfils waitForEnd', async (t) => {
  const gateway = await openGateway(t);
  const client = openClient(t, gateway);
  const uuid = await gateway.openFlow();
  const ended = client.waitForEnd(uuid);
  await gateway.upload(uuid, 'pan.jpg');

  assert.equal((await ended).status.state, 'SUCCESS');
});

test('an aborted signal rejects waitForEnd with its reason', async (t) => {
  const gateway = await openGateway(t);
  const client = openClient(t, gateway);
  const uuid = await gateway.openFlow();
  const control = new AbortController();
  const ended = client.waitForEnd(uuid, { signal: control.signal });
  const reason = new Error('the page was left');

  control.abort(reason);

  await assert.rejects(ended, reason);
  await assert.rejects(client.waitForEnd(uuid, { signal: control.signal }), reason);
});
