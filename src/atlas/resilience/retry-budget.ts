import { LRUCache } from 'lru-cache';
import type { TenantId } from '../../tenant-id.ts';
import type { Tenant } from '../api/tenant.ts';
import { createRollingCounts, type RollingCounts } from './rolling-counts.ts';

/** Limits retries, so that a failing Atlas does not get three times the load. */
export interface RetryBudget {
  /** Records the first attempt of a call. */
  recordCall(tenant: Tenant, origin: string): void;
  /** Takes one retry out of the budget; false if it is used up. */
  tryTake(tenant: Tenant, origin: string): boolean;
  /** Resets the budget of a tenant. */
  forget(tenant: Tenant): void;
}

const windowMs = 10_000;
const share = 0.1;
/**
 * The retries of a window that are always allowed, so that a tenant with few calls can retry at
 * all.
 */
const floor = 10;

/**
 * Creates a budget of a tenth of the calls of the last ten seconds, for each tenant and host by
 * itself.
 */
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
