import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotFoundError } from '../../src/atlas/api/errors.ts';
import { settle } from '../support/live/fake-clock.ts';
import { follow, intervalMs, openWatch, tenantOf, theEnd } from '../support/live/open-watch.ts';

const acme = tenantOf('acme');
const key = 'LOS-1';

const statesOf = (followed: { seen: readonly { state: number }[] }) =>
  followed.seen.map(({ state }) => state);

test('a reader gets the state as it is, each newer one, and the end', async () => {
  const { clock, atlas, watch } = openWatch();
  const reader = follow(watch.watch(acme, key));
  for (const state of [1, 1, 2, 2, theEnd]) {
    atlas.says = state;
    await clock.advance(intervalMs);
  }
  assert.deepEqual(statesOf(reader), [1, 2, theEnd]);
  assert.equal(reader.ending, 'completed');
});

test('a thing at its end is told and completed with one question', async () => {
  const { clock, atlas, watch } = openWatch();
  atlas.says = theEnd;
  const reader = follow(watch.watch(acme, key));
  await clock.advance(10 * intervalMs);
  assert.deepEqual(statesOf(reader), [theEnd]);
  assert.equal(reader.ending, 'completed');
  assert.equal(atlas.asked.length, 1);
});

test('a thousand readers cost the questions of one', async () => {
  const { clock, atlas, watch } = openWatch();
  const readers = Array.from({ length: 1_000 }, () => follow(watch.watch(acme, key)));
  await clock.advance(3 * intervalMs);
  assert.equal(atlas.asked.length, 4);
  assert.equal(watch.countWatched(), 1);
  atlas.says = theEnd;
  await clock.advance(intervalMs);
  for (const reader of readers) {
    assert.deepEqual(statesOf(reader), [1, theEnd]);
    assert.equal(reader.ending, 'completed');
  }
});

test('a reader that joins while the state is fresh gets it at once, without a poll', async () => {
  const { clock, atlas, watch } = openWatch();
  follow(watch.watch(acme, key));
  await clock.advance(intervalMs - 1);
  const late = follow(watch.watch(acme, key));
  await settle();
  assert.deepEqual(statesOf(late), [1]);
  assert.equal(atlas.asked.length, 1);
});

test('a reader that joins when the state is old gets it at once and causes a poll', async () => {
  const { clock, atlas, watch } = openWatch({
    hintsOf: () => ({ callbacks: 'proven', sinceUploadMs: null, usualMs: null }),
  });
  follow(watch.watch(acme, key));
  await clock.advance(intervalMs + 1);
  atlas.says = 2;
  const late = follow(watch.watch(acme, key));
  await settle();
  assert.deepEqual(statesOf(late), [1, 2]);
  assert.equal(atlas.asked.length, 2);
});

test('nothing is asked after the last reader has left', async () => {
  const { clock, atlas, watch } = openWatch();
  const [one, other] = [follow(watch.watch(acme, key)), follow(watch.watch(acme, key))];
  await clock.advance(intervalMs);
  one.leave();
  await clock.advance(intervalMs);
  assert.equal(atlas.asked.length, 3);
  other.leave();
  await clock.advance(100 * intervalMs);
  assert.equal(atlas.asked.length, 3);
  assert.equal(watch.countWatched(), 0);
  assert.equal(clock.countTimers(), 0);
});

test('nothing is asked after the end', async () => {
  const { clock, atlas, watch } = openWatch();
  follow(watch.watch(acme, key));
  atlas.says = theEnd;
  await clock.advance(100 * intervalMs);
  assert.equal(atlas.asked.length, 2);
  assert.equal(watch.countWatched(), 0);
  assert.equal(clock.countTimers(), 0);
});

test('a thing that is not there ends every reading with one error', async () => {
  const { clock, atlas, watch } = openWatch();
  atlas.says = null;
  const readers = [follow(watch.watch(acme, key)), follow(watch.watch(acme, key))];
  await clock.advance(100 * intervalMs);
  for (const reader of readers) {
    assert.deepEqual(reader.seen, []);
    assert.ok(reader.ending instanceof NotFoundError);
    assert.equal(reader.ending.resource, 'flow');
  }
  assert.equal(atlas.asked.length, 1);
  assert.equal(watch.countWatched(), 0);
});

test('two tenants that watch the same name share nothing', async () => {
  const { clock, atlas, watch } = openWatch();
  const globex = tenantOf('globex');
  atlas.isHeld = true;
  const ours = follow(watch.watch(acme, key));
  const theirs = follow(watch.watch(globex, key));
  assert.deepEqual(
    atlas.asked.map(({ tenantId }) => tenantId),
    ['acme', 'globex'],
  );
  atlas.give(theEnd);
  atlas.give(2);
  await settle();
  assert.deepEqual(statesOf(ours), [theEnd]);
  assert.deepEqual(statesOf(theirs), [2]);
  assert.equal(ours.ending, 'completed');
  watch.poke(acme, key);
  watch.pokeAll(acme);
  watch.observe(acme, key, theEnd, clock.monotonicMs());
  await settle();
  assert.equal(atlas.asked.length, 2);
  assert.equal(theirs.ending, null);
});

test('a watch that comes to no end is given up, with what was learned last', async () => {
  const { clock, atlas, watch } = openWatch({ giveUpAfterMs: 12_000 });
  const reader = follow(watch.watch(acme, key));
  await clock.advance(11_999);
  assert.equal(reader.ending, null);
  atlas.says = 7;
  await clock.advance(1);
  assert.deepEqual(statesOf(reader), [1, 7]);
  assert.equal(reader.seen.at(-1)?.nextCheckAt, null);
  assert.equal(reader.ending, 'completed');
  assert.equal(watch.countWatched(), 0);
  assert.equal(clock.countTimers(), 0);
});

test('a reader that joins late has the full time before a watch is given up', async () => {
  const { clock, watch } = openWatch({ giveUpAfterMs: 12_000 });
  follow(watch.watch(acme, key));
  await clock.advance(11_000);
  const late = follow(watch.watch(acme, key));
  await clock.advance(11_999);
  assert.equal(late.ending, null);
  await clock.advance(1);
  assert.equal(late.ending, 'completed');
});

test('once documents are wanted the next look is not put off by those who want none', async () => {
  const { clock, atlas, watch } = openWatch({
    hintsOf: () => ({ callbacks: 'proven', sinceUploadMs: null, usualMs: null }),
  });
  follow(watch.watch(acme, key));
  await clock.advance(1_000);
  const detailed = follow(watch.watch(acme, key, { isDetailed: true }));
  await clock.advance(intervalMs);
  assert.deepEqual(
    atlas.asked.map(({ isDetailed }) => isDetailed),
    [false, true],
  );
  const startedAt = atlas.asked[0]?.at ?? 0;
  assert.equal(detailed.seen[0]?.nextCheckAt, startedAt + 1_000 + intervalMs);
  detailed.leave();
  await clock.advance(intervalMs);
  assert.equal(atlas.asked.at(-1)?.isDetailed, false);
});

test('readers that come one after the other never put the next look off', async () => {
  const { clock, atlas, watch } = openWatch();
  follow(watch.watch(acme, key));
  for (let count = 0; count < 20; count += 1) {
    await clock.advance(1_000);
    follow(watch.watch(acme, key, { isDetailed: true })).leave();
  }
  assert.equal(atlas.asked.length, 5);
});

test('a state that a query reads reaches the readers', async () => {
  const { clock, atlas, watch } = openWatch();
  const reader = follow(watch.watch(acme, key));
  await clock.advance(1_000);
  const told = watch.observe(acme, key, 4, clock.monotonicMs());
  await settle();
  assert.deepEqual(statesOf(reader), [1, 4]);
  assert.equal(told.version, reader.seen.at(-1)?.version);
  watch.observe(acme, key, theEnd, clock.monotonicMs());
  await settle();
  assert.deepEqual(statesOf(reader), [1, 4, theEnd]);
  assert.equal(reader.ending, 'completed');
  await clock.advance(10 * intervalMs);
  assert.equal(atlas.asked.length, 1);
});

test('queries that learn nothing new do not put the next look off', async () => {
  const { clock, atlas, watch } = openWatch();
  follow(watch.watch(acme, key));
  for (let count = 0; count < 10; count += 1) {
    await clock.advance(intervalMs / 5);
    watch.observe(acme, key, 1, clock.monotonicMs());
  }
  assert.equal(atlas.asked.length, 3);
});

test('a reader that joins after a query gets its state at once, without a poll', async () => {
  const { clock, atlas, watch } = openWatch({
    hintsOf: () => ({ callbacks: 'proven', sinceUploadMs: null, usualMs: null }),
  });
  follow(watch.watch(acme, key));
  await clock.advance(20_000);
  watch.observe(acme, key, 1, clock.monotonicMs());
  await clock.advance(intervalMs - 1);
  const late = follow(watch.watch(acme, key));
  await settle();
  assert.deepEqual(statesOf(late), [1]);
  assert.equal(late.seen[0]?.observedAt, clock.now() - intervalMs + 1);
  assert.equal(atlas.asked.length, 1);
});

test('a query learns nothing that lags behind the readers, and has no watcher for its own', async () => {
  const { clock, watch, countLagging } = openWatch();
  assert.equal(watch.observe(acme, key, 5, clock.monotonicMs()).state, 5);
  assert.equal(watch.observe(acme, key, 2, clock.monotonicMs()).state, 5);
  assert.equal(countLagging(), 1);
  assert.equal(watch.countWatched(), 0);
  assert.equal(watch.last(acme, key)?.state, 5);
});

test('an end that was more uploaded behind is told as a new start', async () => {
  const { clock, atlas, watch } = openWatch();
  atlas.says = theEnd;
  follow(watch.watch(acme, key));
  await clock.advance(intervalMs);
  watch.reopen(acme, key);
  atlas.says = 2;
  const reader = follow(watch.watch(acme, key));
  await settle();
  assert.deepEqual(statesOf(reader), [2]);
  assert.equal(reader.ending, null);
});

test('the end of a thing is told once to who wants to know of ends', async () => {
  const ends: unknown[] = [];
  const { clock, atlas, watch } = openWatch({
    onTerminal: ({ id }, name, ending) => ends.push([id, name, ending]),
  });
  follow(watch.watch(acme, key));
  await clock.advance(intervalMs);
  const runningAt = clock.monotonicMs();
  atlas.says = theEnd;
  await clock.advance(intervalMs);
  follow(watch.watch(acme, key));
  watch.observe(acme, key, theEnd, clock.monotonicMs());
  await clock.advance(intervalMs);
  assert.deepEqual(ends, [['acme', key, { state: theEnd, runningAt }]]);
});
