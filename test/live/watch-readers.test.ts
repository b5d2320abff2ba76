import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtlasError } from '../../src/atlas/api/errors.ts';
import { settle } from '../support/live/fake-clock.ts';
import { follow, intervalMs, openWatch, tenantOf, theEnd } from '../support/live/open-watch.ts';

const acme = tenantOf('acme');
const key = 'LOS-1';
const down = new AtlasError({ endpoint: 'flowStatus', failure: 'unavailable' });

const statesOf = (followed: { seen: readonly { state: number }[] }) =>
  followed.seen.map(({ state }) => state);

/** A watch that somebody has read, the version it saw last, and a reader who came back with it. */
async function openComeback() {
  const world = openWatch();
  const before = follow(world.watch.watch(acme, key));
  await settle();
  const version = before.seen.at(-1)?.version ?? 0;
  const back = follow(world.watch.watch(acme, key, { after: version }));
  await settle();
  return { ...world, before, version, back };
}

test('a reader with the current version gets nothing until a newer state is known', async () => {
  const { clock, atlas, version, back } = await openComeback();
  await clock.advance(3 * intervalMs);
  assert.equal(back.seen.length, 0);
  atlas.says = 2;
  await clock.advance(intervalMs);
  assert.deepEqual(statesOf(back), [2]);
  assert.ok((back.seen[0]?.version ?? 0) > version);
});

test('a reader with an older version gets the current state at once', async () => {
  const { watch, version } = await openComeback();
  const back = follow(watch.watch(acme, key, { after: version - 1 }));
  await settle();
  assert.deepEqual(statesOf(back), [1]);
});

test('a reader with a version gets the same states as others after its first one', async () => {
  const { clock, atlas, back } = await openComeback();
  for (const state of [2, 3, theEnd]) {
    atlas.says = state;
    await clock.advance(intervalMs);
  }
  assert.deepEqual(statesOf(back), [2, 3, theEnd]);
  assert.equal(back.ending, 'completed');
});

test('a reader with the final version completes without a state', async () => {
  const { clock, atlas, watch, before } = await openComeback();
  atlas.says = theEnd;
  await clock.advance(intervalMs);
  const back = follow(watch.watch(acme, key, { after: before.seen.at(-1)?.version }));
  await settle();
  assert.deepEqual(back.seen, []);
  assert.equal(back.ending, 'completed');
});

test('a version that is newer than anything known is of another register: the state is told as it is', async () => {
  const { clock, atlas, watch } = openWatch();
  const versionOfAnotherRegister = 2_000_000_000;
  const first = follow(watch.watch(acme, key, { after: versionOfAnotherRegister }));
  await settle();
  assert.deepEqual(statesOf(first), [1]);
  // Atlas was asked a moment ago, so that nothing newer can be known.
  const asked = atlas.asked.length;
  const second = follow(watch.watch(acme, key, { after: versionOfAnotherRegister }));
  await settle();
  assert.deepEqual(statesOf(second), [1]);
  assert.equal(atlas.asked.length, asked);
  atlas.says = theEnd;
  await clock.advance(intervalMs);
  for (const reader of [first, second]) {
    assert.deepEqual(statesOf(reader), [1, theEnd]);
    assert.equal(reader.ending, 'completed');
  }
});

test('a reader that waits for a newer state is not told that the old one is stale', async () => {
  const { clock, atlas, back } = await openComeback();
  atlas.says = down;
  await clock.advance(20 * intervalMs);
  assert.deepEqual(back.seen, []);
  assert.equal(back.ending, null);
});

test('a thing that is not there is told to who names a version, too', async () => {
  const { atlas, watch } = openWatch();
  atlas.says = null;
  const back = follow(watch.watch(acme, key, { after: 1 }));
  await settle();
  assert.equal(back.ending instanceof Error && back.ending.name, 'NotFoundError');
});

test('that a state went stale, and that it is not any more, is told once each', async () => {
  const { clock, atlas, watch } = openWatch();
  const reader = follow(watch.watch(acme, key));
  await settle();
  atlas.says = down;
  await clock.advance(300_000);
  atlas.says = 1;
  await clock.advance(300_000);
  assert.deepEqual(
    reader.seen.map(({ isStale }) => isStale),
    [false, true, false],
  );
});

test('a state says how it came to be known and when', async () => {
  const { clock, atlas, watch } = openWatch();
  const startAt = clock.now();
  const reader = follow(watch.watch(acme, key));
  await clock.advance(1_000);
  atlas.says = 2;
  watch.poke(acme, key);
  await settle();
  assert.deepEqual(
    reader.seen.map(({ source, observedAt, isStale }) => ({ source, observedAt, isStale })),
    [
      { source: 'POLL', observedAt: startAt, isStale: false },
      { source: 'CALLBACK', observedAt: startAt + 1_000, isStale: false },
    ],
  );
});

test('a stale state says when it was last true', async () => {
  const { clock, atlas, watch } = openWatch();
  const reader = follow(watch.watch(acme, key));
  await clock.advance(intervalMs);
  const lastTrueAt = clock.now();
  atlas.says = down;
  await clock.advance(10 * intervalMs);
  const late = follow(watch.watch(acme, key));
  await settle();
  assert.equal(late.seen[0]?.observedAt, lastTrueAt);
  assert.equal(reader.seen.at(-1)?.observedAt, lastTrueAt);
});

test('the next check that a state names is made, at that time and not before', async () => {
  const { clock, atlas, watch } = openWatch();
  const reader = follow(watch.watch(acme, key));
  await settle();
  for (const says of [2, 3, down, 4, down, 5]) {
    atlas.says = says;
    const { nextCheckAt } = reader.seen.at(-1) ?? {};
    assert.ok(typeof nextCheckAt === 'number');
    const asked = atlas.asked.length;
    await clock.advance(nextCheckAt - clock.now() - 1);
    assert.equal(atlas.asked.length, asked);
    await clock.advance(1);
    assert.equal(atlas.asked.length, asked + 1);
    assert.equal(atlas.asked.at(-1)?.at, nextCheckAt);
  }
});

test('a reader that joins gets the time of the next poll, or now during a poll', async () => {
  const { clock, atlas, watch } = openWatch();
  follow(watch.watch(acme, key));
  await clock.advance(intervalMs);
  const joined = follow(watch.watch(acme, key));
  await settle();
  assert.equal(joined.seen[0]?.nextCheckAt, clock.now() + intervalMs);
  atlas.isHeld = true;
  await clock.advance(intervalMs + 700);
  const meanwhile = follow(watch.watch(acme, key));
  await settle();
  assert.equal(meanwhile.seen[0]?.nextCheckAt, clock.now());
  assert.equal(watch.observe(acme, key, 1, clock.monotonicMs()).nextCheckAt, clock.now());
});

test('no next check is named where nobody watches, nor at the end', async () => {
  const { clock, atlas, watch } = openWatch();
  assert.equal(watch.observe(acme, key, 1, clock.monotonicMs()).nextCheckAt, null);
  const reader = follow(watch.watch(acme, key));
  await settle();
  assert.equal(watch.last(acme, key)?.nextCheckAt, null);
  const end = watch.observe(acme, key, theEnd, clock.monotonicMs());
  await settle();
  assert.equal(end.nextCheckAt, null);
  assert.equal(reader.seen.at(-1)?.nextCheckAt, null);
  assert.equal(atlas.asked.length, 1);
});
