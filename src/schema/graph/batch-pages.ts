import type { BatchService } from '../../atlas/atlas.ts';
import { walkPages } from '../../atlas/batch-walk.ts';
import {
  askBatchProgress,
  type BatchPages,
  type BatchProgress,
} from '../../live/batch-progress.ts';
import { batchKey, type Operation } from '../operation/context.ts';
import { BadInputError } from '../operation/errors.ts';
import type { PersonalPage } from '../operation/loaders.ts';
import type { DocumentNode } from '../refs.ts';

/** The service and the id of a batch. */
export interface BatchAddress {
  readonly service: BatchService;
  readonly batchId: string;
}

/** Where a document stands in Atlas's pages: its page, its place there, and its id. */
interface BatchCursor {
  readonly page: number;
  readonly index: number;
  readonly documentId: string;
}
interface Placed {
  readonly document: DocumentNode;
  readonly cursor: string;
}

/** One page of Atlas, once in an operation. Null: no such batch, or no such page of it. */
export async function loadBatchPage(
  operation: Operation,
  batch: BatchAddress,
  page: number,
): Promise<PersonalPage | null> {
  const { service, batchId } = batch;
  return await operation.loaders.batchPage.load({ service, batchId, page });
}

/** The submitted document ids of a batch that was submitted through this gateway. */
export async function loadSubmittedIds(
  operation: Operation,
  { service, batchId }: BatchAddress,
): Promise<readonly string[] | undefined> {
  const known = await operation.register.batch(operation.tenant.id, batchKey(service, batchId));
  return known?.submittedDocumentIds;
}

/** Counts a batch's pages against what was submitted; null: no such batch. */
export async function loadBatchProgress(
  operation: Operation,
  batch: BatchAddress,
): Promise<BatchProgress | null> {
  const pages: BatchPages = {
    batchPage: (_tenant, { page }) => loadBatchPage(operation, batch, page),
  };
  const submittedIds = await loadSubmittedIds(operation, batch);
  return await askBatchProgress(pages, operation.tenant, batch, submittedIds);
}

/**
 * `first` documents behind a cursor, however they lie in Atlas's pages. A cursor holds the place
 * and the document's id, so that it still fits when Atlas puts others before it.
 */
export async function loadBatchDocuments(
  operation: Operation,
  batch: BatchAddress,
  first: number,
  after: string | null,
): Promise<{ placed: Placed[]; hasNext: boolean }> {
  const from = after === null ? { page: 1, index: 0 } : await findBehind(operation, batch, after);
  const load = (page: number) => loadBatchPage(operation, batch, page);
  const placed: Placed[] = [];
  for await (const { number, page, fresh } of walkPages(load, from.page)) {
    for (const { document: record, index } of fresh) {
      if (number === from.page && index < from.index) continue;
      if (placed.length === first) return { placed, hasNext: true };
      placed.push({
        document: { record, owner: { kind: 'batch', ...batch }, attempt: 1 },
        cursor: toCursor({ page: number, index, documentId: record.documentId }),
      });
    }
    const hasNext = page?.hasNext === true && page.documents.length > 0;
    if (placed.length === first) return { placed, hasNext };
  }
  return { placed, hasNext: false };
}

/** One document of a batch by the caller's id of it, looked for page by page. */
export async function findBatchDocument(
  operation: Operation,
  { service, batchId }: BatchAddress,
  documentId: string,
): Promise<DocumentNode | null> {
  const batch = { service, batchId };
  const place = await findPlaceBehind(operation, batch, documentId);
  if (place === null) return null;
  const answer = await loadBatchPage(operation, batch, place.page);
  const record = answer?.documents[place.index - 1];
  return record ? { record, owner: { kind: 'batch', ...batch }, attempt: 1 } : null;
}

/**
 * The place behind a cursor's document: where it stood, else elsewhere on that page, else on
 * whichever page it stands now. Of a document that is gone, the place itself: what moved up into it
 * was not seen yet.
 */
async function findBehind(operation: Operation, batch: BatchAddress, cursor: string) {
  const { page, index, documentId } = fromCursor(cursor);
  const documents = (await loadBatchPage(operation, batch, page))?.documents ?? [];
  if (documents[index]?.documentId === documentId) return { page, index: index + 1 };
  const here = documents.findIndex((record) => record.documentId === documentId);
  if (here >= 0) return { page, index: here + 1 };
  return (await findPlaceBehind(operation, batch, documentId)) ?? { page, index };
}

/** The place behind a document, looked for page by page; null where no page has it. */
async function findPlaceBehind(operation: Operation, batch: BatchAddress, documentId: string) {
  const load = (page: number) => loadBatchPage(operation, batch, page);
  for await (const { number, fresh } of walkPages(load)) {
    const found = fresh.find(({ document }) => document.documentId === documentId);
    if (found) return { page: number, index: found.index + 1 };
  }
  return null;
}

function toCursor({ page, index, documentId }: BatchCursor): string {
  return Buffer.from(JSON.stringify([page, index, documentId])).toString('base64url');
}

function fromCursor(cursor: string): BatchCursor {
  try {
    const [page, index, documentId]: unknown[] = JSON.parse(
      Buffer.from(cursor, 'base64url').toString('utf8'),
    );
    if (isCount(page) && page >= 1 && isCount(index) && typeof documentId === 'string') {
      return { page, index, documentId };
    }
  } catch {
    // not JSON, or not a list: no cursor of ours
  }
  throw new BadInputError('after: this is not a cursor of this list.');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
