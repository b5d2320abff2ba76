import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtlasError } from '../../src/atlas/api/errors.ts';
import { settle } from '../support/live/fake-clock.ts';
import { follow, intervalMs, openWatch, tenantOf, theEnd } from '../support/live/open-watch.ts';

const acme = tenantOf('acme');
const key = 'LOS-1';

const statesOf = (followed: { seen: readonly { state: number }[] }) =>
  followed.seen.map(({ state }) => state);

test('a hint has Atlas asked at once, anew, and the answer says so', async () => {
  const { clock, atlas, watch } = openWatch();
  const reader = follow(watch.watch(acme, key));
  await clock.advance(1_000);
  atlas.says = 2;
  watch.poke(acme, key);
  await settle();
  assert.deepEqual(
    atlas.asked.map(({ isFresh }) => isFresh),
    [false, true],
  );
  assert.deepEqual(
    reader.seen.map(({ state, source }) => [state, source]),
    [
      [1, 'POLL'],
      [2, 'CALLBACK'],
    ],
  );
});

test('a hint for what nobody watches does nothing', async () => {
  const { clock, atlas, watch } = openWatch();
  watch.poke(acme, key);
  watch.pokeAll(acme);
  await clock.advance(100 * intervalMs);
  assert.equal(atlas.asked.length, 0);
  assert.equal(watch.countWatched(), 0);
  assert.equal(clock.countTimers(), 0);
});

test('a hint that comes after the last reader has left does nothing', async () => {
  const { clock, atlas, watch } = openWatch();
  const reader = follow(watch.watch(acme, key));
  await settle();
  reader.leave();
  watch.poke(acme, key);
  await clock.advance(100 * intervalMs);
  assert.equal(atlas.asked.length, 1);
});

test('a thousand hints while Atlas is asked are one question more', async () => {
  const { clock, atlas, watch } = openWatch();
  follow(watch.watch(acme, key));
  await settle();
  atlas.isHeld = true;
  for (let count = 0; count < 1_000; count += 1) watch.poke(acme, key);
  await settle();
  assert.equal(atlas.asked.length, 2);
  atlas.give(2);
  await clock.advance(0);
  assert.equal(atlas.asked.length, 3);
  assert.equal(atlas.asked.at(-1)?.isFresh, true);
  atlas.give(2);
  await clock.advance(intervalMs - 1);
  assert.equal(atlas.asked.length, 3);
});

test('two callbacks and a poll at once are two questions, one after the other', async () => {
  const { clock, atlas, watch } = openWatch();
  const reader = follow(watch.watch(acme, key));
  await settle();
  atlas.isHeld = true;
  await clock.advance(intervalMs);
  watch.poke(acme, key);
  watch.poke(acme, key);
  await settle();
  assert.equal(atlas.countWaiting(), 1, 'the poll alone is under way');
  atlas.give(1);
  await clock.advance(0);
  assert.equal(atlas.countWaiting(), 1, 'the one behind it');
  atlas.give(theEnd);
  await clock.advance(100 * intervalMs);
  assert.deepEqual(statesOf(reader), [1, theEnd]);
  assert.equal(reader.seen.at(-1)?.source, 'CALLBACK');
  assert.equal(atlas.asked.length, 3);
});

test('a hint is not followed any more once the answer before it was the end', async () => {
  const { clock, atlas, watch } = openWatch();
  atlas.isHeld = true;
  const reader = follow(watch.watch(acme, key));
  watch.poke(acme, key);
  atlas.give(theEnd);
  await clock.advance(100 * intervalMs);
  assert.deepEqual(statesOf(reader), [theEnd]);
  assert.equal(atlas.asked.length, 1);
  assert.equal(watch.countWatched(), 0);
});

test('a hint puts the next look off, and leaves one only', async () => {
  const { clock, atlas, watch } = openWatch();
  follow(watch.watch(acme, key));
  await clock.advance(3_000);
  watch.poke(acme, key);
  await clock.advance(intervalMs - 1);
  assert.equal(atlas.asked.length, 2);
  await clock.advance(1);
  assert.equal(atlas.asked.length, 3);
  assert.equal(clock.countTimers(), 1);
});

test('an upload is a hint too, and its answer a poll', async () => {
  const { watch, atlas } = openWatch();
  const reader = follow(watch.watch(acme, key));
  await settle();
  atlas.says = 2;
  watch.poke(acme, key, 'POLL');
  await settle();
  assert.equal(reader.seen.at(-1)?.source, 'POLL');
  assert.equal(atlas.asked.at(-1)?.isFresh, true);
});

test('a hint for all is a hint for all of one tenant', async () => {
  const { atlas, watch } = openWatch();
  follow(watch.watch(acme, 'LOS-1'));
  follow(watch.watch(acme, 'LOS-2'));
  follow(watch.watch(tenantOf('acme-2'), 'LOS-1'));
  await settle();
  watch.pokeAll(acme);
  await settle();
  assert.deepEqual(
    atlas.asked.slice(3).map((asked) => [asked.tenantId, asked.key]),
    [
      ['acme', 'LOS-1'],
      ['acme', 'LOS-2'],
    ],
  );
});

test('a hint for all of one kind is none for the others', async () => {
  const { atlas, watch } = openWatch();
  for (const name of ['SANDBOX:1', 'BULK:1', 'SANDBOX:2']) follow(watch.watch(acme, name));
  await settle();
  watch.pokeAll(acme, 'SANDBOX:');
  await settle();
  assert.deepEqual(
    atlas.asked.slice(3).map((asked) => asked.key),
    ['SANDBOX:1', 'SANDBOX:2'],
  );
});

test('a hint does not have Atlas asked before the time it named', async () => {
  const { clock, atlas, watch } = openWatch();
  const reader = follow(watch.watch(acme, key));
  await settle();
  atlas.says = new AtlasError({
    endpoint: 'flowStatus',
    failure: 'unavailable',
    retryAfterMs: 20_000,
  });
  await clock.advance(intervalMs);
  atlas.says = theEnd;
  for (let count = 0; count < 10; count += 1) {
    watch.poke(acme, key);
    await clock.advance(1_999);
  }
  assert.equal(atlas.asked.length, 2);
  await clock.advance(10);
  assert.equal(atlas.asked.length, 3);
  assert.equal(atlas.asked.at(-1)?.isFresh, true);
  assert.deepEqual(statesOf(reader).slice(-1), [theEnd]);
  assert.equal(reader.seen.at(-1)?.source, 'CALLBACK');
});

test('a hint that comes while a question fails waits for the time Atlas names', async () => {
  const { clock, atlas, watch } = openWatch();
  follow(watch.watch(acme, key));
  await settle();
  atlas.isHeld = true;
  await clock.advance(intervalMs);
  watch.poke(acme, key);
  const retryAfterMs = 20_000;
  atlas.give(new AtlasError({ endpoint: 'flowStatus', failure: 'unavailable', retryAfterMs }));
  await clock.advance(retryAfterMs - 1);
  assert.equal(atlas.asked.length, 2);
  await clock.advance(1);
  assert.equal(atlas.asked.length, 3);
  assert.equal(atlas.asked.at(-1)?.isFresh, true);
});

test('a hint shortens the wait after failures that named no time', async () => {
  const { clock, atlas, watch } = openWatch();
  const reader = follow(watch.watch(acme, key));
  await settle();
  atlas.says = new AtlasError({ endpoint: 'flowStatus', failure: 'unavailable' });
  await clock.advance(intervalMs);
  atlas.says = 2;
  watch.poke(acme, key);
  await settle();
  assert.deepEqual(statesOf(reader).slice(-1), [2]);
  assert.equal(reader.seen.at(-1)?.isStale, false);
});
