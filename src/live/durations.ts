import { LRUCache } from 'lru-cache';
import type { TenantId } from '../tenant-id.ts';

/** How long flows take from upload to end, as this process saw them, by tenant. */
export interface Durations {
  record(tenantId: TenantId, durationMs: number): void;
  /** The median of the last ones, in milliseconds; null until there are three. */
  usualMs(tenantId: TenantId): number | null;
}

const remembered = 32;
const fewest = 3;

/** Remembers the last 32 durations of each tenant. */
export function createDurations(): Durations {
  const byTenant = new LRUCache<TenantId, readonly number[]>({ max: 10_000 });
  return {
    record(tenantId, durationMs) {
      const last = byTenant.get(tenantId) ?? [];
      byTenant.set(tenantId, [...last, durationMs].slice(-remembered));
    },
    usualMs(tenantId) {
      const sorted = [...(byTenant.get(tenantId) ?? [])].sort((one, other) => one - other);
      return sorted.length < fewest ? null : (sorted[Math.floor(sorted.length / 2)] ?? null);
    },
  };
}
