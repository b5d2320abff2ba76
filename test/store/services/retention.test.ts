import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRetention } from '../../../src/store/services/retention.ts';
import type { RetentionCutoffs, Store } from '../../../src/store/store.ts';
import { createFakeClock } from '../../support/live/fake-clock.ts';
import { adapters, toOpening } from '../../support/store/adapters.ts';
import { toTenantId } from '../../support/tenant-id.ts';

const acme = toTenantId('acme');

const dayMs = 24 * 60 * 60_000;

for (const { name, open } of adapters) {
  test(`${name}: flows are forgotten after the days they are kept, and keys after one`, async (t) => {
    const { flows, keys, ...store } = await open(t);
    const clock = createFakeClock();
    const at = clock.now();
    await flows.open(acme, toOpening('LOS-1', { at }));
    const attempt = { bodyHash: 'hash', reference: 'ref', at, busyUntil: at };
    const key = { field: 'createFlow', key: 'key-1' };
    await keys.begin(acme, key, attempt);
    let forgetting: Promise<number> | undefined;
    const retention = startRetention({
      store: {
        forget(...given) {
          forgetting = store.forget(...given);
          return forgetting;
        },
      },
      clock,
      retentionDays: 2,
      eventRetentionDays: 7,
      onFailure: assert.ifError,
    });
    /** Turns the clock a minute at a time: a store far away takes time that is no fake. */
    async function pass(ms: number): Promise<void> {
      for (let leftMs = ms; leftMs > 0; leftMs -= 60_000) {
        await clock.advance(Math.min(leftMs, 60_000));
        await forgetting;
      }
    }
    await pass(dayMs - 60_000);
    assert.notEqual(await keys.begin(acme, key, attempt), null);
    await pass(120_000);
    assert.equal(await keys.begin(acme, key, attempt), null);
    await pass(dayMs - 120_000);
    assert.notEqual(await flows.find(acme, 'LOS-1'), null);
    await pass(120_000);
    assert.equal(await flows.find(acme, 'LOS-1'), null);
    retention.close();
    assert.equal(clock.countTimers(), 0);
  });
}

/** A store that has so many things to forget, and what it was asked. */
function createForgetful(left: number): Pick<Store, 'forget'> & { asked: RetentionCutoffs[] } {
  const asked: RetentionCutoffs[] = [];
  return {
    asked,
    async forget(older, most) {
      asked.push(older);
      const forgotten = Math.min(left, most);
      left -= forgotten;
      return forgotten;
    },
  };
}

test('much is forgotten in small steps with rests between, then once a minute', async () => {
  const clock = createFakeClock();
  const store = createForgetful(50);
  startRetention({
    store,
    clock,
    retentionDays: 1,
    eventRetentionDays: 1,
    onFailure: assert.ifError,
  });
  await clock.advance(60_000);
  assert.equal(store.asked.length, 1);
  await clock.advance(49);
  assert.equal(store.asked.length, 1);
  await clock.advance(60_000);
  assert.equal(store.asked.length, 3);
  await clock.advance(60_000);
  assert.equal(store.asked.length, 4);
});

test('a step that fails is told of, and the next one comes at its time', async () => {
  const clock = createFakeClock();
  const failures: unknown[] = [];
  const store = { forget: () => Promise.reject(new Error('gone')) };
  startRetention({
    store,
    clock,
    retentionDays: 1,
    eventRetentionDays: 1,
    onFailure: (error) => failures.push(error),
  });
  await clock.advance(180_000);
  assert.equal(failures.length, 3);
});
