import type { TenantId } from '../../src/tenant-id.ts';

/** Makes the id of a tenant for a test. */
export function toTenantId(text: string): TenantId {
  return text as TenantId;
}
