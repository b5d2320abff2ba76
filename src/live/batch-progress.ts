import type { DocumentRecord } from '../atlas/answers/documents.ts';
import type { Tenant } from '../atlas/api/tenant.ts';
import type { BatchPage, BatchService } from '../atlas/atlas.ts';
import { walkPages } from '../atlas/batch-walk.ts';
import type { CallOptions } from '../atlas/client/client.ts';
import type { StateRules } from './known-states.ts';

/** How far a batch has come, as its pages show it. */
export interface BatchProgress {
  /** Distinct documents with a result, good or bad. */
  readonly arrived: number;
  readonly failed: number;
  /** Atlas's `total_items` (CONTRACT K16). */
  readonly totalKnown: number | null;
  /** How many were submitted; null when this gateway does not know. */
  readonly submitted: number | null;
  /** How many of the submitted ones are still without a result; null when that is not known. */
  readonly missing: number | null;
}

/** The pages of batches as far as they are counted: what stands in the documents is not. */
export interface BatchPages {
  /** Null: no such batch, or no such page of it. */
  batchPage(
    tenant: Tenant,
    batch: { readonly service: BatchService; readonly batchId: string; readonly page: number },
    options?: CallOptions,
  ): Promise<CountedPage | null>;
}
interface CountedPage extends Omit<BatchPage, 'documents'> {
  readonly documents: readonly Pick<DocumentRecord, 'documentId' | 'state'>[];
}

/** The order of the states of a batch. */
export const batchRules: StateRules<BatchProgress> = {
  isSame: (one, other) =>
    one.arrived === other.arrived &&
    one.failed === other.failed &&
    one.totalKnown === other.totalKnown &&
    one.missing === other.missing,
  isTerminal: (progress) => progress.missing === 0,
  isBackwards: (last, next) => next.arrived < last.arrived,
};

/**
 * Reads a batch page by page and counts what has arrived against what was submitted. There is no
 * status call, and `total_items` is no completion signal (CONTRACT 7.2, K16). Null: no such batch.
 */
export async function askBatchProgress(
  atlas: BatchPages,
  tenant: Tenant,
  batch: { readonly service: BatchService; readonly batchId: string },
  submittedIds: readonly string[] | undefined,
  options?: CallOptions,
): Promise<BatchProgress | null> {
  const load = (page: number) => atlas.batchPage(tenant, { ...batch, page }, options);
  const arrivedIds = new Set<string>();
  const failedIds = new Set<string>();
  let totalKnown: number | null = null;
  for await (const { number, page, fresh } of walkPages(load)) {
    if (page === null && number === 1) return null;
    for (const { document } of fresh) {
      if (document.state !== 'PENDING') arrivedIds.add(document.documentId);
      if (document.state === 'FAILED') failedIds.add(document.documentId);
    }
    totalKnown = page?.totalItems ?? totalKnown;
  }
  return {
    arrived: arrivedIds.size,
    failed: failedIds.size,
    totalKnown,
    submitted: submittedIds?.length ?? null,
    missing: submittedIds ? submittedIds.filter((id) => !arrivedIds.has(id)).length : null,
  };
}
