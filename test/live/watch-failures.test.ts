import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtlasError, type AtlasFailure } from '../../src/atlas/api/errors.ts';
import { settle } from '../support/live/fake-clock.ts';
import { follow, intervalMs, openWatch, tenantOf, theEnd } from '../support/live/open-watch.ts';

const acme = tenantOf('acme');
const key = 'LOS-1';

const failed = (failure: AtlasFailure, retryAfterMs?: number) =>
  new AtlasError({ endpoint: 'flowStatus', failure, retryAfterMs });

for (const failure of ['unavailable', 'deadline'] as const) {
  test(`${failure} before any state ends the reading after three tries`, async () => {
    const { clock, atlas, watch } = openWatch();
    atlas.says = failed(failure);
    const reader = follow(watch.watch(acme, key));
    await clock.advance(2 * intervalMs + 4 * intervalMs - 1);
    assert.equal(reader.ending, null);
    assert.equal(atlas.asked.length, 2);
    await clock.advance(1);
    assert.equal(reader.ending, atlas.says);
    assert.deepEqual(reader.seen, []);
    await clock.advance(100 * intervalMs);
    assert.equal(atlas.asked.length, 3);
    assert.equal(watch.countWatched(), 0);
    assert.equal(clock.countTimers(), 0);
  });

  test(`${failure} behind a state makes it stale, and an answer heals it`, async () => {
    const { clock, atlas, watch } = openWatch();
    const reader = follow(watch.watch(acme, key));
    await settle();
    atlas.says = failed(failure);
    await clock.advance(3_600_000);
    assert.equal(reader.ending, null);
    atlas.says = 1;
    await clock.advance(60_000);
    atlas.says = theEnd;
    await clock.advance(4 * intervalMs);
    assert.deepEqual(
      reader.seen.map(({ state, isStale }) => [state, isStale]),
      [
        [1, false],
        [1, true],
        [1, false],
        [theEnd, false],
      ],
    );
    assert.equal(reader.seen[0]?.version, reader.seen[2]?.version);
    assert.equal(reader.ending, 'completed');
  });
}

test('a state before the third try makes the failures forgotten', async () => {
  const { clock, atlas, watch } = openWatch();
  atlas.says = failed('unavailable');
  const reader = follow(watch.watch(acme, key));
  await clock.advance(2 * intervalMs);
  atlas.says = 3;
  await clock.advance(4 * intervalMs);
  assert.deepEqual(
    reader.seen.map(({ state }) => state),
    [3],
  );
  assert.equal(reader.ending, null);
});

test('an answer in an unknown form ends a reading that has no state yet', async () => {
  const { clock, atlas, watch } = openWatch();
  atlas.says = failed('contract-broken');
  const reader = follow(watch.watch(acme, key));
  await clock.advance(100 * intervalMs);
  assert.equal(reader.ending, atlas.says);
  assert.equal(atlas.asked.length, 1);
});

test('an answer in an unknown form behind good ones makes the state stale', async () => {
  const { clock, atlas, watch } = openWatch();
  const reader = follow(watch.watch(acme, key));
  await settle();
  atlas.says = failed('contract-broken');
  await clock.advance(intervalMs);
  assert.equal(reader.seen.at(-1)?.isStale, true);
  assert.equal(reader.ending, null);
});

for (const failure of ['rejected', 'unauthorized'] as const) {
  test(`${failure} ends the reading at once, state or not`, async () => {
    const { clock, atlas, watch } = openWatch();
    const reader = follow(watch.watch(acme, key));
    await settle();
    atlas.says = failed(failure);
    await clock.advance(100 * intervalMs);
    assert.equal(reader.ending, atlas.says);
    assert.equal(atlas.asked.length, 2);
    assert.equal(watch.countWatched(), 0);
  });
}

test('a failure that is none of Atlas’s ends the reading, and nothing is asked again', async () => {
  const { clock, atlas, watch } = openWatch();
  const reader = follow(watch.watch(acme, key));
  await settle();
  atlas.says = new TypeError('a fault of our own');
  await clock.advance(100 * intervalMs);
  assert.equal(reader.ending, atlas.says);
  assert.equal(atlas.asked.length, 2);
});

test('a thing that vanishes ends the reading', async () => {
  const { clock, atlas, watch } = openWatch();
  const reader = follow(watch.watch(acme, key));
  await settle();
  atlas.says = null;
  await clock.advance(intervalMs);
  assert.equal(reader.ending instanceof Error && reader.ending.name, 'NotFoundError');
});

test('Atlas is not asked before the time it named', async () => {
  const { clock, atlas, watch } = openWatch();
  const reader = follow(watch.watch(acme, key));
  await settle();
  atlas.says = failed('unavailable', 120_000);
  await clock.advance(intervalMs);
  atlas.says = theEnd;
  await clock.advance(120_000);
  assert.equal(atlas.asked.length, 2);
  await clock.advance(6_000);
  assert.equal(atlas.asked.length, 3);
  assert.equal(reader.ending, 'completed');
});

test('neither a reader who comes nor a query that succeeds has Atlas asked before its time', async () => {
  const { clock, atlas, watch } = openWatch();
  follow(watch.watch(acme, key));
  await settle();
  atlas.says = failed('unavailable', 120_000);
  await clock.advance(intervalMs);
  atlas.says = 1;
  watch.observe(acme, key, 1, clock.monotonicMs());
  await clock.advance(60_000);
  follow(watch.watch(acme, key));
  await clock.advance(59_999);
  assert.equal(atlas.asked.length, 2);
  await clock.advance(1);
  assert.equal(atlas.asked.length, 3);
});

test('a time in the far future is asked about again after a day', async () => {
  const { clock, atlas, watch } = openWatch();
  follow(watch.watch(acme, key));
  await settle();
  atlas.says = failed('unavailable', 10 * 365 * 86_400_000);
  await clock.advance(intervalMs);
  const failedAt = clock.now();
  await clock.advance(2 * 86_400_000);
  const askedAgainAt = atlas.asked[2]?.at ?? 0;
  assert.ok(askedAgainAt >= failedAt + 86_400_000);
});

test('a watch is given up in its time though Atlas named a later one', async () => {
  const { clock, atlas, watch } = openWatch({ giveUpAfterMs: 60_000 });
  const reader = follow(watch.watch(acme, key));
  await settle();
  atlas.says = failed('unavailable', 120_000);
  await clock.advance(59_999);
  assert.equal(reader.ending, null);
  await clock.advance(1);
  assert.equal(reader.ending, 'completed');
  assert.equal(atlas.asked.length, 2);
  assert.equal(clock.countTimers(), 0);
});

test('a reader that joins during an outage gets the stale state, without a call to Atlas', async () => {
  const { clock, atlas, watch } = openWatch();
  follow(watch.watch(acme, key));
  await settle();
  atlas.says = failed('unavailable');
  await clock.advance(60_000);
  const questions = atlas.asked.length;
  const late = Array.from({ length: 100 }, () => follow(watch.watch(acme, key)));
  await settle();
  assert.equal(atlas.asked.length, questions);
  for (const { seen } of late) {
    assert.deepEqual(
      seen.map(({ state, isStale }) => [state, isStale]),
      [[1, true]],
    );
  }
});

test('a reader that returns during an outage gets the known state until Atlas is back', async () => {
  const { clock, atlas, watch } = openWatch();
  const before = follow(watch.watch(acme, key));
  await settle();
  before.leave();
  await settle();
  atlas.says = failed('unavailable');
  const reader = follow(watch.watch(acme, key));
  await clock.advance(600_000);
  assert.equal(reader.ending, null);
  atlas.says = theEnd;
  await clock.advance(60_000);
  assert.deepEqual(
    reader.seen.map(({ state, source, isStale }) => [state, source, isStale]),
    [
      [1, 'CACHE', true],
      [theEnd, 'POLL', false],
    ],
  );
  assert.equal(reader.ending, 'completed');
});

test('a query that Atlas answers heals what was stale, and ends the back-off', async () => {
  const { clock, atlas, watch } = openWatch();
  const reader = follow(watch.watch(acme, key));
  await settle();
  atlas.says = failed('unavailable');
  await clock.advance(90_000);
  assert.equal(reader.seen.at(-1)?.isStale, true);
  const questions = atlas.asked.length;
  const told = watch.observe(acme, key, 1, clock.monotonicMs());
  await settle();
  assert.equal(reader.seen.at(-1)?.isStale, false);
  assert.equal(told.nextCheckAt, clock.now() + intervalMs);
  await clock.advance(intervalMs);
  assert.equal(atlas.asked.length, questions + 1);
});
