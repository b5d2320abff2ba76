import type { SandboxClock } from './sandbox-clock.ts';
import type { Schedule } from './schedule.ts';

/** The documents that land, over how long, and the acts at each. */
export interface Landing<Thing> {
  readonly clock: SandboxClock;
  readonly schedule: Schedule;
  readonly things: readonly Thing[];
  readonly overMs: number;
  readonly land: (thing: Thing) => void;
  readonly finished: () => void;
}

/**
 * Lands things one by one in their order, evenly over `overMs`; `finished` follows the last one,
 * or comes at once when there is none.
 * One timer at a time, and a late timer lands all that is due, so a large batch takes no longer.
 */
export function startLanding<Thing>(landing: Landing<Thing>): void {
  const { clock, schedule, things, overMs, land, finished } = landing;
  const startedAt = clock.now();
  let landed = 0;

  function dueAt(place: number): number {
    return startedAt + (overMs * place) / things.length;
  }

  function waitForNext(): void {
    schedule.after(Math.max(0, Math.ceil(dueAt(landed + 1) - clock.now())), landDue);
  }

  function landDue(): void {
    const now = clock.now();
    for (const thing of things.slice(landed)) {
      if (dueAt(landed + 1) > now) {
        waitForNext();
        return;
      }
      landed += 1;
      land(thing);
    }
    finished();
  }

  if (things.length === 0) finished();
  else waitForNext();
}
