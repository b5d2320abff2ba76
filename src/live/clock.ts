import { type After, systemAfter } from '../atlas/timer.ts';

/** Time as the live floor takes it, so that a test can own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  readonly after: After;
}

/** The clock on the wall. */
export const systemClock: Clock = { now: Date.now, after: systemAfter };
