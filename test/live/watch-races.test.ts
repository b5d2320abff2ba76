import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtlasError } from '../../src/atlas/api/errors.ts';
import { settle } from '../support/live/fake-clock.ts';
import { follow, intervalMs, openWatch, tenantOf, theEnd } from '../support/live/open-watch.ts';

const acme = tenantOf('acme');
const key = 'LOS-1';

const statesOf = (followed: { seen: readonly { state: number }[] }) =>
  followed.seen.map(({ state }) => state);

test('a change that comes while a reader attaches reaches it', async () => {
  const { clock, atlas, watch } = openWatch();
  atlas.isHeld = true;
  const reader = follow(watch.watch(acme, key));
  // The question has left; a callback of the change comes before its answer, which is behind.
  watch.poke(acme, key);
  atlas.give(1);
  await clock.advance(0);
  assert.deepEqual(statesOf(reader), [1]);
  atlas.give(2);
  await settle();
  assert.deepEqual(statesOf(reader), [1, 2]);
});

test('a state that a query reads reaches a reader that waits for its first one', async () => {
  const { clock, atlas, watch, countLagging } = openWatch();
  atlas.isHeld = true;
  const reader = follow(watch.watch(acme, key));
  await clock.advance(10);
  watch.observe(acme, key, 5, clock.monotonicMs());
  await clock.advance(10);
  atlas.give(2);
  await settle();
  assert.deepEqual(statesOf(reader), [5]);
  assert.equal(countLagging(), 1);
});

test('state changes while the last reader attaches behind another that leaves', async () => {
  const { clock, atlas, watch } = openWatch();
  const leaving = follow(watch.watch(acme, key));
  await settle();
  atlas.says = 2;
  const staying = follow(watch.watch(acme, key));
  leaving.leave();
  await clock.advance(intervalMs);
  assert.deepEqual(statesOf(staying), [1, 2]);
});

test('the last reader leaves while a poll is under way: its answer is the last there is', async () => {
  const { clock, atlas, watch } = openWatch();
  const reader = follow(watch.watch(acme, key));
  await settle();
  atlas.isHeld = true;
  await clock.advance(intervalMs);
  reader.leave();
  assert.equal(watch.countWatched(), 0);
  atlas.give(2);
  await clock.advance(100 * intervalMs);
  assert.equal(atlas.asked.length, 2);
  assert.equal(clock.countTimers(), 0);
  assert.equal(watch.last(acme, key)?.state, 2, 'what was learned is kept');
});

test('the last reader leaves while a poll is under way that fails: nothing is asked again', async () => {
  const { clock, atlas, watch } = openWatch();
  atlas.isHeld = true;
  const reader = follow(watch.watch(acme, key));
  reader.leave();
  atlas.give(new AtlasError({ endpoint: 'flowStatus', failure: 'deadline' }));
  await clock.advance(100 * intervalMs);
  assert.equal(atlas.asked.length, 1);
  assert.equal(clock.countTimers(), 0);
});

test('a reader that returns during the poll it left gets its answer', async () => {
  const { clock, atlas, watch } = openWatch();
  atlas.isHeld = true;
  follow(watch.watch(acme, key)).leave();
  await settle();
  const back = follow(watch.watch(acme, key));
  assert.equal(atlas.asked.length, 1);
  atlas.give(2);
  await settle();
  assert.deepEqual(statesOf(back), [2]);
  atlas.isHeld = false;
  await clock.advance(intervalMs);
  assert.equal(atlas.asked.length, 2);
});

test('a hint that came while nobody read is followed for who came back meanwhile', async () => {
  const { clock, atlas, watch } = openWatch();
  atlas.isHeld = true;
  follow(watch.watch(acme, key)).leave();
  await settle();
  watch.poke(acme, key);
  const back = follow(watch.watch(acme, key));
  atlas.give(1);
  await clock.advance(0);
  atlas.give(theEnd);
  await settle();
  assert.deepEqual(statesOf(back), [1, theEnd]);
});

test('a reader that never reads costs nobody else anything', async () => {
  const { clock, atlas, watch } = openWatch();
  watch.watch(acme, key);
  const reader = follow(watch.watch(acme, key));
  for (let state = 1; state <= theEnd; state += 1) {
    atlas.says = state;
    await clock.advance(intervalMs);
  }
  assert.deepEqual(statesOf(reader), [1, 2, 3, 4, 5, 6, 7, 8, theEnd]);
  assert.equal(reader.ending, 'completed');
  assert.equal(watch.countWatched(), 0);
  assert.equal(clock.countTimers(), 0);
});

test('a reader that sleeps through all is told the last state, then the end', async () => {
  const { clock, atlas, watch } = openWatch();
  const sleeper = watch.watch(acme, key);
  for (let state = 1; state <= theEnd; state += 1) {
    atlas.says = state;
    await clock.advance(intervalMs);
  }
  assert.equal((await sleeper.next()).value?.state, theEnd);
  assert.equal((await sleeper.next()).done, true);
});

test('an end that a query finds while a poll is under way ends it, reader asleep or not', async () => {
  const { clock, atlas, watch } = openWatch();
  const sleeper = watch.watch(acme, key);
  const reader = follow(watch.watch(acme, key));
  await settle();
  atlas.isHeld = true;
  await clock.advance(intervalMs);
  watch.observe(acme, key, theEnd, clock.monotonicMs());
  await settle();
  assert.equal(reader.ending, 'completed');
  assert.equal(reader.seen.at(-1)?.nextCheckAt, null);
  atlas.give(new AtlasError({ endpoint: 'flowStatus', failure: 'unavailable' }));
  await clock.advance(100 * intervalMs);
  assert.equal(atlas.asked.length, 2);
  assert.equal(clock.countTimers(), 0);
  assert.equal((await sleeper.next()).value?.state, theEnd);
});

test('an end that a query finds while a poll lags is not opened again by it', async () => {
  const { clock, atlas, watch, countLagging } = openWatch();
  watch.watch(acme, key);
  await settle();
  atlas.isHeld = true;
  await clock.advance(intervalMs);
  watch.observe(acme, key, theEnd, clock.monotonicMs());
  const late = follow(watch.watch(acme, key));
  await settle();
  assert.deepEqual(statesOf(late), [theEnd]);
  atlas.give(3);
  await settle();
  assert.equal(countLagging(), 1);
  assert.deepEqual(statesOf(late), [theEnd]);
  assert.equal(late.ending, 'completed');
});

test('closing ends all reading, and an end that is reached meanwhile breaks nothing', async () => {
  const { clock, atlas, watch } = openWatch();
  atlas.isHeld = true;
  const sleeper = watch.watch(acme, key);
  const reader = follow(watch.watch(acme, key));
  const other = follow(watch.watch(acme, 'LOS-2'));
  watch.close();
  await settle();
  assert.equal(reader.ending, 'completed');
  assert.equal(other.ending, 'completed');
  assert.equal(watch.countWatched(), 0);
  atlas.give(theEnd);
  atlas.give(1);
  await clock.advance(100 * intervalMs);
  assert.deepEqual(reader.seen, []);
  assert.deepEqual(await sleeper.next(), { value: undefined, done: true });
  assert.equal(atlas.asked.length, 2, 'an answer from before is no reason to ask again');
  assert.equal(clock.countTimers(), 0);
});

test('after closing nobody reads and nothing is asked, whoever comes and pokes', async () => {
  const { clock, atlas, watch } = openWatch();
  watch.watch(acme, key);
  await settle();
  watch.close();
  const late = follow(watch.watch(acme, key));
  watch.poke(acme, key);
  watch.pokeAll(acme);
  await clock.advance(100 * intervalMs);
  assert.equal(late.ending, 'completed');
  assert.deepEqual(late.seen, []);
  assert.equal(atlas.asked.length, 1);
  assert.equal(watch.countWatched(), 0);
});

test("a reader's reaction to a state does not disturb delivery to the others", async () => {
  const { clock, atlas, watch } = openWatch();
  const readers = Array.from({ length: 50 }, () => watch.watch(acme, key));
  const followed = readers.map((reading, place) => (place % 2 ? follow(reading) : null));
  await settle();
  const firsts = readers.filter((_, place) => place % 2 === 0);
  // Each leaves in the very turn in which it is told.
  const left = firsts.map((reading) => reading.next().then(() => reading.return?.()));
  atlas.says = 2;
  await clock.advance(intervalMs);
  await Promise.all(left);
  for (const one of followed) if (one) assert.deepEqual(statesOf(one), [1, 2]);
});
