import { LRUCache } from 'lru-cache';
import type { Clock } from '../live/clock.ts';
import type { Log } from '../log.ts';
import { type Counter, createMemoryCounter } from '../store/counter.ts';
import type { TenantId } from '../tenant-id.ts';

/** Somebody of a tenant whose requests are counted. */
export interface Counted {
  readonly tenantId: TenantId;
  /** A name of a caller, or of what is called. */
  readonly name: string;
}

export interface RateLeft {
  readonly remaining: number;
  /** In milliseconds since the epoch; null: nothing was used. */
  readonly resetsAt: number | null;
}

/** How often who may come, by the minute. */
export interface RateLimit {
  /**
   * Counts so many requests, one by default; answers after how many milliseconds to come again, or
   * null: now is fine. Of several, none is counted where only some are left.
   */
  take(counted: Counted, times?: number): Promise<number | null>;
  /** What is left of this minute; counts nothing. */
  left(counted: Counted): RateLeft;
}

export interface RateLimitOptions {
  /** False: what is too much is said in the log, and let through. */
  readonly isEnforced: boolean;
  readonly perMinute: (tenantId: TenantId) => number;
  readonly log: Log;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  /** What counts, in windows of a minute; by default the memory of this process. */
  readonly counter?: Counter;
}

/** The window of a rate. */
export const rateWindowSeconds = 60;
const leastGivenBackMs = 1_000;
const mostRemembered = 100_000;

/** Counts each name of each tenant on its own. */
export function createRateLimit(options: RateLimitOptions): RateLimit {
  const { isEnforced, perMinute, log, clock } = options;
  const counter = options.counter ?? createMemoryCounter(rateWindowSeconds, clock.monotonicMs);
  const last = new LRUCache<string, { readonly used: number; readonly endsAt: number }>({
    maxSize: mostRemembered,
    sizeCalculation: () => 1,
  });

  return {
    async take(counted, times = 1) {
      const key = keyOf(counted);
      const most = perMinute(counted.tenantId);
      // The limit is asked for each time, and may change.
      const { used, leftMs } = await counter.count(counted.tenantId, counted.name, times);
      const isOver = used > most;
      // A window that is about to end is left as it is: what is given back might fall into the next.
      const isGivenBack = isOver && isEnforced && times > 1 && leftMs > leastGivenBackMs;
      if (isGivenBack) await counter.count(counted.tenantId, counted.name, -times);
      const kept = isGivenBack ? used - times : used;
      last.set(key, { used: kept, endsAt: clock.monotonicMs() + leftMs });
      if (!isOver) return null;
      if (isEnforced) return leftMs;
      if (used - times <= most) {
        const fields = { tenant: counted.tenantId, limit: 'requestsPerMinute', figure: used, most };
        log.warn('a caller is over a limit', fields);
      }
      return null;
    },
    left(counted) {
      const most = perMinute(counted.tenantId);
      const known = last.get(keyOf(counted));
      const leftMs = (known?.endsAt ?? 0) - clock.monotonicMs();
      if (known === undefined || leftMs <= 0) return { remaining: most, resetsAt: null };
      return { remaining: Math.max(0, most - known.used), resetsAt: clock.now() + leftMs };
    },
  };
}

/** Tenant ids hold no line break, so no two pairs make one key. */
function keyOf({ tenantId, name }: Counted): string {
  return `${tenantId}\n${name}`;
}
