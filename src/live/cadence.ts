/** What the next look at Atlas depends on. All times are milliseconds. */
export interface CadenceInput {
  /** How often a running flow is asked for when nothing else is known. */
  readonly intervalMs: number;
  /** How long the flow has been watched without a change. */
  readonly quietMs: number;
  /** How many times in a row Atlas could not be asked. */
  readonly failures: number;
  /** Atlas's own word on when to come back, where it gave one. */
  readonly retryAfterMs?: number | undefined;
  /** A number in [0, 1), so that watchers do not march in step. */
  readonly random: number;
}

const mostBackOffMs = 60_000;

/**
 * How long to wait before Atlas is asked again, in milliseconds: the interval, half as often once
 * nothing has changed for twenty of them and a quarter after a hundred; after failures twice as
 * long each time up to a minute, and never sooner than Atlas asked for. Spread by a tenth.
 */
export function toNextDelayMs(input: CadenceInput): number {
  const { intervalMs, quietMs, failures, retryAfterMs = 0, random } = input;
  const spread = 0.9 + 0.2 * random;
  if (failures > 0) {
    const backOff = Math.min(mostBackOffMs, intervalMs * 2 ** Math.min(failures, 10));
    return Math.max(retryAfterMs, backOff * spread);
  }
  const quietIntervals = quietMs / intervalMs;
  const slowing = quietIntervals > 100 ? 4 : quietIntervals > 20 ? 2 : 1;
  return intervalMs * slowing * spread;
}
