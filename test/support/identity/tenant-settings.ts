import { hashKey } from '../../../src/identity/api-keys.ts';
import { type Scope, scopes } from '../../../src/identity/scopes.ts';
import type { TenantKey, TenantSettings } from '../../../src/identity/tenants.ts';
import { toTenantId } from '../tenant-id.ts';

/** The settings of a tenant, with all that a test does not name left open. */
export function toSettings(
  id: string,
  { keys = [], ...given }: Partial<TenantSettings> = {},
): TenantSettings {
  return {
    id: toTenantId(id),
    credentials: {
      clientId: `${id}-client`,
      clientSecret: `${id}-secret`,
      addressClientId: `${id}-client`,
      addressClientSecret: `${id}-secret`,
    },
    keys,
    scopes: new Set(scopes),
    limits: {},
    origins: [],
    persistedOnly: false,
    jwtTenants: [id],
    ...given,
  };
}

/** The stored form of a key. */
export function toKey(key: string, given: Partial<TenantKey> = {}): TenantKey {
  const held: readonly Scope[] = scopes;
  return {
    name: 'sample',
    sha256: hashKey(key),
    scopes: new Set(held),
    expiresAt: null,
    ...given,
  };
}
