import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safetyNetMs } from '../../src/live/cadence.ts';
import { openFleet } from '../support/live/open-fleet.ts';
import { follow, intervalMs, openWatch, tenantOf } from '../support/live/open-watch.ts';

const acme = tenantOf('acme');
const key = 'LOS-1';
/** Callbacks are known to arrive: they tell of the end alone. */
const hintsOf = () => ({ callbacks: 'proven', sinceUploadMs: null, usualMs: null }) as const;

test('a reader of every change has its flow polled at the interval, and no documents counted', async () => {
  const { clock, atlas, watch } = openWatch({ hintsOf });
  const reader = follow(watch.watch(acme, key, { wantsEveryChange: true }));
  await clock.advance(0);
  for (const state of [2, 3, 4]) {
    atlas.says = state;
    await clock.advance(intervalMs * 1.1);
  }
  assert.deepEqual(
    reader.seen.map(({ state }) => state),
    [1, 2, 3, 4],
  );
  assert.ok(atlas.asked.every(({ isDetailed }) => !isDetailed));
});

test('a reader of the end alone costs one look in the time of the safety net', async () => {
  const { clock, atlas, watch } = openWatch({ hintsOf });
  follow(watch.watch(acme, key));
  await clock.advance(2.3 * safetyNetMs);
  assert.equal(atlas.asked.length, 3);
});

test('many readers of every change cost what one costs, and nothing once they have left', async () => {
  const { clock, atlas, watch } = openWatch({ hintsOf });
  follow(watch.watch(acme, key));
  await clock.advance(0);
  const readers = Array.from({ length: 50 }, () =>
    follow(watch.watch(acme, key, { wantsEveryChange: true })),
  );
  await clock.advance(10 * intervalMs);
  assert.ok(atlas.asked.length >= 10 && atlas.asked.length <= 13, `${atlas.asked.length} looks`);
  for (const { leave } of readers) leave();
  await clock.advance(intervalMs * 1.2);
  const asked = atlas.asked.length;
  await clock.advance(safetyNetMs * 0.8);
  assert.equal(atlas.asked.length, asked);
});

test('every change that a reader of another replica wants is asked for by the one that holds the flow', async () => {
  const { clock, atlas, replicas } = openFleet(2, { hintsOf });
  for (const { watch } of replicas) follow(watch.watch(acme, key));
  await clock.advance(0);
  const [holder, other] = replicas.toSorted((one, two) => two.asked.length - one.asked.length);
  const reader = follow(other?.watch.watch(acme, key, { wantsEveryChange: true }) ?? assert.fail());
  await clock.advance(0);
  for (const state of [2, 3, 4]) {
    atlas.says = state;
    await clock.advance(intervalMs * 1.2);
  }
  assert.deepEqual(
    reader.seen.map(({ state }) => state),
    [1, 2, 3, 4],
  );
  assert.equal(other?.asked.length, 0);
  assert.ok((holder?.asked.length ?? 0) <= 6, `${holder?.asked.length} looks`);
});

test('a reader that comes to another replica with a newer version than it knows waits for what the fleet knows', async () => {
  const { clock, atlas, replicas } = openFleet(2, { hintsOf });
  const readers = replicas.map(({ watch }) => follow(watch.watch(acme, key)));
  await clock.advance(0);
  const version = readers[0]?.seen.at(-1)?.version ?? assert.fail();
  const asked = atlas.asked.length;
  for (const { watch } of replicas) {
    const back = follow(watch.watch(acme, key, { after: version + 1_000 }));
    await clock.advance(0);
    assert.deepEqual(
      back.seen.map(({ state }) => state),
      [1],
    );
  }
  assert.equal(atlas.asked.length, asked);
});
