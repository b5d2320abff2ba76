import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { AtlasClient } from '../../../clients/web/src/client.ts';
import {
  createFlowList,
  type FlowList,
  type FlowListOptions,
} from '../../../clients/web/src/flow-list.ts';
import { createFlowStores } from '../../../clients/web/src/flow-stores.ts';
import { startNetwork } from '../../support/clients/network.ts';
import { openClient } from '../../support/clients/open-client.ts';
import { openGateway } from '../../support/open-gateway.ts';

const timeout = 30_000;

/** A list with one listener, until the test ends. */
function openList(t: TestContext, client: AtlasClient, options?: FlowListOptions) {
  const list = createFlowList(client, createFlowStores(client), options);
  const stop = list.subscribe(() => {});
  t.after(stop);
  return {
    ...list,
    stop,
    /** Fulfilled once the list is as wanted. */
    async until(isWanted: (list: FlowList) => boolean): Promise<FlowList> {
      while (!isWanted(list.getSnapshot())) await setImmediate();
      return list.getSnapshot();
    },
  };
}

const isRead = ({ isLoading }: FlowList) => !isLoading;

test('a list is read in pages, by its filter and in its order', { timeout }, async (t) => {
  const gateway = await openGateway(t);
  for (const name of ['a', 'b', 'c']) await gateway.openFlow(name);
  const client = openClient(t, gateway);
  const names = ({ flows }: FlowList) => flows.map(({ applicationId }) => applicationId);

  const list = openList(t, client, { first: 2, orderBy: 'OLDEST_FIRST' });
  const first = await list.until(isRead);
  assert.deepEqual([names(first), first.hasMore], [['a', 'b'], true]);
  list.loadMore();
  const all = await list.until(({ flows }) => flows.length === 3);
  assert.deepEqual([names(all), all.hasMore], [['a', 'b', 'c'], false]);
  const filtered = openList(t, client, { filter: { applicationId: 'b' } });
  assert.deepEqual(names(await filtered.until(isRead)), ['b']);
});

test('a refreshed list has the flows that were opened since', { timeout }, async (t) => {
  const gateway = await openGateway(t);
  const list = openList(t, openClient(t, gateway));
  assert.deepEqual((await list.until(isRead)).flows, []);
  await gateway.openFlow('a');

  list.refresh();

  await list.until(({ flows }) => flows.length === 1);
});

test('rows are watched while the list has a listener', { timeout }, async (t) => {
  const gateway = await openGateway(t);
  const uuid = await gateway.openFlow('a');
  const list = openList(t, openClient(t, gateway));
  await list.until(isRead);
  while (gateway.app.countWatched() === 0) await setImmediate();
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  await list.until(({ flows }) => flows[0]?.status.state === 'SUCCESS');

  await gateway.openFlow('b');
  list.refresh();
  await list.until(({ flows }) => flows.length === 2);
  while (gateway.app.countWatched() !== 1) await setImmediate();
  list.stop();

  while (gateway.app.countWatched() > 0) await setImmediate();
});

test('a list without a network is read once it is back, and a refused one tells its code', {
  timeout,
}, async (t) => {
  const gateway = await openGateway(t);
  await gateway.openFlow('a');
  const network = await startNetwork(t, gateway.graphqlUrl);
  await network.refuse();
  const list = openList(t, openClient(t, gateway, { url: network.url }));
  const away = await list.until(({ error }) => error !== null);
  assert.deepEqual([away.error?.code, away.isLoading], ['NETWORK', true]);

  await network.restore();
  const back = await list.until(isRead);
  assert.deepEqual([back.error, back.flows.length], [null, 1]);

  const refused = openList(t, openClient(t, gateway, { getToken: () => 'a-wrong-key' }));
  assert.equal((await refused.until(isRead)).error?.code, 'UNAUTHENTICATED');
});
