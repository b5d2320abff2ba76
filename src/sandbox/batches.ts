import type { EndpointInput, EndpointWire } from '../atlas/api/endpoints.ts';
import {
  readFile,
  type SubmittedFile,
  toBatchEntry,
  toFileName,
  toSubmittedFiles,
  unrecognised,
} from './documents.ts';
import { longErrorResponse } from './error-response.ts';
import { startLanding } from './landing.ts';
import { createPlay, type Play } from './play.ts';
import type { SandboxClock } from './sandbox-clock.ts';
import { createSchedule } from './schedule.ts';

/** The differences between bulk and docstream. */
export interface BatchesOptions {
  readonly clock: SandboxClock;
  readonly stageMs: number;
  readonly nextBatchId: () => string;
  readonly maxPerPage: number;
  /** Whether `total_items` counts what was submitted, or what has been extracted (CONTRACT K16). */
  readonly counts: 'submitted' | 'extracted';
}

/** The batches of one service. */
export interface Batches {
  submit(
    clientId: string,
    files: EndpointInput<'uploadBulk'>['file_urls'],
  ): readonly SubmittedFile[];
  /** One page; refused with Atlas's 400 when the client has no such batch, or no such page can be. */
  pageOf(clientId: string, query: Readonly<Record<string, string>>): EndpointWire<'bulkExtracts'>;
  /** The story of a client's batch; null when it has no such batch. */
  playOf(clientId: string, batchId: string | undefined): Play | null;
  close(): void;
}

interface Batch {
  readonly clientId: string;
  /** The story that the names of its files tell. */
  readonly play: Play;
  readonly files: readonly SubmittedFile[];
  readonly landed: SubmittedFile[];
}

const defaultPerPage = 50;

/** Reads batches document by document over two stages, without status and without an end. */
export function createBatches(options: BatchesOptions): Batches {
  const { clock, stageMs, nextBatchId, maxPerPage, counts } = options;
  const schedule = createSchedule(clock);
  const batches = new Map<string, Batch>();

  function submit(clientId: string, files: EndpointInput<'uploadBulk'>['file_urls']) {
    const batchId = nextBatchId();
    const submitted = toSubmittedFiles(batchId, batchId, files);
    const play = createPlay(
      'batch',
      submitted.map(({ fileUrl }) => toFileName(fileUrl)),
    );
    const batch: Batch = { clientId, play, files: submitted, landed: [] };
    batches.set(batchId, batch);
    startLanding({
      clock,
      schedule,
      items: submitted,
      overMs: 2 * stageMs * play.slowness,
      land(file) {
        file.state = 'landed';
        file.reading = play.isUnreadable
          ? unrecognised
          : readFile(file, `${batchId}/${file.documentId}`);
        batch.landed.push(file);
      },
      finished: () => undefined,
    });
    return submitted;
  }

  function peek(clientId: string, batchId: string | undefined): Batch | null {
    const batch = batches.get(batchId ?? '');
    return batch?.clientId === clientId ? batch : null;
  }

  function pageOf(clientId: string, query: Readonly<Record<string, string>>) {
    const batch = peek(clientId, query.batch_id);
    if (batch === null) throw longErrorResponse(400, 'batch_id is missing or invalid');
    const page = loadCount(query, 'page', 1, Number.MAX_SAFE_INTEGER);
    const perPage = loadCount(query, 'per_page', defaultPerPage, maxPerPage);
    const total = counts === 'submitted' ? batch.files.length : batch.landed.length;
    const totalPages = Math.ceil(total / perPage);
    return {
      data: batch.landed.slice((page - 1) * perPage, page * perPage).map(toBatchEntry),
      page,
      per_page: perPage,
      total_pages: totalPages,
      total_items: total,
      has_next: page < totalPages,
      has_prev: page > 1,
    };
  }

  return {
    submit,
    pageOf,
    playOf: (clientId, batchId) => peek(clientId, batchId)?.play ?? null,
    close: schedule.cancelAll,
  };
}

function loadCount(
  query: Readonly<Record<string, string>>,
  name: string,
  fallback: number,
  max: number,
): number {
  const text = query[name];
  if (text === undefined || text === '') return fallback;
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1 && count <= max) return count;
  throw longErrorResponse(400, `${name} is missing or invalid`);
}
