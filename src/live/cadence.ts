/** Whether callbacks of Atlas can be expected for a watched flow or batch. */
export type CallbackTrust =
  /** No callback will come: the caller redirected it, or Atlas sends none for this kind. */
  | 'none'
  /** Atlas was told where to call, and has not been heard to yet. */
  | 'promised'
  /** Atlas was told where to call, and its calls do arrive here. */
  | 'proven';

/** The input of the polling cadence. All times are milliseconds. */
export interface CadenceInput {
  /** How often a running flow is asked for when nothing else is known (`POLL_INTERVAL_MS`). */
  readonly intervalMs: number;
  readonly callbacks: CallbackTrust;
  /** Whether each change on the way is wanted: single stages, or documents as they land. */
  readonly isDetailed: boolean;
  /** How long it has been watched without a change. */
  readonly quietMs: number;
  /** How long ago files were uploaded through this gateway; null when that is not known. */
  readonly sinceUploadMs: number | null;
  /** How long flows of this tenant lately took from upload to end; null when that is not known. */
  readonly usualMs: number | null;
  /** How many times in a row Atlas could not be asked. */
  readonly failures: number;
  /** Atlas's own word on when to come back, where it gave one. */
  readonly retryAfterMs?: number | undefined;
  /** A number in [0, 1), so that watchers do not march in step. */
  readonly random: number;
}

/** How often a flow is asked for when callbacks are what tells of its end. */
export const safetyNetMs = 60_000;

const mostBackOffMs = 60_000;
const intervalsAfterUpload = 6;

/**
 * How long to wait before Atlas is asked again, in milliseconds, spread by a tenth:
 * - after failures: twice as long each time up to a minute, never sooner than Atlas asked for;
 * - right after an upload, and near the usual end: half the interval, as something moves then;
 * - with callbacks that are known to arrive: a minute, as a safety net, unless stages or
 *   documents are wanted as they change, of which no callback tells;
 * - else the interval, twice that after twenty quiet ones, four times after a hundred.
 */
export function toNextDelayMs(input: CadenceInput): number {
  const spread = 0.9 + 0.2 * input.random;
  if (input.failures > 0) {
    const doubledMs = input.intervalMs * 2 ** Math.min(input.failures, 10);
    const backOffMs = Math.max(input.intervalMs, Math.min(mostBackOffMs, doubledMs));
    // Spread behind the time Atlas named, so that those it sent away don't come back all at once.
    const askedForMs = (input.retryAfterMs ?? 0) * (1 + 0.1 * input.random);
    return Math.max(askedForMs, backOffMs * spread);
  }
  return toSteadyDelayMs(input) * spread;
}

function toSteadyDelayMs(input: CadenceInput): number {
  const { intervalMs, callbacks, isDetailed, quietMs } = input;
  if (isMoving(input)) return intervalMs / 2;
  if (callbacks === 'proven' && !isDetailed) return Math.max(safetyNetMs, intervalMs);
  const quietIntervals = quietMs / intervalMs;
  return intervalMs * (quietIntervals > 100 ? 4 : quietIntervals > 20 ? 2 : 1);
}

/** Whether a change is likely soon: just uploaded, or within two intervals of the usual end. */
function isMoving({ intervalMs, sinceUploadMs, usualMs }: CadenceInput): boolean {
  if (sinceUploadMs === null) return false;
  if (sinceUploadMs < intervalsAfterUpload * intervalMs) return true;
  return usualMs !== null && Math.abs(sinceUploadMs - usualMs) < 2 * intervalMs;
}
