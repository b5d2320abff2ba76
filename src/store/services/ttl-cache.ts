import { LRUCache } from 'lru-cache';
import type { TenantId } from '../../tenant-id.ts';
import { createToTenantKey } from '../../tenant-key.ts';

/** A cache by tenant and key whose values are dropped from memory after a fixed time. */
export interface TtlCache<Value extends object> {
  get(tenantId: TenantId, key: string): Value | undefined;
  set(tenantId: TenantId, key: string, value: Value): void;
  delete(tenantId: TenantId, key: string): void;
  /** The remaining time of a value in milliseconds; undefined if there is none. */
  leftMs(tenantId: TenantId, key: string): number | undefined;
}

/** The options of `createTtlCache`. */
export interface TtlCacheOptions<Value> {
  /** How long a value is kept, in milliseconds from when it was set; 0: not at all. */
  readonly ttlMs: number;
  /** How much room a value takes, at least 1. */
  readonly sizeOf: (value: Value) => number;
  /** How much room there is for all; the values used longest ago make room. */
  readonly maxSize: number;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
}

/** Creates a cache in the memory of this process; it is never written to disk or network. */
export function createTtlCache<Value extends object>(
  options: TtlCacheOptions<Value>,
): TtlCache<Value> {
  const { ttlMs, sizeOf, maxSize, now } = options;
  const keyOf = createToTenantKey();
  if (ttlMs === 0) {
    return { get: () => undefined, set: () => {}, delete: () => {}, leftMs: () => undefined };
  }
  const values = new LRUCache<string, Value>({
    maxSize,
    sizeCalculation: sizeOf,
    ttl: ttlMs,
    ttlResolution: 0,
    // An entry is dropped when its time comes, and not only on its next read.
    ttlAutopurge: true,
    // lru-cache takes a start of 0 for "no start", so its clock must never show 0
    perf: { now: () => now() + 1 },
  });

  return {
    get: (tenantId, key) => values.get(keyOf(tenantId, key)),
    set: (tenantId, key, value) => void values.set(keyOf(tenantId, key), value),
    delete: (tenantId, key) => void values.delete(keyOf(tenantId, key)),
    leftMs: (tenantId, key) => {
      const left = values.getRemainingTTL(keyOf(tenantId, key));
      return left > 0 ? left : undefined;
    },
  };
}
