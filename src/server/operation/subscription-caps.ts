import type { TenantId } from '../../tenant-id.ts';
import type { Counted } from './rate-limit.ts';

/** How many of a kind may be open at once, over all transports: subscriptions and waits, sockets, streams. */
export interface SubscriptionLimits {
  /** Of one caller of a tenant; the bearer of one of its grants has half of that. */
  readonly perCaller: (tenantId: TenantId) => number;
  /** Of all callers of a tenant together; as many as of the process by default. */
  readonly perTenant?: (tenantId: TenantId) => number;
  readonly perProcess: number;
}

export interface SubscriptionCaps {
  /** Takes a permit for a caller; null when there is none. The answer gives it back, once. */
  take(caller: Counted): (() => void) | null;
  /** How many permits are taken: by one caller, or in all. */
  count(caller?: Counted): number;
  /** How many permits all callers of a tenant have taken. */
  countOf(tenantId: TenantId): number;
  /** Whether the process has no permit left for anybody. */
  isFull(): boolean;
  /** Gives no permit any more; those that were taken stay valid. */
  close(): void;
}

/** A caller may have that many connections however few its subscriptions: refusals travel on them too. */
const leastConnections = 10;

/** The limits of sockets, and of reserved streams: those of subscriptions, but ten for each caller. */
export function toConnectionLimits(limits: Required<SubscriptionLimits>): SubscriptionLimits {
  const { perProcess } = limits;
  return {
    perProcess,
    perCaller: (tenantId) => Math.max(leastConnections, limits.perCaller(tenantId)),
    perTenant: (tenantId) =>
      Math.min(perProcess, Math.max(leastConnections, limits.perTenant(tenantId))),
  };
}

/** Counts what is open of one kind by caller, by tenant and in all. */
export function createSubscriptionCaps(limits: SubscriptionLimits): SubscriptionCaps {
  const { perTenant = () => limits.perProcess } = limits;
  const byCaller = createTally();
  const byGrant = createTally();
  const byTenant = createTally();
  let total = 0;
  let isClosed = false;

  return {
    take(caller) {
      const { tenantId } = caller;
      const key = keyOf(caller);
      const grantKey = caller.grantId === undefined ? null : `${tenantId}\n${caller.grantId}`;
      const mostOfCaller = limits.perCaller(tenantId);
      if (isClosed || total >= limits.perProcess) return null;
      if (byTenant.count(tenantId) >= perTenant(tenantId)) return null;
      if (byCaller.count(key) >= mostOfCaller) return null;
      if (grantKey !== null && byGrant.count(grantKey) >= toShareOfGrant(mostOfCaller)) return null;
      total += 1;
      byTenant.add(tenantId, 1);
      byCaller.add(key, 1);
      if (grantKey !== null) byGrant.add(grantKey, 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        total -= 1;
        byTenant.add(tenantId, -1);
        byCaller.add(key, -1);
        if (grantKey !== null) byGrant.add(grantKey, -1);
      };
    },
    count: (caller) => (caller === undefined ? total : byCaller.count(keyOf(caller))),
    countOf: byTenant.count,
    isFull: () => total >= limits.perProcess,
    close() {
      isClosed = true;
    },
  };
}

/** A grant's bearer, a borrower's phone perhaps, leaves room for the caller that issued the grant. */
function toShareOfGrant(mostOfCaller: number): number {
  return Math.max(1, Math.floor(mostOfCaller / 2));
}

/** Counts by name, which keep no memory once they are 0. */
function createTally() {
  const counts = new Map<string, number>();
  const count = (name: string) => counts.get(name) ?? 0;
  return {
    count,
    add(name: string, change: number) {
      const after = count(name) + change;
      if (after === 0) counts.delete(name);
      else counts.set(name, after);
    },
  };
}

/** Tenant ids hold no line break, so no two pairs make one key. */
function keyOf({ tenantId, name }: Counted): string {
  return `${tenantId}\n${name}`;
}
