import type { SandboxClock } from './sandbox-clock.ts';
import type { Schedule } from './schedule.ts';

/** The documents that land, over how long, and the acts at each. */
export interface Landing<Item> {
  readonly clock: SandboxClock;
  readonly schedule: Schedule;
  readonly items: readonly Item[];
  readonly overMs: number;
  readonly land: (item: Item) => void;
  readonly finished: () => void;
}

/**
 * Lands things one by one in their order, evenly over `overMs`; `finished` follows the last one,
 * or comes at once when there is none.
 * One timer at a time, and a late timer lands all that is due, so a large batch takes no longer.
 */
export function startLanding<Item>(landing: Landing<Item>): void {
  const { clock, schedule, items, overMs, land, finished } = landing;
  const startedAt = clock.now();
  let landed = 0;

  function dueAt(place: number): number {
    return startedAt + (overMs * place) / items.length;
  }

  function waitForNext(): void {
    schedule.after(Math.max(0, Math.ceil(dueAt(landed + 1) - clock.now())), landDue);
  }

  function landDue(): void {
    const now = clock.now();
    for (const item of items.slice(landed)) {
      if (dueAt(landed + 1) > now) {
        waitForNext();
        return;
      }
      landed += 1;
      land(item);
    }
    finished();
  }

  if (items.length === 0) finished();
  else waitForNext();
}
