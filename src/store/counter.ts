import { LRUCache } from 'lru-cache';
import type { TenantId } from '../tenant-id.ts';

/** How often something came in this window of time. */
export interface Count {
  readonly used: number;
  /** When the window ends, in milliseconds from now. */
  readonly leftMs: number;
}

/** Counts what comes, by tenant and name. */
export interface Counter {
  /**
   * Counts so many, one by default, and answers all of the window so far. Less than none gives back
   * what was counted in the window.
   */
  count(tenantId: TenantId, name: string, times?: number): Promise<Count>;
}

/** Windows that are remembered, some 100 bytes each; those used longest ago make room. */
const mostWindows = 200_000;

/**
 * Counts by key in fixed windows, each from its first count on. `monotonicMs` is a clock that never
 * steps back, in milliseconds.
 */
export function createWindows(
  windowSeconds: number,
  monotonicMs: () => number,
): (key: string, times?: number) => Count {
  // By size and not by `max`, for which room would be made at once.
  const windows = new LRUCache<string, { used: number; readonly endsAt: number }>({
    maxSize: mostWindows,
    sizeCalculation: () => 1,
  });

  return (key, times = 1) => {
    const at = monotonicMs();
    const open = windows.get(key);
    const isOver = open === undefined || open.endsAt <= at;
    const window = isOver ? { used: 0, endsAt: at + 1000 * windowSeconds } : open;
    if (isOver) windows.set(key, window);
    window.used = Math.max(0, window.used + times);
    return { used: window.used, leftMs: window.endsAt - at };
  };
}

/** A counter in the memory of this process. */
export function createMemoryCounter(windowSeconds: number, monotonicMs: () => number): Counter {
  const count = createWindows(windowSeconds, monotonicMs);
  return { count: async (tenantId, name, times) => count(`${tenantId}\n${name}`, times) };
}
