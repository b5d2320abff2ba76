import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createRunIdempotently,
  type IdempotentCall,
} from '../../../src/store/services/idempotent-call.ts';
import type { Store } from '../../../src/store/store.ts';
import { createFakeClock, type FakeClock, settle } from '../../support/live/fake-clock.ts';
import { adapters } from '../../support/store/adapters.ts';
import { toTenantId } from '../../support/tenant-id.ts';

const acme = toTenantId('acme');
const bolt = toTenantId('bolt');

class UndoneError extends Error {}

/** An act that is counted, and whose end is the test's. */
function createAct(given: Partial<IdempotentCall<string>> = {}) {
  const ends: PromiseWithResolvers<string | null>[] = [];
  const act: IdempotentCall<string> = {
    tenantId: acme,
    name: { field: 'createFlow', key: 'key-1' },
    bodyHashes: ['hash-1'],
    reference: 'ref-1',
    attempt() {
      const end = Promise.withResolvers<string | null>();
      ends.push(end);
      return end.promise;
    },
    reconcile: async () => 'unknown',
    isNotApplied: (error) => error instanceof UndoneError,
    ...given,
  };
  return { act, ends };
}

const open = (store: Store, clock: FakeClock = createFakeClock()) =>
  createRunIdempotently({ keys: store.keys, attemptMs: 15_000, clock });

/** Lets a store answer, be it on a disk. */
async function waitFor(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settle();
}

for (const adapter of adapters) {
  test(`${adapter.name}: what was done under a key is not done again`, async (t) => {
    const doOnce = open(await adapter.open(t));
    const { act, ends } = createAct();
    const first = doOnce(act);
    await waitFor(() => ends.length === 1);
    ends[0]?.resolve('LOS-1');
    assert.deepEqual(await first, { kind: 'done', result: 'LOS-1', isReplay: false });
    assert.deepEqual(await doOnce(act), { kind: 'done', result: 'LOS-1', isReplay: true });
    assert.equal(ends.length, 1);
  });

  test(`${adapter.name}: another body under the same key is refused, under way and after`, async (t) => {
    const doOnce = open(await adapter.open(t));
    const { act, ends } = createAct();
    const other = { ...act, bodyHashes: ['hash-2'] } as const;
    const first = doOnce(act);
    await waitFor(() => ends.length === 1);
    assert.deepEqual(await doOnce(other), { kind: 'other-body' });
    ends[0]?.resolve('LOS-1');
    await first;
    assert.deepEqual(await doOnce(other), { kind: 'other-body' });
    const rotated = { ...act, bodyHashes: ['hash-new', 'hash-1'] } as const;
    assert.equal((await doOnce(rotated)).kind, 'done');
    assert.equal(ends.length, 1);
  });

  test(`${adapter.name}: who repeats it meanwhile waits for the first`, async (t) => {
    const doOnce = open(await adapter.open(t));
    const { act, ends } = createAct();
    const all = Array.from({ length: 10 }, () => doOnce(act));
    await waitFor(() => ends.length === 1);
    ends[0]?.resolve('LOS-1');
    const outcomes = await Promise.all(all);
    assert.equal(outcomes.filter((each) => each.kind === 'done' && !each.isReplay).length, 1);
    assert.ok(outcomes.every((each) => each.kind === 'done' && each.result === 'LOS-1'));
    assert.equal(ends.length, 1);
  });

  test(`${adapter.name}: who repeats it in another process waits for the first`, async (t) => {
    const store = await adapter.open(t);
    const clock = createFakeClock();
    const { act, ends } = createAct();
    const first = open(store)(act);
    await waitFor(() => ends.length === 1);
    const second = open(store, clock)(act);
    await waitFor(() => clock.countTimers() === 1);
    ends[0]?.resolve('LOS-1');
    await first;
    await clock.advance(250);
    assert.deepEqual(await second, { kind: 'done', result: 'LOS-1', isReplay: true });
  });

  test(`${adapter.name}: nobody waits for another tenant's attempt under the same key`, async (t) => {
    const clock = createFakeClock();
    const doOnce = open(await adapter.open(t), clock);
    const [ours, theirs] = [createAct(), createAct({ tenantId: bolt })];
    const first = doOnce(ours.act);
    await waitFor(() => ours.ends.length === 1);
    void doOnce(theirs.act);
    await waitFor(() => theirs.ends.length === 1);
    const again = doOnce(ours.act);
    for (let turn = 0; turn < 100; turn += 1) await settle();
    ours.ends[0]?.resolve('LOS-1');
    await first;
    assert.deepEqual(await again, { kind: 'done', result: 'LOS-1', isReplay: true });
  });

  test(`${adapter.name}: a failure that did nothing frees the key`, async (t) => {
    const doOnce = open(await adapter.open(t));
    const { act, ends } = createAct();
    const first = doOnce(act);
    await waitFor(() => ends.length === 1);
    ends[0]?.reject(new UndoneError());
    await assert.rejects(first, UndoneError);
    const second = doOnce(act);
    await waitFor(() => ends.length === 2);
    ends[1]?.resolve(null);
    assert.deepEqual(await second, { kind: 'not-applied' });
    const third = doOnce(act);
    await waitFor(() => ends.length === 3);
    ends[2]?.resolve('LOS-1');
    assert.equal((await third).kind, 'done');
  });

  test(`${adapter.name}: a lost attempt is never made again, unless it is learned that it did nothing`, async (t) => {
    const doOnce = open(await adapter.open(t));
    const { act, ends } = createAct();
    const first = doOnce(act);
    await waitFor(() => ends.length === 1);
    ends[0]?.reject(new Error('lost'));
    await assert.rejects(first, /lost/);
    assert.deepEqual(await doOnce(act), { kind: 'unknown' });
    const learned: string[] = [];
    const again = doOnce({
      ...act,
      reference: 'ref-2',
      reconcile: async ({ reference }) => {
        learned.push(reference);
        return 'not-applied';
      },
    });
    await waitFor(() => ends.length === 2);
    assert.deepEqual(learned, ['ref-1']);
    ends[1]?.reject(new Error('lost'));
    await assert.rejects(again, /lost/);
    const learns = { ...act, reconcile: async () => ({ result: 'LOS-1' }) };
    assert.deepEqual(await doOnce(learns), { kind: 'done', result: 'LOS-1', isReplay: true });
    assert.deepEqual(await doOnce(act), { kind: 'done', result: 'LOS-1', isReplay: true });
    assert.equal(ends.length, 2);
  });

  test(`${adapter.name}: an attempt whose process is gone is lost half a minute later`, async (t) => {
    const store = await adapter.open(t);
    const clock = createFakeClock();
    const { act, ends } = createAct();
    void open(store, clock)(act);
    await waitFor(() => ends.length === 1);
    let outcome: string | undefined;
    void open(
      store,
      clock,
    )(act).then(({ kind }) => {
      outcome = kind;
    });
    for (let waited = 0; waited < 29_000; waited += 250) {
      await waitFor(() => clock.countTimers() > 0);
      await clock.advance(250);
      assert.equal(outcome, undefined);
    }
    while (outcome === undefined) await clock.advance(250);
    assert.equal(outcome, 'unknown');
    assert.equal(ends.length, 1);
  });

  test(`${adapter.name}: a repeat waits as long as an attempt may be under way`, async (t) => {
    const store = await adapter.open(t);
    const clock = createFakeClock();
    const openLong = () => createRunIdempotently({ keys: store.keys, attemptMs: 600_000, clock });
    const [here, elsewhere] = [openLong(), openLong()];
    const { act, ends } = createAct();
    const first = here(act);
    await waitFor(() => ends.length === 1);
    // In the process of the attempt not even a clock that is wrong makes it look lost.
    clock.stepWall(24 * 3_600_000);
    const repeatHere = here(act);
    clock.stepWall(-24 * 3_600_000);
    const repeatElsewhere = elsewhere(act);
    for (let waited = 0; waited < 599_000; waited += 250) {
      await waitFor(() => clock.countTimers() > 0);
      await clock.advance(250);
    }
    ends[0]?.resolve('LOS-1');
    await first;
    await clock.advance(250);
    const replayed = { kind: 'done', result: 'LOS-1', isReplay: true };
    assert.deepEqual(await Promise.all([repeatHere, repeatElsewhere]), [replayed, replayed]);
    assert.equal(ends.length, 1);
  });

  test(`${adapter.name}: a lost attempt is waited for no longer for a step back of the wall clock`, async (t) => {
    const store = await adapter.open(t);
    const clock = createFakeClock();
    const { act, ends } = createAct();
    void open(store, clock)(act);
    await waitFor(() => ends.length === 1);
    clock.stepWall(-3_600_000);
    const repeat = open(store, clock)(act);
    let outcome: string | undefined;
    void repeat.then(({ kind }) => {
      outcome = kind;
    });
    for (let waited = 0; waited < 30_000; waited += 250) {
      await waitFor(() => clock.countTimers() > 0);
      await clock.advance(250);
    }
    await waitFor(() => outcome !== undefined);
    assert.equal(outcome, 'unknown');
  });
}
