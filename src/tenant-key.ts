import type { TenantId } from './tenant-id.ts';

/** Makes one key of a tenant and what a thing is called there. */
export type ToTenantKey = (tenantId: TenantId, name: string) => string;

/**
 * Ids of tenants hold no line break (config), so no two pairs make one key. The last one is
 * remembered: a thing is looked up several times in a row, and a text that was put together anew is
 * read whole to be found.
 */
export function createToTenantKey(): ToTenantKey {
  let lastTenantId: TenantId | undefined;
  let lastName = '';
  let lastKey = '';
  return (tenantId, name) => {
    if (tenantId !== lastTenantId || name !== lastName) {
      lastTenantId = tenantId;
      lastName = name;
      lastKey = `${tenantId}\n${name}`;
    }
    return lastKey;
  };
}
