import { type After, systemAfter, systemMonotonicMs } from '../atlas/deadline/timer.ts';

/** Time as the gateway takes it, so that a test can own it. */
export interface Clock {
  /**
   * The wall clock, in milliseconds since the epoch: for timestamps and for the expiry of what has a
   * date. It may step backwards.
   */
  now(): number;
  /**
   * Milliseconds since some moment of this process, which never step backwards: for durations.
   */
  monotonicMs(): number;
  readonly after: After;
}

/** The clocks of the machine. */
export const systemClock: Clock = {
  now: Date.now,
  monotonicMs: systemMonotonicMs,
  after: systemAfter,
};

/**
 * The reading of the monotonic clock at a moment of the wall clock, in milliseconds. A moment that
 * lies ahead, by a step of the wall clock or by another machine's, counts as now.
 */
export function toMonotonicMs(clock: Pick<Clock, 'now' | 'monotonicMs'>, at: number): number {
  return clock.monotonicMs() - Math.max(0, clock.now() - at);
}
