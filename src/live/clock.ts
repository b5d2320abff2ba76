/** Time as the live floor takes it, so that a test can own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `act` once after `delayMs`; the answer cancels it. Does not keep the process alive. */
  after(delayMs: number, act: () => void): () => void;
}

/** The clock on the wall. */
export const systemClock: Clock = {
  now: Date.now,
  after(delayMs, act) {
    const timer = setTimeout(act, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
