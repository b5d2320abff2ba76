import type { Clock } from '../../../src/live/clock.ts';

/** A clock that stands still until it is turned. */
export interface FakeClock extends Clock {
  /** Turns it on, stopping at every timer on the way; what a timer set off is done before the next. */
  advance(ms: number): Promise<void>;
  countTimers(): number;
  /** Sets the wall clock by that much; the monotonic clock and the timers go on as they were. */
  stepWall(byMs: number): void;
}

interface Timer {
  readonly dueAt: number;
  readonly act: () => void;
}

/** Starts on 15 January 2026 at 09:30:00 UTC. */
export function createFakeClock(startAt = Date.UTC(2026, 0, 15, 9, 30, 0)): FakeClock {
  const timers = new Set<Timer>();
  let nowMs = 1_000_000;
  // No reading of one clock is taken for one of the other.
  let wallAheadMs = startAt - nowMs;

  function nextBy(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of timers) {
      if (timer.dueAt <= untilMs && (next === undefined || timer.dueAt < next.dueAt)) next = timer;
    }
    return next;
  }

  return {
    now: () => nowMs + wallAheadMs,
    monotonicMs: () => nowMs,
    after(delayMs, act) {
      const timer = { dueAt: nowMs + Math.max(0, delayMs), act };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (let next = nextBy(untilMs); next !== undefined; next = nextBy(untilMs)) {
        timers.delete(next);
        nowMs = next.dueAt;
        next.act();
        await settle();
      }
      nowMs = untilMs;
    },
    countTimers: () => timers.size,
    stepWall(byMs) {
      wallAheadMs += byMs;
    },
  };
}

/** Lets every promise that can settle without time or a socket do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
