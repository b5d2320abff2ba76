import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOutlet } from '../../../src/server/streaming/outlet.ts';
import { createSharedOperations } from '../../../src/server/streaming/shared-operations.ts';
import { createFakeClock, settle } from '../../support/live/fake-clock.ts';

/** A lossless subscription of endless results, alike each, read by one reader through an outlet. */
function openLossless() {
  const sent: string[] = [];
  const taken: (() => void)[] = [];
  const outlet = createOutlet((text, onSent) => {
    sent.push(text);
    taken.push(onSent);
  });
  let made = 0;
  const results: AsyncIterableIterator<unknown> = {
    async next() {
      made += 1;
      return { value: { data: 'the same' }, done: false };
    },
    async return() {
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]: () => results,
  };
  const shared = createSharedOperations(createFakeClock(), 30_000);
  const { leave } = shared.join(
    'key',
    {
      start: async () => results,
      write: JSON.stringify,
      takeReads: () => [],
      versionOf: () => null,
      usedRights: () => new Set(),
      isLossless: true,
      abandon: () => {},
    },
    { next: ({ text }) => outlet.offer(text), complete: () => {}, whenIdle: outlet.whenIdle },
  );
  return { sent, taken, outlet, shared, leave, countMade: () => made };
}

test('a lossless subscription makes a result when the one before has been taken, and drops none', async () => {
  const { sent, taken, countMade } = openLossless();
  for (let count = 1; count <= 5; count += 1) {
    await settle();
    assert.equal(countMade(), count);
    assert.equal(sent.length, count);
    taken.at(-1)?.();
  }
});

test('a reader that leaves while its peer takes nothing ends a lossless subscription', async () => {
  const { outlet, shared, leave } = openLossless();
  await settle();
  leave();
  outlet.drop();
  await settle();
  assert.equal(shared.countRunning(), 0);
});

test('an outlet is idle once its peer has taken all, or takes no more', async () => {
  const taken: (() => void)[] = [];
  const outlet = createOutlet((_text, onSent) => taken.push(onSent));
  assert.equal(outlet.whenIdle(), null);
  outlet.offer('one');
  let isIdle = false;
  void outlet.whenIdle()?.then(() => {
    isIdle = true;
  });
  outlet.offer('two');
  taken[0]?.();
  await settle();
  assert.equal(isIdle, false);
  taken[1]?.();
  await settle();
  assert.equal(isIdle, true);
  outlet.offer('three');
  const waiting = outlet.whenIdle();
  outlet.drop();
  await waiting;
  assert.equal(outlet.whenIdle(), null);
});
