import type { TenantId } from '../tenant-id.ts';
import type { Counted } from './rate-limit.ts';

/** How many subscriptions may be open at once, over all transports. */
export interface SubscriptionLimits {
  /** Of one caller of a tenant. */
  readonly perCaller: (tenantId: TenantId) => number;
  readonly perProcess: number;
}

export interface SubscriptionCaps {
  /** Takes a place for a caller; null when there is none. The answer gives it back, once. */
  take(caller: Counted): (() => void) | null;
  /** How many places are taken: by one caller, or in all. */
  count(caller?: Counted): number;
  /** Gives no place to anybody any more; who has one keeps it. */
  close(): void;
}

/** Counts open subscriptions over all transports, by caller of a tenant and in all. */
export function createSubscriptionCaps(limits: SubscriptionLimits): SubscriptionCaps {
  const byCaller = new Map<string, number>();
  let total = 0;
  let isClosed = false;

  return {
    take(caller) {
      const key = keyOf(caller);
      const held = byCaller.get(key) ?? 0;
      if (isClosed || total >= limits.perProcess) return null;
      if (held >= limits.perCaller(caller.tenantId)) return null;
      total += 1;
      byCaller.set(key, held + 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        total -= 1;
        const left = (byCaller.get(key) ?? 1) - 1;
        if (left === 0) byCaller.delete(key);
        else byCaller.set(key, left);
      };
    },
    count: (caller) => (caller === undefined ? total : (byCaller.get(keyOf(caller)) ?? 0)),
    close() {
      isClosed = true;
    },
  };
}

/** Tenant ids hold no line break, so no two pairs make one key. */
function keyOf({ tenantId, name }: Counted): string {
  return `${tenantId}\n${name}`;
}
