import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFollowUp } from '../../src/live/follow-up.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { settle } from '../support/live/fake-clock.ts';
import { acme, flowUuid, openFlowWatch, statusOf } from '../support/live/open-flow-watch.ts';
import { follow, intervalMs } from '../support/live/open-watch.ts';
import { timelineOf } from '../support/store/adapters.ts';

/** A watch over flows that nobody reads, and who follows them up. */
function openFollowUp(store = openSqliteStore({ directory: ':memory:' })) {
  const world = openFlowWatch({ store });
  const failures: unknown[] = [];
  const followUp = createFollowUp({
    flows: world.watch,
    register: world.register,
    clock: world.clock,
    onFailure: (error) => failures.push(error),
  });
  return { ...world, followUp, failures };
}

async function eventsOf({ store }: ReturnType<typeof openFollowUp>, uuid = flowUuid) {
  const events = await timelineOf(store, acme.id, uuid, { first: 99, after: 0 });
  return events?.entries.map(({ kind, status }) => (status ? `${kind} ${status.state}` : kind));
}

test('the register learns the end of a flow that Atlas calls for, though nobody reads it', async () => {
  const world = openFollowUp();
  const reference = world.openFlow();
  world.atlas.state = 'SUCCESS';
  await world.ledger.called(acme.id, reference);
  world.followUp.onCalled(acme, flowUuid);
  await settle();
  assert.equal((await world.register.flow(acme.id, flowUuid))?.state, 'SUCCESS');
  assert.deepEqual(await eventsOf(world), ['CREATED', 'CALLED_BACK', 'CHANGED SUCCESS']);
  assert.equal(world.atlas.statusAsked.length, 1);
  assert.equal(world.watch.countWatched(), 0);
});

test('a flow that runs on after a call is followed to its end, or for a quarter of an hour', async () => {
  const world = openFollowUp();
  world.openFlow();
  world.followUp.onCalled(acme, flowUuid);
  await world.clock.advance(intervalMs);
  world.atlas.state = 'SUCCESS';
  await world.clock.advance(intervalMs);
  assert.equal((await world.register.flow(acme.id, flowUuid))?.state, 'SUCCESS');

  world.openFlow('LOS-2');
  world.atlas.state = 'IN_PROGRESS';
  world.followUp.onCalled(acme, 'LOS-2');
  await world.clock.advance(15 * 60_000 - 1);
  assert.equal(world.watch.countWatched(), 1);
  await world.clock.advance(1);
  assert.equal(world.watch.countWatched(), 0);
  assert.deepEqual(world.failures, []);
});

test('a call for a flow that is over asks for nothing, unless it was given more since', async () => {
  const world = openFollowUp();
  world.openFlow();
  world.atlas.state = 'SUCCESS';
  world.followUp.onCalled(acme, flowUuid);
  await settle();
  world.followUp.onCalled(acme, flowUuid);
  await settle();
  assert.equal(world.atlas.statusAsked.length, 1);
  await world.clock.advance(1);
  world.upload();
  await settle();
  world.followUp.onCalled(acme, flowUuid);
  await settle();
  assert.equal(world.atlas.statusAsked.length, 2);
});

test('calls that come together are followed once', async () => {
  const world = openFollowUp();
  world.openFlow();
  for (let count = 0; count < 20; count += 1) world.followUp.onCalled(acme, flowUuid);
  await settle();
  assert.equal(world.atlas.statusAsked.length, 1);
  assert.equal(world.watch.countWatched(), 1);
  world.followUp.close();
  assert.equal(world.watch.countWatched(), 0);
});

test('a process that begins looks once at the flows whose callback it may have missed', async () => {
  const before = openFollowUp();
  for (const uuid of ['LOS-running', 'LOS-fed-elsewhere', 'LOS-over']) before.openFlow(uuid);
  before.openFlow('LOS-polled', false);
  for (const uuid of ['LOS-running', 'LOS-over', 'LOS-polled']) before.upload(uuid);
  const last = { status: statusOf('SUCCESS'), version: 1, at: 1, source: 'POLL', hasEnded: false };
  await before.register.recordStatus(acme.id, 'LOS-over', last);

  const world = openFollowUp(before.store);
  world.atlas.state = 'SUCCESS';
  await world.followUp.catchUp(acme);
  assert.deepEqual(
    world.atlas.statusAsked.map(({ uuid }) => uuid),
    ['LOS-running'],
  );
  assert.equal((await world.register.flow(acme.id, 'LOS-running'))?.state, 'SUCCESS');
  assert.equal(world.watch.countWatched(), 0);
});

test('versions go on after a restart, and a reader is not told again what it has seen', async () => {
  const before = openFollowUp();
  before.openFlow();
  const reader = follow(before.watch.watch(acme, flowUuid));
  await settle();
  const { version = 0 } = reader.seen[0] ?? {};

  const world = openFollowUp(before.store);
  const comesBack = follow(world.watch.watch(acme, flowUuid, { after: version }));
  await world.clock.advance(intervalMs);
  assert.equal(world.watch.last(acme, flowUuid)?.version, version);
  assert.equal(comesBack.seen.length, 0);
  world.atlas.state = 'SUCCESS';
  await world.clock.advance(intervalMs);
  assert.deepEqual(
    comesBack.seen.map(({ state }) => state.status.state),
    ['SUCCESS'],
  );
  assert.ok((comesBack.seen[0]?.version ?? 0) > version);
});
