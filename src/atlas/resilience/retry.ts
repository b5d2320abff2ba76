import type { AtlasError } from '../api/errors.ts';
import { TransportError } from '../transport/http-exchange.ts';

/** Why a call may be made again: no connection, a broken or silent one, or what Atlas answered. */
export type RetryReason = 'connect' | 'reset' | 'silence' | '429' | '500' | '502' | '503' | '504';

/** A failed attempt, and the facts that decide on a retry. All times are milliseconds. */
export interface FailedAttempt {
  readonly reason: RetryReason;
  /** True if a repeated request has the effect of one, as the endpoint's row says. */
  readonly isRepeatable: boolean;
  /** The number of attempts so far, this one included. */
  readonly tries: number;
  /** The rest of the deadline, in milliseconds. */
  readonly leftMs: number;
  /** The `Retry-After` of the response. */
  readonly retryAfterMs: number | undefined;
  /** A number in [0, 1). */
  readonly random: number;
}

const mostTries = 3;
const firstDelayMs = 100;
const mostDelayMs = 2_000;
/**
 * The shortest remaining time in which an attempt is begun: with less, no caller would get its
 * answer.
 */
export const leastUsefulMs = 250;
/** A second try, with the pause before it, has to fit into the other half. */
const leastHalfMs = 2 * leastUsefulMs;

/** Reasons that permit a retry of a write too: Atlas did nothing. */
const neverDone: ReadonlySet<RetryReason> = new Set(['connect', '429']);

/**
 * How long to wait before the next try, in milliseconds; null: give up. Atlas documents no rule, so
 * these are ours:
 * - a call that must not be repeated is retried only where no byte can have reached Atlas, or where it
 *   answered that there were too many;
 * - three tries in all, none that could not end within the deadline;
 * - `Retry-After` is waited for whole or not at all, others wait with full jitter, up to twice as
 *   long each time.
 */
export function toRetryDelayMs(failed: FailedAttempt): number | null {
  const { reason, isRepeatable, tries, leftMs, retryAfterMs = 0, random } = failed;
  if (!isRepeatable && !neverDone.has(reason)) return null;
  if (tries >= mostTries) return null;
  const jitterMs = random * Math.min(mostDelayMs, firstDelayMs * 2 ** (tries - 1));
  // Behind the time Atlas named, so that those it sent away don't come back all at once.
  const delayMs = retryAfterMs + jitterMs;
  return delayMs + leastUsefulMs > leftMs ? null : delayMs;
}

/** The reason why a failed call may be retried; null if a retry would fail alike. */
export function toRetryReason({ status, cause }: AtlasError): RetryReason | null {
  if (status !== undefined) return statuses.get(status) ?? null;
  if (!(cause instanceof TransportError)) return null;
  if (cause.neverSent) return 'connect';
  return cause.isTimeout ? 'silence' : 'reset';
}

/**
 * The timeout of an attempt before its deadline, in milliseconds; null: the deadline alone limits
 * it. One connection that is silent is no reason to wait in vain: the first try of what is quick (a
 * read, a token) has half of what is left, and the next one the rest. A call that is work for Atlas
 * has all of it.
 */
export function toAttemptTimeoutMs(given: {
  readonly isQuick: boolean;
  readonly tries: number;
  readonly leftMs: number;
}): number | null {
  const halfMs = given.leftMs / 2;
  return given.isQuick && given.tries === 1 && halfMs >= leastHalfMs ? halfMs : null;
}

const statuses: ReadonlyMap<number, RetryReason> = new Map([
  [429, '429'],
  [500, '500'],
  [502, '502'],
  [503, '503'],
  [504, '504'],
]);
