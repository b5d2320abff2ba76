import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createBufferedStore } from '../../../src/store/services/buffered-store.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import { type Store, StoreError } from '../../../src/store/store.ts';
import { createFakeClock } from '../../support/live/fake-clock.ts';
import { timelineOf, toOpening, toWords } from '../../support/store/adapters.ts';
import { toTenantId } from '../../support/tenant-id.ts';

const acme = toTenantId('acme');
const bolt = toTenantId('bolt');

/** A store that can be out of reach, and a patient one before it. */
function openPatient(t: TestContext, { most = 100 } = {}) {
  const store = openSqliteStore({ directory: ':memory:' });
  const clock = createFakeClock();
  const reach = { isGone: false, isFull: false, losesAnswers: false };
  const lost: number[] = [];
  const patient = createBufferedStore({
    store: { ...withReach(store, reach), close: async () => {} },
    clock,
    maxWaiting: most,
    onLost: (count) => lost.push(count),
  });
  t.after(() => store.close());
  return { store, clock, reach, patient, lost };
}

interface Reach {
  isGone: boolean;
  /** Whether it can be read only. */
  isFull: boolean;
  losesAnswers: boolean;
}

/** Methods that write nothing. */
const readers = new Set(['find', 'page', 'read', 'bounds', 'listen', 'hasCalled']);

/** Every method of the store's parts, for as long as it is in reach. */
function withReach(store: Store, reach: Reach): Store {
  const guard = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get(target, name) {
        const member = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return async (...given: unknown[]) => {
          if (reach.isGone) throw new StoreError('gone');
          if (reach.isFull && !readers.has(String(name))) throw new StoreError('full');
          const value = await Reflect.apply(member, target, given);
          if (reach.losesAnswers) {
            reach.isGone = true;
            throw new StoreError('the answer was lost');
          }
          return value;
        };
      },
    });
  return {
    ...store,
    flows: guard(store.flows),
    batches: guard(store.batches),
    callbacks: guard(store.callbacks),
    keys: guard(store.keys),
    events: guard(store.events),
  };
}

const name = { field: 'createFlow', key: 'key-1' };
const attempt = { bodyHash: 'hash', reference: 'ref-1', at: 1_000, busyUntil: 9e15 };

test('writes during an outage are stored in order when the store is back', async (t) => {
  const { store, clock, reach, patient } = openPatient(t);
  reach.isGone = true;
  assert.equal(await patient.flows.open(acme, toOpening('LOS-1')), false);
  await patient.flows.upload(acme, 'LOS-1', { documentIds: ['doc-1'], at: 2_000 });
  const seen = { status: toWords('SUCCESS'), version: 3, at: 3_000 };
  await patient.flows.recordStatus(acme, 'LOS-1', { ...seen, source: 'POLL', hasEnded: false });
  await patient.batches.submit(acme, 'BULK:B-1', { submittedDocumentIds: ['a'], at: 1 });
  assert.equal(patient.countWaiting(), 4);
  assert.equal(await store.flows.find(acme, 'LOS-1'), null);
  reach.isGone = false;
  await clock.advance(1_000);
  assert.equal(patient.countWaiting(), 0);
  const events = await timelineOf(store, acme, 'LOS-1', { first: 9, after: 0 });
  assert.deepEqual(
    events?.entries.map(({ kind }) => kind),
    ['CREATED', 'UPLOADED', 'CHANGED'],
  );
  assert.deepEqual(await store.batches.find(acme, 'BULK:B-1'), { submittedDocumentIds: ['a'] });
});

test('a write that comes while others wait goes behind them', async (t) => {
  const { store, clock, reach, patient } = openPatient(t);
  reach.isGone = true;
  await patient.flows.open(acme, toOpening('LOS-1'));
  reach.isGone = false;
  await patient.flows.recordFailure(acme, 'LOS-1', { at: 5, failure: 'ATLAS_UNAVAILABLE' });
  await clock.advance(1_000);
  const events = await timelineOf(store, acme, 'LOS-1', { first: 9, after: 0 });
  assert.deepEqual(
    events?.entries.map(({ kind }) => kind),
    ['CREATED', 'FAILED'],
  );
});

test('a flow reads as it was written here, and as it was read last, while the store is gone', async (t) => {
  const { store, reach, patient } = openPatient(t);
  await store.flows.open(acme, toOpening('LOS-1', { applicationId: 'A-1' }));
  await patient.flows.find(acme, 'LOS-1');
  reach.isGone = true;
  const receipts = new Map([['doc-1', { fileUuid: 'file-1', batchId: undefined }]]);
  await patient.flows.upload(acme, 'LOS-1', { documentIds: ['doc-1'], at: 2_000, receipts });
  const found = await patient.flows.find(acme, 'LOS-1');
  assert.deepEqual(
    [found?.applicationId, found?.submittedDocumentIds, found?.receipts],
    ['A-1', ['doc-1'], receipts],
  );
  await patient.flows.open(acme, toOpening('LOS-2'));
  assert.equal((await patient.flows.find(acme, 'LOS-2'))?.applicationId, 'application of LOS-2');
  assert.equal(await patient.flows.find(acme, 'LOS-3'), null);
  assert.equal(await patient.flows.find(bolt, 'LOS-1'), null);
});

test('reads that need the store are refused during an outage', async (t) => {
  const { reach, patient } = openPatient(t);
  reach.isGone = true;
  await assert.rejects(patient.flows.page(acme, { first: 1 }), StoreError);
  await assert.rejects(timelineOf(patient, acme, 'LOS-1', { first: 1, after: 0 }), StoreError);
  await assert.rejects(patient.batches.find(acme, 'BULK:B-9'), StoreError);
});

test('a key can not be begun without the store, and is free when it is back', async (t) => {
  const { store, clock, reach, patient } = openPatient(t);
  reach.losesAnswers = true;
  await assert.rejects(patient.keys.begin(acme, name, attempt), StoreError);
  assert.notEqual(await store.keys.begin(acme, name, attempt), null, 'it was begun all the same');
  reach.losesAnswers = false;
  reach.isGone = false;
  await clock.advance(1_000);
  assert.equal(await store.keys.begin(acme, name, attempt), null);
});

test("a key that could not be begun leaves another's attempt alone", async (t) => {
  const { store, clock, reach, patient } = openPatient(t);
  await store.keys.begin(acme, name, { ...attempt, reference: 'ref-of-another' });
  reach.isGone = true;
  await assert.rejects(patient.keys.begin(acme, name, attempt), StoreError);
  reach.isGone = false;
  await clock.advance(1_000);
  assert.equal((await store.keys.begin(acme, name, attempt))?.reference, 'ref-of-another');
});

test('the result of an attempt is stored after an outage', async (t) => {
  const { store, clock, reach, patient } = openPatient(t);
  await patient.keys.begin(acme, name, attempt);
  reach.isGone = true;
  await patient.keys.finish(acme, name, '"LOS-1"');
  reach.isGone = false;
  await clock.advance(1_000);
  assert.equal((await store.keys.begin(acme, name, attempt))?.result, '"LOS-1"');
});

test('a call finds the flow that was opened here, and is written down later', async (t) => {
  const { store, clock, reach, patient } = openPatient(t);
  await patient.flows.open(acme, toOpening('LOS-1', { reference: 'ref-1' }));
  reach.isGone = true;
  assert.equal(await patient.callbacks.call(acme, 'ref-1', 2_000), 'LOS-1');
  assert.equal(await patient.callbacks.call(bolt, 'ref-1', 2_000), null);
  reach.isGone = false;
  await clock.advance(1_000);
  assert.equal(await store.callbacks.hasCalled(acme, 'LOS-1'), true);
});

test('a flow of before is read from a store that can not be written', async (t) => {
  const { store, reach, patient } = openPatient(t);
  await store.flows.open(acme, toOpening('LOS-1', { applicationId: 'A-1', reference: 'ref-1' }));
  reach.isFull = true;
  await patient.flows.open(acme, toOpening('LOS-2'));
  assert.equal((await patient.flows.find(acme, 'LOS-1'))?.applicationId, 'A-1');
  assert.equal((await patient.flows.find(acme, 'LOS-2'))?.applicationId, 'application of LOS-2');
  assert.equal(await patient.flows.find(acme, 'LOS-3'), null);
  assert.equal(await patient.callbacks.call(acme, 'ref-1', 2_000), 'LOS-1');
  assert.equal((await patient.flows.page(acme, { first: 9 })).entries.length, 1);
  assert.equal(patient.countWaiting(), 2);
});

test('an upload to a flow of before adds to what a full store has of it', async (t) => {
  const { store, clock, reach, patient } = openPatient(t);
  await store.flows.open(acme, toOpening('LOS-1', { applicationId: 'A-1' }));
  await store.flows.upload(acme, 'LOS-1', { documentIds: ['doc-1'], at: 1_000 });
  reach.isFull = true;
  await Promise.all([
    patient.flows.upload(acme, 'LOS-1', { documentIds: ['doc-2'], at: 2_000 }),
    patient.flows.upload(acme, 'LOS-1', { documentIds: ['doc-1', 'doc-3'], at: 3_000 }),
  ]);
  const found = await patient.flows.find(acme, 'LOS-1');
  assert.deepEqual(
    [
      found?.applicationId,
      found?.submittedDocumentIds,
      found?.earlierReceipts.get('doc-1')?.length,
    ],
    ['A-1', ['doc-1', 'doc-2', 'doc-3'], 1],
  );
  reach.isFull = false;
  await clock.advance(1_000);
  assert.deepEqual((await store.flows.find(acme, 'LOS-1'))?.submittedDocumentIds, [
    'doc-1',
    'doc-2',
    'doc-3',
  ]);
});

test('when too much waits, more is refused and nothing is forgotten', async (t) => {
  const { store, clock, reach, patient } = openPatient(t, { most: 2 });
  reach.isGone = true;
  for (const uuid of ['LOS-1', 'LOS-2']) await patient.flows.open(acme, toOpening(uuid));
  await assert.rejects(patient.flows.open(acme, toOpening('LOS-3')), StoreError);
  reach.isGone = false;
  await clock.advance(1_000);
  assert.equal((await store.flows.page(acme, { first: 9 })).entries.length, 2);
});

test('the end waits for what can be written, and says how much could not', async (t) => {
  const one = openPatient(t);
  one.reach.isGone = true;
  await one.patient.flows.open(acme, toOpening('LOS-1'));
  one.reach.isGone = false;
  await one.patient.close();
  assert.ok(await one.store.flows.find(acme, 'LOS-1'));
  assert.deepEqual(one.lost, []);

  const other = openPatient(t);
  other.reach.isGone = true;
  await other.patient.flows.open(acme, toOpening('LOS-1'));
  await other.patient.close();
  assert.deepEqual(other.lost, [1]);
});
