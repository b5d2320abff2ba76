import { AtlasError, isOutage } from '../atlas/api/errors.ts';
import { StoreError } from '../store/store.ts';

/** Longer than a day Atlas will not mean, and a timer can't hold more than 24. */
const maxRetryAfterMs = 24 * 60 * 60_000;

/** How long Atlas asked to be left alone, in milliseconds; 0 where it did not say. */
export function toRetryAfterMs(error: unknown): number {
  const retryAfterMs = error instanceof AtlasError ? error.retryAfterMs : undefined;
  return Math.min(retryAfterMs ?? 0, maxRetryAfterMs);
}

/** Whether to try again; an answer in an unknown form may be a proxy's, once others were good. */
export function isTransient(error: unknown, hasState: boolean): boolean {
  if (error instanceof StoreError) return true;
  if (!(error instanceof AtlasError)) return false;
  if (error.failure === 'contract-broken') return hasState;
  return isOutage(error);
}
