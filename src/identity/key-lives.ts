import type { TenantId } from '../tenant-id.ts';
import type { LiveTenant } from './tenants.ts';

/** How long a caller of a tenant still has a key. */
export interface KeyLife {
  readonly tenantId: TenantId;
  /** The name that the keys of the caller have. */
  readonly name: string;
  /** Until the last key of that name expires; negative where it has. */
  readonly remainingMs: number;
}

/**
 * Reads when the callers of tenants lose their last key, at a time in milliseconds since the epoch. A
 * key that is replaced has a newer one of the same name beside it, so the last one counts. Callers
 * with a key that never expires are left out.
 */
export function readKeyLives(tenants: readonly LiveTenant[], now: number): KeyLife[] {
  return tenants.flatMap(({ id, settings }) => {
    const ends = new Map<string, number>();
    for (const { name, expiresAt } of settings.keys) {
      const end = expiresAt ?? Number.POSITIVE_INFINITY;
      ends.set(name, Math.max(end, ends.get(name) ?? Number.NEGATIVE_INFINITY));
    }
    return [...ends]
      .filter(([, end]) => Number.isFinite(end))
      .map(([name, end]) => ({ tenantId: id, name, remainingMs: end - now }));
  });
}
