import { LRUCache } from 'lru-cache';
import type { TenantId } from '../../tenant-id.ts';
import type { Tenant } from '../api/tenant.ts';
import { createRollingCounts, type RollingCounts } from './rolling-counts.ts';

/** How many calls may be made again, so that a failing Atlas is not asked three times as much. */
export interface RetryBudget {
  /** A call that is made for the first time. */
  recordCall(tenant: Tenant, origin: string): void;
  /** Takes leave for one more try; false when there is none. */
  tryTake(tenant: Tenant, origin: string): boolean;
  /** Begins anew for a tenant. */
  forget(tenant: Tenant): void;
}

const windowMs = 10_000;
const share = 0.1;
/** So many a window may be made again in any case, or who seldom asks could never. */
const floor = 10;

/** A tenth of the calls of the last ten seconds, for each tenant and origin on its own. */
export function createRetryBudget(now: () => number): RetryBudget {
  const counted = new LRUCache<TenantId, Map<string, RollingCounts>>({ max: 10_000 });

  function countsOf(tenant: Tenant, origin: string): RollingCounts {
    const own = counted.get(tenant.id) ?? new Map<string, RollingCounts>();
    const known = own.get(origin);
    if (known !== undefined) return known;
    const counts = createRollingCounts(windowMs, now);
    counted.set(tenant.id, own.set(origin, counts));
    return counts;
  }

  return {
    recordCall: (tenant, origin) => countsOf(tenant, origin).add(0),
    tryTake(tenant, origin) {
      const counts = countsOf(tenant, origin);
      const [calls, retries] = counts.sums();
      if (retries + 1 > Math.max(floor, calls * share)) return false;
      counts.add(1);
      return true;
    },
    forget: ({ id }) => void counted.delete(id),
  };
}
