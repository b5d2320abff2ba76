import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LoggedEvent, numberEpochMs } from '../../src/store/event-log.ts';
import { openSqlFile } from '../../src/store/sqlite/file.ts';
import { createSqlLog } from '../../src/store/sqlite/log.ts';
import type { Store } from '../../src/store/store.ts';
import type { TenantId } from '../../src/tenant-id.ts';
import { adapters, toOpening, toWords } from '../support/store/adapters.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');
const bolt = toTenantId('bolt');

/** An event in short: its kind and what it is about. */
const toShort = ({ kind, flowUuid, batchKey }: LoggedEvent) => `${kind} ${flowUuid ?? batchKey}`;

async function readAll(store: Store, tenantId: TenantId): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  for (let after = 0, hasNext = true; hasNext; ) {
    const page = await store.events.read(tenantId, { first: 100, after });
    events.push(...page.events);
    ({ hasNext, readTo: after } = page);
  }
  return events;
}

/** Opens a flow, gives it two documents and sees it end. */
async function endFlow({ flows }: Store, uuid: string, at: number): Promise<void> {
  await flows.open(acme, toOpening(uuid, { at, applicationId: `application of ${uuid}` }));
  await flows.upload(acme, uuid, { documentIds: ['doc-1', 'doc-2'], at: at + 1 });
  const status = toWords('SUCCESS');
  await flows.recordStatus(acme, uuid, {
    status,
    version: 7,
    at: at + 2,
    source: 'POLL',
    hasEnded: true,
  });
}

for (const { name, open } of adapters) {
  test(`${name}: each change is told by its events, in order and numbered without gaps`, async (t) => {
    const store = await open(t);
    const { flows, batches, callbacks, grants } = store;
    await endFlow(store, 'LOS-1', 10);
    await callbacks.call(acme, 'reference of LOS-1', 20);
    await grants.issue(acme, 'LOS-1', 30);
    await grants.revoke(acme, 'LOS-1', 40);
    await batches.submit(acme, 'BULK:B-1', { submittedDocumentIds: ['doc-9'], at: 50 });
    const counts = { arrived: 1, failed: 0, missing: 0 };
    await batches.recordProgress(acme, 'BULK:B-1', { counts, version: 3, at: 60 });
    await flows.recordFailure(acme, 'LOS-1', { failure: 'ATLAS_UNAVAILABLE', at: 70 });

    const events = await readAll(store, acme);
    assert.deepEqual(events.map(toShort), [
      'FLOW_OPENED LOS-1',
      'DOCUMENTS_SUBMITTED LOS-1',
      'FLOW_STATUS_CHANGED LOS-1',
      'FLOW_ENDED LOS-1',
      'CALLBACK_RECEIVED LOS-1',
      'GRANT_ISSUED LOS-1',
      'GRANTS_REVOKED LOS-1',
      'DOCUMENTS_SUBMITTED BULK:B-1',
      'BATCH_PROGRESSED BULK:B-1',
      'BATCH_ENDED BULK:B-1',
    ]);
    assert.deepEqual(
      events.map(({ number }) => number),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
    assert.deepEqual(events[3], {
      number: 4,
      kind: 'FLOW_ENDED',
      at: 12,
      flowUuid: 'LOS-1',
      applicationId: 'application of LOS-1',
      batchKey: null,
      detail: { version: 7, status: toWords('SUCCESS') },
    });
    assert.deepEqual(events[6]?.detail, {
      revokedBefore: await grants.revokedBefore(acme, 'LOS-1'),
    });
    assert.deepEqual(events[8]?.detail, { counts, version: 3 });
    assert.deepEqual(await store.events.bounds(acme), { oldest: 1, last: 11 });
    assert.deepEqual(await readAll(store, bolt), []);
  });

  test(`${name}: the result of a document is told once for each attempt`, async (t) => {
    const store = await open(t);
    const { flows } = store;
    await flows.open(acme, toOpening('LOS-1', { at: 1 }));
    const sent = (fileUuid: string) => new Map([['doc-1', { fileUuid, batchId: undefined }]]);
    await flows.upload(acme, 'LOS-1', { documentIds: ['doc-1'], receipts: sent('file-1'), at: 2 });
    const first = { documentId: 'doc-1', fileUuid: 'file-1', hasFailed: true };
    const stranger = { documentId: 'doc-9', fileUuid: null, hasFailed: false };
    for (const at of [3, 4]) {
      await flows.recordResults(acme, 'LOS-1', { documents: [first, stranger], at });
      await flows.recordResults(bolt, 'LOS-1', { documents: [first], at });
    }
    await flows.upload(acme, 'LOS-1', { documentIds: ['doc-1'], receipts: sent('file-2'), at: 5 });
    await flows.recordResults(acme, 'LOS-1', { documents: [first], at: 6 });
    const second = { documentId: 'doc-1', fileUuid: 'file-2', hasFailed: false };
    await flows.recordResults(acme, 'LOS-1', { documents: [first, second], at: 7 });
    const results = (await readAll(store, acme)).filter(({ kind }) => kind.startsWith('DOCUMENT_'));
    assert.deepEqual(
      results.map(({ kind, at, detail }) => [kind, at, detail.documentId]),
      [
        ['DOCUMENT_FAILED', 3, 'doc-1'],
        ['DOCUMENT_EXTRACTED', 7, 'doc-1'],
      ],
    );
    assert.deepEqual(await readAll(store, bolt), []);
  });

  test(`${name}: a batch that is seen as before, or in an older version, is no event`, async (t) => {
    const store = await open(t);
    const { batches } = store;
    const counts = { arrived: 1, failed: 1, missing: 2 };
    await batches.recordProgress(acme, 'BULK:B-1', { counts, version: 1, at: 1 });
    assert.deepEqual(await readAll(store, acme), []);
    await batches.submit(acme, 'BULK:B-1', { submittedDocumentIds: ['a', 'b', 'c'], at: 2 });
    for (const version of [5, 6]) {
      await batches.recordProgress(acme, 'BULK:B-1', { counts, version, at: version });
    }
    await batches.recordProgress(acme, 'BULK:B-1', {
      counts: { ...counts, missing: 0 },
      version: 4,
      at: 7,
    });
    const kinds = (await readAll(store, acme)).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['DOCUMENTS_SUBMITTED', 'BATCH_PROGRESSED']);
  });

  test(`${name}: events are found by kind, flow, application and time, a page at a time`, async (t) => {
    const store = await open(t);
    for (const [uuid, at] of [
      ['LOS-1', 100],
      ['LOS-2', 200],
      ['LOS-3', 300],
    ] as const) {
      await endFlow(store, uuid, at);
    }
    const find = async (query: Partial<Parameters<Store['events']['read']>[1]>) => {
      const page = await store.events.read(acme, { first: 2, after: 0, ...query });
      return { short: page.events.map(toShort), hasNext: page.hasNext, readTo: page.readTo };
    };
    const kinds = ['FLOW_ENDED'] as const;
    const first = await find({ kinds });
    assert.deepEqual(first, {
      short: ['FLOW_ENDED LOS-1', 'FLOW_ENDED LOS-2'],
      hasNext: true,
      readTo: 8,
    });
    assert.deepEqual(await find({ kinds, after: first.readTo }), {
      short: ['FLOW_ENDED LOS-3'],
      hasNext: false,
      readTo: 12,
    });
    assert.deepEqual(await find({ flowUuid: 'LOS-2', first: 3 }), {
      short: ['FLOW_OPENED LOS-2', 'DOCUMENTS_SUBMITTED LOS-2', 'FLOW_STATUS_CHANGED LOS-2'],
      hasNext: true,
      readTo: 7,
    });
    assert.deepEqual((await find({ flowUuid: 'LOS-2', after: 7 })).short, ['FLOW_ENDED LOS-2']);
    assert.deepEqual((await find({ applicationId: 'application of LOS-3', kinds })).short, [
      'FLOW_ENDED LOS-3',
    ]);
    assert.deepEqual(
      (await find({ applicationId: 'application of LOS-3', flowUuid: 'LOS-1' })).short,
      [],
    );
    assert.deepEqual((await find({ since: 202 })).short, [
      'FLOW_STATUS_CHANGED LOS-2',
      'FLOW_ENDED LOS-2',
    ]);
    assert.deepEqual((await find({ since: 301, flowUuid: 'LOS-3' })).short, [
      'DOCUMENTS_SUBMITTED LOS-3',
      'FLOW_STATUS_CHANGED LOS-3',
    ]);
    assert.deepEqual(await find({ since: 1_000 }), { short: [], hasNext: false, readTo: 12 });
    assert.deepEqual(await find({ after: 99 }), { short: [], hasNext: false, readTo: 99 });
  });

  test(`${name}: a page of rare events ends where it was looked, and the next one goes on`, async (t) => {
    const store = await open(t);
    await store.flows.open(acme, toOpening('LOS-1', { at: 1 }));
    const writes = Array.from({ length: 6_000 }, (_, place) =>
      store.grants.issue(acme, `LOS-${place % 7} elsewhere`, 2),
    );
    await Promise.all(writes);
    await store.flows.open(acme, toOpening('LOS-2', { at: 3 }));
    const found: string[] = [];
    let pages = 0;
    for (let after = 0, hasNext = true; hasNext; pages += 1) {
      const page = await store.events.read(acme, { first: 10, after, kinds: ['FLOW_OPENED'] });
      found.push(...page.events.map(toShort));
      assert.ok(page.readTo > after);
      ({ hasNext, readTo: after } = page);
    }
    assert.deepEqual(found, ['FLOW_OPENED LOS-1', 'FLOW_OPENED LOS-2']);
    assert.ok(pages >= 2 && pages <= 8, `${pages} pages`);
  });

  test(`${name}: old events leave at the old end, and numbers go on behind the newest`, async (t) => {
    const store = await open(t);
    await endFlow(store, 'LOS-1', 10);
    await endFlow(store, 'LOS-2', 20);
    const older = { flowsBefore: 0, keysBefore: 0, grantsBefore: 0 };
    assert.equal(await store.forget({ ...older, eventsBefore: 20 }, 3), 3);
    assert.deepEqual(await store.events.bounds(acme), { oldest: 4, last: 8 });
    assert.equal(await store.forget({ ...older, eventsBefore: 20 }, 3), 1);
    assert.deepEqual(await store.events.bounds(acme), { oldest: 5, last: 8 });
    assert.deepEqual(
      (await readAll(store, acme)).map(({ number }) => number),
      [5, 6, 7, 8],
    );
    assert.equal(await store.forget({ ...older, eventsBefore: 9e12 }, 99), 4);
    assert.deepEqual(await store.events.bounds(acme), { oldest: 9, last: 8 });
    await store.flows.open(acme, toOpening('LOS-3'));
    assert.deepEqual(await store.events.bounds(acme), { oldest: 9, last: 9 });
  });

  test(`${name}: the numbers of a log begin with the time, so that none of another log is repeated`, async (t) => {
    const store = await open(t);
    await store.flows.open(acme, toOpening('LOS-1', { at: numberEpochMs + 5_000 }));
    assert.deepEqual(await store.events.bounds(acme), { oldest: 5_001, last: 5_001 });
    assert.deepEqual(await store.events.bounds(bolt), { oldest: 1, last: 0 });
  });

  test(`${name}: a reader is told when a log grows, and of which tenant`, async (t) => {
    const store = await open(t);
    const told = new Set<TenantId>();
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = store.events.listen((tenantId) => {
      told.add(tenantId);
      if (told.size === 2) resolve();
    });
    const isTold = async () => {
      // A subscription may take a moment to hold; a hint before it is lost.
      for (let at = 1; told.size < 2; at += 1) {
        await store.flows.open(acme, toOpening(`LOS-${at}`));
        await store.grants.issue(bolt, `LOS-${at}`, at);
        await Promise.race([promise, new Promise((done) => setTimeout(done, 20))]);
      }
    };
    await isTold();
    stop();
    assert.deepEqual([...told].sort(), [acme, bolt]);
  });
}

test('a log keeps the newest events of a tenant, and as many as it may', async () => {
  const file = openSqlFile(':memory:', () => 0);
  const log = createSqlLog(file, 3);
  for (let at = 1; at <= 5; at += 1) {
    log.change(acme, (append) => append({ kind: 'FLOW_OPENED', at, flowUuid: `LOS-${at}` }));
  }
  log.change(bolt, (append) => append({ kind: 'FLOW_OPENED', at: 1, flowUuid: 'LOS-1' }));
  assert.deepEqual(await log.bounds(acme), { oldest: 3, last: 5 });
  assert.deepEqual(await log.bounds(bolt), { oldest: 1, last: 1 });
});

test('an event that is rolled back leaves no number and no hint', async () => {
  const file = openSqlFile(':memory:', () => 0);
  const log = createSqlLog(file);
  let hints = 0;
  log.listen(() => {
    hints += 1;
  });
  assert.throws(
    () =>
      log.change(acme, (append) => {
        append({ kind: 'FLOW_OPENED', at: 1, flowUuid: 'LOS-1' });
        throw new Error('the change failed');
      }),
    /the change failed/,
  );
  assert.deepEqual(await log.bounds(acme), { oldest: 1, last: 0 });
  assert.equal(hints, 0);
  log.change(acme, (append) => append({ kind: 'FLOW_OPENED', at: 1, flowUuid: 'LOS-1' }));
  assert.deepEqual(await log.bounds(acme), { oldest: 1, last: 1 });
  assert.equal(hints, 1);
});
