import { AtlasError, isOutage } from '../atlas/api/errors.ts';
import { StoreError } from '../store/store.ts';

/** A day: a longer `Retry-After` is not plausible, and a timer can't hold more than 24 days. */
const maxRetryAfterMs = 24 * 60 * 60_000;

/** The `Retry-After` of a failure in milliseconds; 0 if there is none. */
export function toRetryAfterMs(error: unknown): number {
  const retryAfterMs = error instanceof AtlasError ? error.retryAfterMs : undefined;
  return Math.min(retryAfterMs ?? 0, maxRetryAfterMs);
}

/**
 * True for a failure after which polling goes on. An answer in an unknown form may come from a
 * proxy, if a state was read before.
 */
export function isTransient(error: unknown, hasState: boolean): boolean {
  if (error instanceof StoreError) return true;
  if (!(error instanceof AtlasError)) return false;
  if (error.failure === 'contract-broken') return hasState;
  return isOutage(error);
}
