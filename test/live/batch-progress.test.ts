import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DocumentRecord } from '../../src/atlas/answers/documents.ts';
import { AtlasError } from '../../src/atlas/api/errors.ts';
import type { BatchPage } from '../../src/atlas/atlas.ts';
import { askBatchProgress, type BatchProgress, batchRules } from '../../src/live/batch-progress.ts';
import { createWatch } from '../../src/live/watch.ts';
import { createFakeClock } from '../support/live/fake-clock.ts';
import { follow, intervalMs, tenantOf } from '../support/live/open-watch.ts';

const acme = tenantOf('acme');
const batch = { service: 'BULK', batchId: 'BATCH-1' } as const;

function toRecord(documentId: string, state: DocumentRecord['state'] = 'EXTRACTED') {
  const rest = { fileUuid: null, batchId: null, documentType: null, failure: null, fields: [] };
  return { documentId, state, ...rest };
}

function toIds(count: number): string[] {
  return Array.from({ length: count }, (_, place) => `document-${place}`);
}

/** Cuts documents into pages of 50, and counts what is asked for. */
function createPages(documents: readonly DocumentRecord[], totalItems: number | null = null) {
  const asked: { page: number; isFresh: boolean | undefined }[] = [];
  return {
    asked,
    batchPage: async (
      _tenant: unknown,
      { page }: { page: number },
      options?: { isFresh?: boolean },
    ): Promise<BatchPage | null> => {
      asked.push({ page, isFresh: options?.isFresh });
      const hasNext = documents.length > page * 50;
      return { documents: documents.slice((page - 1) * 50, page * 50), totalItems, hasNext };
    },
  };
}

test('a batch is complete when every submitted document has a result, good or bad', async () => {
  const pages = createPages([toRecord('document-0'), toRecord('document-1', 'FAILED')]);
  const progress = await askBatchProgress(pages, acme, batch, toIds(2));
  assert.deepEqual(progress, { arrived: 2, failed: 1, totalKnown: null, submitted: 2, missing: 0 });
  assert.ok(progress && batchRules.isTerminal(progress));
});

test('a pending document has not arrived', async () => {
  const pages = createPages([toRecord('document-0'), toRecord('document-1', 'PENDING')]);
  const progress = await askBatchProgress(pages, acme, batch, toIds(2));
  assert.equal(progress?.arrived, 1);
  assert.equal(progress?.missing, 1);
});

for (const [service, says, totalItems] of [
  ['BULK', 'all documents of the batch', 3],
  ['SANDBOX', 'those extracted so far', 1],
] as const) {
  test(`total_items of ${service}, ${says}, is no sign of completion`, async () => {
    const pages = createPages([toRecord('document-0')], totalItems);
    const progress = await askBatchProgress(pages, acme, { service, batchId: 'B' }, toIds(3));
    assert.equal(progress?.totalKnown, totalItems);
    assert.equal(progress?.missing, 2);
    assert.ok(progress && !batchRules.isTerminal(progress));
  });
}

test('as many documents as were submitted, but others, do not complete a batch', async () => {
  const pages = createPages([toRecord('document-0'), toRecord('a-stranger')]);
  const progress = await askBatchProgress(pages, acme, batch, toIds(2));
  assert.equal(progress?.arrived, 2);
  assert.equal(progress?.missing, 1);
});

test('a document that comes twice counts once', async () => {
  const pages = createPages([toRecord('document-0'), toRecord('document-0')]);
  const progress = await askBatchProgress(pages, acme, batch, toIds(2));
  assert.equal(progress?.arrived, 1);
  assert.equal(progress?.missing, 1);
});

test('a batch whose submitted documents nobody knows here has no end', async () => {
  const pages = createPages([toRecord('document-0')], 1);
  const progress = await askBatchProgress(pages, acme, batch, undefined);
  assert.deepEqual(progress, {
    arrived: 1,
    failed: 0,
    totalKnown: 1,
    submitted: null,
    missing: null,
  });
  assert.ok(progress && !batchRules.isTerminal(progress));
});

test('every page is read, and no more than there are', async () => {
  const pages = createPages(toIds(120).map((id) => toRecord(id)));
  const progress = await askBatchProgress(pages, acme, batch, toIds(120), { isFresh: true });
  assert.equal(progress?.missing, 0);
  assert.deepEqual(pages.asked, [
    { page: 1, isFresh: true },
    { page: 2, isFresh: true },
    { page: 3, isFresh: true },
  ]);
});

test('a service that answers the same page for ever is not asked for ever', async () => {
  let calls = 0;
  const batchPage = async () => {
    calls += 1;
    return { documents: toIds(50).map((id) => toRecord(id)), totalItems: 500, hasNext: true };
  };
  const progress = await askBatchProgress({ batchPage }, acme, batch, toIds(500));
  assert.equal(progress?.arrived, 50);
  assert.equal(calls, 2);
});

test('an empty page is the last, whatever it says', async () => {
  const batchPage = async () => ({ documents: [], totalItems: 0, hasNext: true });
  const progress = await askBatchProgress({ batchPage }, acme, batch, toIds(1));
  assert.equal(progress?.arrived, 0);
});

test('no first page is no batch; no later page is the end of it', async () => {
  const nothing = { batchPage: async () => null };
  assert.equal(await askBatchProgress(nothing, acme, batch, toIds(1)), null);
  const onePage = { documents: [toRecord('document-0')], totalItems: 2, hasNext: true };
  const shrunk = {
    batchPage: async (_: unknown, { page }: { page: number }) => (page === 1 ? onePage : null),
  };
  const progress = await askBatchProgress(shrunk, acme, batch, toIds(2));
  assert.equal(progress?.arrived, 1);
  assert.equal(progress?.totalKnown, 2);
});

test('a page that fails fails the whole look, so that half a count is never shown', async () => {
  const failure = new AtlasError({ endpoint: 'bulkExtracts', failure: 'unavailable' });
  const batchPage = async (_: unknown, { page }: { page: number }) => {
    if (page === 2) throw failure;
    return { documents: toIds(50).map((id) => toRecord(id)), totalItems: null, hasNext: true };
  };
  await assert.rejects(askBatchProgress({ batchPage }, acme, batch, toIds(60)), failure);
});

test('a batch that is watched tells its progress, each step once, and completes', async () => {
  const clock = createFakeClock();
  const steps = [0, 1, 1, 3, 2, 4];
  let step = 0;
  let lagging = 0;
  const watch = createWatch<BatchProgress>({
    ask: async (tenant) => {
      const count = steps[Math.min(step, steps.length - 1)] ?? 0;
      step += 1;
      const pages = createPages(toIds(count).map((id) => toRecord(id)));
      return askBatchProgress(pages, tenant, batch, toIds(4));
    },
    rules: batchRules,
    missing: 'batch',
    clock,
    intervalMs,
    random: () => 0.5,
    onLagging: () => {
      lagging += 1;
    },
  });
  const reader = follow(watch.watch(acme, 'BULK:BATCH-1'));
  await clock.advance(10 * intervalMs);
  assert.deepEqual(
    reader.seen.map(({ state }) => [state.arrived, state.missing]),
    [
      [0, 4],
      [1, 3],
      [3, 1],
      [4, 0],
    ],
  );
  assert.equal(reader.ending, 'completed');
  assert.equal(lagging, 1);
  assert.equal(step, steps.length);
});
