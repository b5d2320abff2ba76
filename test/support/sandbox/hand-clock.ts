import type { SandboxClock } from '../../../src/sandbox/sandbox-clock.ts';

/** A clock that stands still until it is turned. */
export interface HandClock extends SandboxClock {
  /** Turns it on, stopping at every timer on the way. */
  advance(ms: number): void;
}

/** Starts on 15 January 2026 at 09:30:00 UTC. */
export function createHandClock(): HandClock {
  let nowMs = Date.UTC(2026, 0, 15, 9, 30, 0);
  let count = 0;
  const timers = new Map<number, { dueMs: number; run: () => void }>();

  function advance(ms: number): void {
    const untilMs = nowMs + ms;
    for (let next = nextBy(untilMs); next !== undefined; next = nextBy(untilMs)) {
      const [handle, timer] = next;
      timers.delete(handle);
      nowMs = timer.dueMs;
      timer.run();
    }
    nowMs = untilMs;
  }

  function nextBy(untilMs: number) {
    return [...timers]
      .filter(([, timer]) => timer.dueMs <= untilMs)
      .toSorted(([, a], [, b]) => a.dueMs - b.dueMs)[0];
  }

  return {
    now: () => nowMs,
    setTimeout(run, delayMs) {
      count += 1;
      timers.set(count, { dueMs: nowMs + delayMs, run });
      return count;
    },
    clearTimeout(handle) {
      if (typeof handle === 'number') timers.delete(handle);
    },
    advance,
  };
}
