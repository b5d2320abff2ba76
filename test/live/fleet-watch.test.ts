import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtlasError, NotFoundError } from '../../src/atlas/api/errors.ts';
import { openFleet } from '../support/live/open-fleet.ts';
import { follow, intervalMs, tenantOf, theEnd } from '../support/live/open-watch.ts';

const acme = tenantOf('acme');
const key = 'LOS-1';

/** A fleet of which every replica reads the flow, and what each has seen. */
async function openRead(count: number, options: Parameters<typeof openFleet>[1] = {}) {
  const fleet = openFleet(count, options);
  const readers = fleet.replicas.map(({ watch }) => follow(watch.watch(acme, key)));
  await fleet.clock.advance(0);
  const [holder, ...others] = fleet.replicas.toSorted(
    (one, other) => other.asked.length - one.asked.length,
  );
  if (holder === undefined) throw new Error('nobody');
  const statesOf = (place: number) => readers[place]?.seen.map(({ state }) => state);
  return { ...fleet, readers, holder, others, statesOf };
}

test('one replica asks Atlas, however many read', async () => {
  const { clock, atlas, replicas } = await openRead(3);
  await clock.advance(10 * intervalMs);
  assert.equal(replicas.filter(({ asked }) => asked.length > 0).length, 1);
  assert.ok(
    atlas.asked.length >= 10 && atlas.asked.length <= 12,
    `${atlas.asked.length} questions`,
  );
});

test('every reader of every replica gets each state in one version, and the end', async () => {
  const { clock, atlas, readers, statesOf } = await openRead(3);
  for (const state of [2, 3, theEnd]) {
    atlas.says = state;
    await clock.advance(intervalMs * 1.1);
  }
  for (const { place } of readers.map((_, index) => ({ place: index }))) {
    assert.deepEqual(statesOf(place), [1, 2, 3, theEnd]);
  }
  const versions = readers.map(({ seen }) => seen.map(({ version }) => version).join());
  assert.equal(new Set(versions).size, 1, versions.join(' / '));
  assert.deepEqual(
    readers.map(({ ending }) => ending),
    ['completed', 'completed', 'completed'],
  );
});

test('a reader that moves to another replica gets the state at once, without a call to Atlas', async () => {
  const { clock, atlas, others } = await openRead(2);
  const asked = atlas.asked.length;
  const reader = follow(others[0]?.watch.watch(acme, key) ?? assert.fail());
  await clock.advance(0);
  assert.deepEqual(
    reader.seen.map(({ state }) => state),
    [1],
  );
  assert.equal(atlas.asked.length, asked);
});

test('when the holder dies another takes over within two intervals, and versions go on', async () => {
  const { clock, atlas, holder, others, readers } = await openRead(3);
  holder.die();
  atlas.says = 2;
  const before = others.map(({ place }) => readers[place]?.seen.at(-1)?.version ?? 0);
  await clock.advance(2 * intervalMs);
  assert.equal(others.filter(({ asked }) => asked.length > 0).length, 1);
  others.forEach(({ place }, index) => {
    const last = readers[place]?.seen.at(-1);
    assert.equal(last?.state, 2);
    assert.ok(last.version > (before[index] ?? 0));
  });
});

test('a holder whose readers have left hands over at once', async () => {
  const { clock, holder, others, readers } = await openRead(2);
  readers[holder.place]?.leave();
  await clock.advance(0);
  assert.equal(others[0]?.asked.length, 1);
});

test('a replica that is closed hands over at once', async () => {
  const { clock, holder, others } = await openRead(3);
  holder.watch.close();
  await clock.advance(0);
  assert.equal(others.filter(({ asked }) => asked.length === 1).length, 1);
});

test('a holder that was thought dead finds itself replaced, and follows', async () => {
  const { clock, atlas, holder, others, statesOf } = await openRead(2);
  holder.cutOff(true);
  await clock.advance(2 * intervalMs);
  assert.ok((others[0]?.asked.length ?? 0) > 0);
  holder.cutOff(false);
  await clock.advance(2 * intervalMs);
  const asked = holder.asked.length;
  atlas.says = theEnd;
  await clock.advance(3 * intervalMs);
  assert.equal(holder.asked.length, asked);
  assert.equal(statesOf(holder.place)?.at(-1), theEnd);
});

test('a hint given to any replica makes the holder ask, once', async () => {
  const { clock, atlas, replicas, statesOf } = await openRead(3);
  for (const { watch } of replicas) {
    const asked = atlas.asked.length;
    atlas.says = asked + 1;
    watch.poke(acme, key);
    await clock.advance(0);
    assert.equal(atlas.asked.length, asked + 1);
    for (const { place } of replicas) assert.equal(statesOf(place)?.at(-1), asked + 1);
  }
});

test('a hint for all of a tenant reaches every holder, and no other tenant', async () => {
  const { clock, atlas, replicas } = openFleet(2);
  const bolt = tenantOf('bolt');
  const [one, other] = replicas;
  assert.ok(one && other);
  follow(one.watch.watch(acme, 'B-1'));
  follow(other.watch.watch(acme, 'B-2'));
  follow(other.watch.watch(bolt, 'B-1'));
  await clock.advance(0);
  const asked = atlas.asked.length;
  one.watch.pokeAll(acme, 'B-');
  await clock.advance(0);
  assert.deepEqual(
    atlas.asked.slice(asked).map(({ tenantId, key: each }) => `${tenantId} ${each}`),
    ['acme B-1', 'acme B-2'],
  );
});

test('a state that a query reads on one replica reaches the readers of all', async () => {
  const { clock, others, statesOf, replicas, atlas } = await openRead(3);
  atlas.says = theEnd;
  const snapshot = others[0]?.watch.observe(acme, key, theEnd, clock.monotonicMs());
  await clock.advance(0);
  for (const { place } of replicas) assert.equal(statesOf(place)?.at(-1), theEnd);
  for (const { watch } of replicas) assert.equal(watch.last(acme, key)?.version, snapshot?.version);
});

test('two replicas that see two states at once come to one version of the later one', async () => {
  const { clock, replicas, readers, statesOf } = await openRead(2);
  const [one, other] = replicas;
  assert.ok(one && other);
  one.watch.observe(acme, key, theEnd, clock.monotonicMs());
  other.watch.observe(acme, key, 4, clock.monotonicMs());
  await clock.advance(0);
  assert.deepEqual([statesOf(0)?.at(-1), statesOf(1)?.at(-1)], [theEnd, theEnd]);
  const versions = replicas.map(({ watch }) => watch.last(acme, key)?.version);
  assert.equal(new Set(versions).size, 1);
  assert.deepEqual(
    readers.map(({ ending }) => ending),
    ['completed', 'completed'],
  );
  for (const { seen } of readers) {
    const byVersion = new Map(seen.map(({ version, state }) => [version, state]));
    assert.equal(byVersion.size, seen.length, 'one version stands for one state');
  }
});

test('details that a reader of another replica wants are asked for', async () => {
  const { clock, atlas, others } = await openRead(2);
  assert.equal(atlas.asked.at(-1)?.isDetailed, false);
  follow(others[0]?.watch.watch(acme, key, { isDetailed: true }) ?? assert.fail());
  await clock.advance(intervalMs * 1.1);
  assert.equal(atlas.asked.at(-1)?.isDetailed, true);
  assert.equal(others[0]?.asked.length, 0);
});

test('an Atlas that is out of reach makes the state stale everywhere, and fresh again', async () => {
  const { clock, atlas, readers } = await openRead(2);
  atlas.says = new AtlasError({ failure: 'unavailable', endpoint: 'flowStatus' });
  await clock.advance(intervalMs * 1.1);
  assert.deepEqual(
    readers.map(({ seen }) => seen.at(-1)?.isStale),
    [true, true],
  );
  atlas.says = 1;
  await clock.advance(intervalMs * 4);
  assert.deepEqual(
    readers.map(({ seen }) => seen.at(-1)?.isStale),
    [false, false],
  );
});

test('a flow that is not there is missing at every replica', async () => {
  const { clock, atlas, replicas } = openFleet(3);
  atlas.says = null;
  const readers = replicas.map(({ watch }) => follow(watch.watch(acme, key)));
  await clock.advance(0);
  for (const { ending } of readers) assert.ok(ending instanceof NotFoundError);
  assert.ok(atlas.asked.length <= 3);
});

test('replicas that can not reach each other ask for themselves, and come together again', async () => {
  const { clock, atlas, replicas, statesOf } = await openRead(3);
  for (const replica of replicas) replica.cutOff(true);
  atlas.says = 2;
  await clock.advance(2 * intervalMs);
  for (const { place } of replicas) assert.equal(statesOf(place)?.at(-1), 2);
  for (const replica of replicas) replica.cutOff(false);
  await clock.advance(3 * intervalMs);
  const asked = atlas.asked.length;
  await clock.advance(10 * intervalMs);
  assert.ok(atlas.asked.length - asked <= 11, `${atlas.asked.length - asked} questions`);
  atlas.says = theEnd;
  await clock.advance(2 * intervalMs);
  for (const { place } of replicas) assert.equal(statesOf(place)?.at(-1), theEnd);
});

test('a hint reaches the readers of this replica when the others are out of reach', async () => {
  const { clock, atlas, others, statesOf } = await openRead(2);
  const [replica] = others;
  assert.ok(replica);
  replica.cutOff(true);
  atlas.says = 2;
  replica.watch.poke(acme, key);
  await clock.advance(0);
  assert.equal(statesOf(replica.place)?.at(-1), 2);
});

test('a flow that was given more at one replica runs on at another', async () => {
  const { clock, atlas, replicas } = await openRead(2);
  const [one, other] = replicas;
  assert.ok(one && other);
  atlas.says = theEnd;
  await clock.advance(2 * intervalMs);
  one.watch.reopen(acme, key);
  atlas.says = 5;
  const reader = follow(other.watch.watch(acme, key));
  await clock.advance(0);
  assert.equal(reader.seen.at(-1)?.state, 5);
  assert.equal(reader.ending, null);
});

test('a tenant never follows another, be the flows of one name', async () => {
  const { clock, atlas, replicas } = openFleet(2);
  const [one, other] = replicas;
  assert.ok(one && other);
  follow(one.watch.watch(acme, key));
  follow(other.watch.watch(tenantOf('bolt'), key));
  await clock.advance(0);
  assert.deepEqual(
    atlas.asked.map(({ tenantId }) => tenantId),
    ['acme', 'bolt'],
  );
});
