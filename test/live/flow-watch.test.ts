import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from '../support/live/fake-clock.ts';
import { acme, flowUuid, openFlowWatch } from '../support/live/open-flow-watch.ts';
import { follow, intervalMs, tenantOf } from '../support/live/open-watch.ts';

const globex = tenantOf('globex');

const graceMs = 30_000;

/** How long the watch waits, once it has an answer, before it asks again. */
async function nextDelayMs({ clock, watch }: ReturnType<typeof openFlowWatch>, uuid = flowUuid) {
  const reader = follow(watch.watch(acme, uuid));
  await settle();
  const nextCheckAt = reader.seen.at(-1)?.nextCheckAt ?? Number.NaN;
  reader.leave();
  await settle();
  return nextCheckAt - clock.now();
}

test('a flow that was opened elsewhere is polled at the interval', async () => {
  const world = openFlowWatch();
  void world.ledger.called(acme.id, world.openFlow('LOS-other'));
  assert.equal(await nextDelayMs(world), intervalMs);
});

test('a flow whose callback its caller took is polled at the interval', async () => {
  const world = openFlowWatch();
  void world.ledger.called(acme.id, world.openFlow('LOS-other'));
  world.openFlow(flowUuid, false);
  assert.equal(await nextDelayMs(world), intervalMs);
});

test('a flow with callbacks is polled at the interval until one has come', async () => {
  const world = openFlowWatch();
  const reference = world.openFlow();
  assert.equal(await nextDelayMs(world), intervalMs);
  void world.ledger.called(acme.id, reference);
  assert.equal(await nextDelayMs(world), 60_000);
});

test('a callback for one tenant proves nothing of another’s', async () => {
  const world = openFlowWatch();
  world.openFlow();
  void world.ledger.called(globex.id, 'a-reference');
  assert.equal(await nextDelayMs(world), intervalMs);
});

test('a flow is polled twice as often right after an upload', async () => {
  const world = openFlowWatch();
  world.openFlow();
  world.upload();
  assert.equal(await nextDelayMs(world), intervalMs / 2);
  await world.clock.advance(6 * intervalMs);
  assert.equal(await nextDelayMs(world), intervalMs);
});

test('a flow is polled twice as often when it is as old as flows at their end', async () => {
  const world = openFlowWatch();
  for (const uuid of ['LOS-a', 'LOS-b', 'LOS-c']) {
    world.atlas.state = 'IN_PROGRESS';
    world.upload(uuid);
    const reader = follow(world.watch.watch(acme, uuid));
    await world.clock.advance(99_999);
    world.atlas.state = 'SUCCESS';
    world.watch.poke(acme, uuid);
    await world.clock.advance(1);
    assert.equal(reader.ending, 'completed');
  }
  world.atlas.state = 'IN_PROGRESS';
  world.upload();
  await world.clock.advance(80_000);
  assert.equal(await nextDelayMs(world), intervalMs);
  await world.clock.advance(15_000);
  assert.equal(await nextDelayMs(world), intervalMs / 2);
  await world.clock.advance(25_000);
  assert.equal(await nextDelayMs(world), intervalMs);
});

test('ends that were found long after they came do not tell how long flows take', async () => {
  const world = openFlowWatch();
  for (const uuid of ['LOS-a', 'LOS-b', 'LOS-c']) {
    world.atlas.state = 'IN_PROGRESS';
    world.upload(uuid);
    await nextDelayMs(world, uuid);
    await world.clock.advance(100_000);
    world.atlas.state = 'SUCCESS';
    follow(world.watch.watch(acme, uuid));
    await settle();
  }
  world.atlas.state = 'IN_PROGRESS';
  world.upload();
  await world.clock.advance(100_000);
  assert.equal(await nextDelayMs(world), intervalMs);
});

test('that no callback ever came is told once, half a minute after an end', async () => {
  const { clock, atlas, watch, openFlow, countWarnings } = openFlowWatch();
  atlas.state = 'SUCCESS';
  openFlow('LOS-1');
  openFlow('LOS-2');
  follow(watch.watch(acme, 'LOS-1'));
  follow(watch.watch(acme, 'LOS-2'));
  await clock.advance(graceMs - 1);
  assert.equal(countWarnings(), 0);
  await clock.advance(1);
  assert.equal(countWarnings(), 1);
  openFlow('LOS-3');
  follow(watch.watch(acme, 'LOS-3'));
  await clock.advance(10 * graceMs);
  assert.equal(countWarnings(), 1);
});

test('nothing is told of a callback that comes within half a minute, or came before', async () => {
  const { clock, atlas, watch, ledger, openFlow, countWarnings } = openFlowWatch();
  atlas.state = 'SUCCESS';
  const reference = openFlow();
  follow(watch.watch(acme, flowUuid));
  await clock.advance(graceMs - 1);
  void ledger.called(acme.id, reference);
  await clock.advance(10 * graceMs);
  void ledger.called(acme.id, openFlow('LOS-2'));
  follow(watch.watch(acme, 'LOS-2'));
  await clock.advance(10 * graceMs);
  assert.equal(countWarnings(), 0);
});

test('nothing is told where no callback was to come, or may not', async () => {
  const { clock, atlas, watch, openFlow, countWarnings } = openFlowWatch();
  atlas.state = 'SUCCESS';
  openFlow('LOS-taken', false);
  follow(watch.watch(acme, 'LOS-taken'));
  follow(watch.watch(acme, 'LOS-opened-elsewhere'));
  await clock.advance(10 * graceMs);
  // Whether Atlas calls for these is not documented (CONTRACT 5).
  atlas.state = 'FAILED';
  openFlow('LOS-failed');
  follow(watch.watch(acme, 'LOS-failed'));
  await clock.advance(10 * graceMs);
  assert.equal(countWarnings(), 0);
});

test('callbacks that stop coming are not relied on until one comes again', async () => {
  const world = openFlowWatch();
  const { clock, atlas, watch, ledger, openFlow } = world;
  void ledger.called(acme.id, openFlow('LOS-before'));
  const late = openFlow('LOS-missed');
  openFlow();
  assert.equal(await nextDelayMs(world), 60_000);
  atlas.state = 'SUCCESS';
  follow(watch.watch(acme, 'LOS-missed'));
  await clock.advance(graceMs);
  atlas.state = 'IN_PROGRESS';
  assert.equal(await nextDelayMs(world), intervalMs);
  void ledger.called(acme.id, late);
  assert.equal(await nextDelayMs(world), 60_000);
});

test('a callback that one tenant misses puts no doubt on those of another', async () => {
  const world = openFlowWatch();
  const { clock, atlas, watch, ledger, openFlow } = world;
  openFlow();
  for (const tenant of [acme, globex]) {
    void ledger.called(tenant.id, openFlow('LOS-before', true, tenant.id));
  }
  openFlow('LOS-missed', true, globex.id);
  atlas.state = 'SUCCESS';
  follow(watch.watch(globex, 'LOS-missed'));
  await clock.advance(graceMs);
  atlas.state = 'IN_PROGRESS';
  assert.equal(await nextDelayMs(world), 60_000);
});

test('extracts are asked for where documents are read only, at most once a second', async () => {
  const { clock, atlas, watch } = openFlowWatch();
  follow(watch.watch(acme, flowUuid));
  await clock.advance(intervalMs);
  assert.equal(atlas.extractsAsked.length, 0);
  follow(watch.watch(acme, flowUuid, { isDetailed: true }));
  await clock.advance(intervalMs);
  assert.equal(atlas.extractsAsked.length, 1);
  for (let count = 0; count < 50; count += 1) {
    watch.poke(acme, flowUuid);
    await clock.advance(100);
  }
  const times = atlas.extractsAsked.map(({ at }) => at);
  assert.ok(atlas.statusAsked.length > 50);
  assert.equal(times.length, 5);
  times.slice(1).forEach((at, place) => {
    assert.ok(at - (times[place] ?? 0) >= 1_000);
  });
});

test('the extracts behind a callback are asked for anew', async () => {
  const { clock, atlas, watch } = openFlowWatch();
  follow(watch.watch(acme, flowUuid, { isDetailed: true }));
  await clock.advance(1_000);
  watch.poke(acme, flowUuid);
  await settle();
  assert.deepEqual(
    atlas.extractsAsked.map(({ isFresh }) => isFresh),
    [false, true],
  );
});

test('extracts of two flows, and of two tenants, are asked for each at its own pace', async () => {
  const { atlas, watch } = openFlowWatch();
  follow(watch.watch(acme, 'LOS-1', { isDetailed: true }));
  follow(watch.watch(acme, 'LOS-2', { isDetailed: true }));
  follow(watch.watch(globex, 'LOS-1', { isDetailed: true }));
  await settle();
  assert.deepEqual(
    atlas.extractsAsked.map(({ uuid }) => uuid),
    ['LOS-1', 'LOS-2', 'LOS-1'],
  );
});

test('no extracts are asked for at the end, which the status alone tells', async () => {
  const { clock, atlas, watch } = openFlowWatch();
  atlas.state = 'SUCCESS';
  const reader = follow(watch.watch(acme, flowUuid, { isDetailed: true }));
  await clock.advance(intervalMs);
  assert.equal(reader.ending, 'completed');
  assert.equal(atlas.extractsAsked.length, 0);
});
