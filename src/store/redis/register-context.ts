import type { TenantId } from '../../tenant-id.ts';
import type { RedisLink } from './link.ts';

/** A Redis connection and a key lifetime, shared by the registers. */
export interface RegisterContext {
  readonly link: RedisLink;
  /**
   * Adds a tenant to the list that retention walks; call it before the first write for the tenant.
   */
  readonly registerTenant: (tenantId: TenantId) => Promise<void>;
  /** The time to live of a key after its last write, in milliseconds. */
  readonly lifeMs: number;
}

/** The prefix of all keys of this gateway; the number is the version of their shapes. */
export const root = 'atlas-gateway:1:';

/** Returns the prefix of all keys of a tenant, escaped so that no two tenants' keys are equal. */
export function tenantRoot(tenantId: TenantId): string {
  return `${root}t:${encodeURIComponent(tenantId)}:`;
}

/** The tenant whose keys begin as this one does; null for a key of no tenant. */
export function tenantOf(key: string): TenantId | null {
  const name = key.startsWith(`${root}t:`)
    ? key.slice(`${root}t:`.length).split(':')[0]
    : undefined;
  // The id of a tenant was escaped by `tenantRoot`.
  return name === undefined ? null : (decodeURIComponent(name) as TenantId);
}
