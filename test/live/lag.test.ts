import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtlasError } from '../../src/atlas/api/errors.ts';
import type { Poll } from '../../src/live/watcher-options.ts';
import { settle } from '../support/live/fake-clock.ts';
import { follow, intervalMs, openWatch, tenantOf } from '../support/live/open-watch.ts';

const acme = tenantOf('acme');
const key = 'LOS-1';

/** A watch with a reader, and every look it told of behind the first. */
async function openWatched() {
  const looks: Poll[] = [];
  const opened = openWatch({ onPoll: (look) => void looks.push(look) });
  follow(opened.watch.watch(acme, key));
  await settle();
  assert.deepEqual(looks.splice(0), [{ source: 'POLL', delayMs: 0 }]);
  async function nextLook(): Promise<Poll> {
    for (;;) {
      const look = looks.shift();
      if (look !== undefined) return look;
      await opened.clock.advance(100);
    }
  }
  return { ...opened, looks, nextLook };
}

test('a look is late by the time that Atlas takes', async () => {
  const { clock, atlas, looks } = await openWatched();
  atlas.isHeld = true;
  await clock.advance(intervalMs);
  await clock.advance(700);
  atlas.give();
  await settle();
  assert.deepEqual(looks, [{ source: 'POLL', delayMs: 700 }]);
});

test('looks that fail make the one that finds a state late, from when the first was due', async () => {
  const { clock, atlas, looks, nextLook } = await openWatched();
  atlas.says = new AtlasError({ endpoint: 'flowStatus', failure: 'unavailable' });
  await clock.advance(intervalMs);
  const dueAt = clock.now();
  assert.deepEqual(looks, []);
  atlas.says = 2;
  const look = await nextLook();
  assert.equal(look.source, 'POLL');
  assert.ok(look.delayMs >= intervalMs, String(look.delayMs));
  assert.ok(Math.abs(look.delayMs - (clock.now() - dueAt)) <= 100, String(look.delayMs));
  assert.deepEqual(await nextLook(), { source: 'POLL', delayMs: 0 });
});

test('a callback is followed by a state after the time that Atlas takes', async () => {
  const { clock, atlas, watch, looks } = await openWatched();
  atlas.isHeld = true;
  watch.poke(acme, key);
  await clock.advance(300);
  atlas.give(2);
  await settle();
  assert.deepEqual(looks, [{ source: 'CALLBACK', delayMs: 300 }]);
});

test('a callback that comes while Atlas is asked waits for the look behind that one', async () => {
  const { clock, atlas, watch, looks } = await openWatched();
  atlas.isHeld = true;
  await clock.advance(intervalMs);
  await clock.advance(200);
  watch.poke(acme, key);
  await clock.advance(100);
  atlas.give();
  await clock.advance(0);
  await clock.advance(400);
  atlas.give(2);
  await settle();
  assert.deepEqual(looks, [
    { source: 'POLL', delayMs: 300 },
    { source: 'CALLBACK', delayMs: 500 },
  ]);
});

test('a callback whose look fails waits for the look that finds a state', async () => {
  const { clock, atlas, watch, nextLook } = await openWatched();
  atlas.says = new AtlasError({ endpoint: 'flowStatus', failure: 'unavailable' });
  watch.poke(acme, key);
  const calledAt = clock.now();
  await settle();
  atlas.says = 2;
  const look = await nextLook();
  assert.equal(look.source, 'CALLBACK');
  assert.ok(Math.abs(look.delayMs - (clock.now() - calledAt)) <= 100, String(look.delayMs));
});

test('a hint that is not a call of Atlas is a look like any other, and never early', async () => {
  const { watch, looks } = await openWatched();
  watch.poke(acme, key, 'POLL');
  await settle();
  assert.deepEqual(looks, [{ source: 'POLL', delayMs: 0 }]);
});
