import type { AtlasError } from '../api/errors.ts';
import { TransportError } from '../transport/http-exchange.ts';

/** Why a call may be made again: no connection, a broken or silent one, or what Atlas answered. */
export type RetryReason = 'connect' | 'reset' | 'silence' | '429' | '500' | '502' | '503' | '504';

/** A try that failed, and what there is to go on with. All times are milliseconds. */
export interface FailedAttempt {
  readonly reason: RetryReason;
  /** Whether asking twice is asking once, as the endpoint's row says. */
  readonly isRepeatable: boolean;
  /** How many tries were made, this one too. */
  readonly tries: number;
  /** The rest of the deadline, in milliseconds. */
  readonly leftMs: number;
  /** Atlas's own word on when to come back. */
  readonly retryAfterMs: number | undefined;
  /** A number in [0, 1). */
  readonly random: number;
}

const mostTries = 3;
const firstDelayMs = 100;
const mostDelayMs = 2_000;
/** With less than this left no try is begun: Atlas would work for nobody. */
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

/** Why a call that ended so may be made again; null where it would only end so again. */
export function toRetryReason({ status, cause }: AtlasError): RetryReason | null {
  if (status !== undefined) return statuses.get(status) ?? null;
  if (!(cause instanceof TransportError)) return null;
  if (cause.neverSent) return 'connect';
  return cause.isTimeout ? 'silence' : 'reset';
}

/**
 * After how long a try is given up before its deadline, in milliseconds; null: not before. One
 * connection that is silent is no reason to wait in vain: the first try of what is quick (a read, a
 * token) has half of what is left, and the next one the rest. A call that is work for Atlas has all of it.
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
