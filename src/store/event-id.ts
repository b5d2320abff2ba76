import { createHash } from 'node:crypto';
import type { TenantId } from '../tenant-id.ts';

/**
 * The id of an event of a tenant's log: the same however often and by whatever way it is told, and not
 * the same for any two tenants. Nothing can be read from it.
 */
export function toEventId(tenantId: TenantId, number: number): string {
  const hash = createHash('sha256').update(`event\n${tenantId}\n${number}`).digest('base64url');
  return `evt_${hash.slice(0, 24)}`;
}
