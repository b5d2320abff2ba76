import { LRUCache } from 'lru-cache';
import type { Clock } from '../../live/clock.ts';
import type { Log } from '../../logging/log.ts';
import { type Counter, createMemoryCounter, createWindows } from '../../store/counter.ts';
import type { TenantId } from '../../tenant-id.ts';

/** Somebody of a tenant whose requests are counted. */
export interface Counted {
  readonly tenantId: TenantId;
  /** A name of a caller, or of what is called. */
  readonly name: string;
  /** The flow grant by which the request came; undefined: none. What is counted by rate is not parted by it. */
  readonly grantId?: string | undefined;
}

export interface RateLeft {
  readonly remaining: number;
  /** In milliseconds since the epoch; null: nothing was used. */
  readonly resetsAt: number | null;
}

/** How often who may come, by the minute. */
export interface RateLimit {
  /**
   * Counts so many requests of a caller, its tenant and the process, one by default. Answers after how
   * many milliseconds to come again, or null: they are within the limits. What one limit refuses does
   * not count for the next; of several, none is counted where only some are left.
   */
  take(caller: Counted, times?: number): Promise<number | null>;
  /** The same for a name that is no caller's, counted by itself and against the limit of a caller. */
  takeAlone(counted: Counted): Promise<number | null>;
  /** What is left of this minute to a caller; counts nothing. */
  left(caller: Counted): RateLeft;
  /** The same for a tenant as a whole. */
  leftOf(tenantId: TenantId): RateLeft;
}

export interface RateLimitOptions {
  /** False: what is too much is said in the log, and let through. */
  readonly isEnforced: boolean;
  /** Of each caller of a tenant. */
  readonly perMinute: (tenantId: TenantId) => number;
  /** Of all callers of a tenant together; without a bound by default. */
  readonly tenantPerMinute?: (tenantId: TenantId) => number;
  /** Of all requests that this process takes; without a bound by default. */
  readonly processPerMinute?: number;
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
  const { tenantPerMinute = unbounded, processPerMinute = unbounded() } = options;
  const counter = options.counter ?? createMemoryCounter(rateWindowSeconds, clock.monotonicMs);
  const last = new LRUCache<string, { readonly used: number; readonly endsAt: number }>({
    maxSize: mostRemembered,
    sizeCalculation: () => 1,
  });

  const countInProcess = createWindows(rateWindowSeconds, clock.monotonicMs);

  /** Null: within the limit; else how long until its window ends, in milliseconds. */
  async function count(counted: Counted, most: number, times: number): Promise<number | null> {
    // The limit is asked for each time, and may change.
    const { used, leftMs } = await counter.count(counted.tenantId, counted.name, times);
    const isOver = used > most;
    // A window that is about to end is left as it is: what is given back might fall into the next.
    const isGivenBack = isOver && isEnforced && times > 1 && leftMs > leastGivenBackMs;
    if (isGivenBack) await counter.count(counted.tenantId, counted.name, -times);
    const kept = isGivenBack ? used - times : used;
    last.set(keyOf(counted), { used: kept, endsAt: clock.monotonicMs() + leftMs });
    if (isOver && !isEnforced && used - times <= most) {
      const fields = { tenant: counted.tenantId, limit: 'requestsPerMinute', figure: used, most };
      log.warn('a caller is over a limit', fields);
    }
    return isOver ? leftMs : null;
  }

  function countProcess(times: number): number | null {
    const { used, leftMs } = countInProcess('all', times);
    return used <= processPerMinute ? null : leftMs;
  }

  function toLeft(counted: Counted, most: number): RateLeft {
    const known = last.get(keyOf(counted));
    const leftMs = (known?.endsAt ?? 0) - clock.monotonicMs();
    if (known === undefined || leftMs <= 0) return { remaining: most, resetsAt: null };
    return { remaining: Math.max(0, most - known.used), resetsAt: clock.now() + leftMs };
  }

  async function takeAlone(counted: Counted): Promise<number | null> {
    const waitMs = await count(counted, perMinute(counted.tenantId), 1);
    return isEnforced ? waitMs : null;
  }

  return {
    takeAlone,
    async take(caller, times = 1) {
      const { tenantId } = caller;
      const waitMs =
        (await count(caller, perMinute(tenantId), times)) ??
        (await count(wholeOf(tenantId), tenantPerMinute(tenantId), times)) ??
        countProcess(times);
      return isEnforced ? waitMs : null;
    },
    left: (caller) => toLeft(caller, perMinute(caller.tenantId)),
    leftOf: (tenantId) => toLeft(wholeOf(tenantId), tenantPerMinute(tenantId)),
  };
}

function unbounded(): number {
  return Number.POSITIVE_INFINITY;
}

/** No caller has a blank in its name but after `jwt` or `grant`. */
function wholeOf(tenantId: TenantId): Counted {
  return { tenantId, name: 'all callers' };
}

/** Tenant ids hold no line break, so no two pairs make one key. */
function keyOf({ tenantId, name }: Counted): string {
  return `${tenantId}\n${name}`;
}
