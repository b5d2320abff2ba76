import type { AtlasCredentials, Tenant } from '../atlas/api/tenant.ts';
import type { TenantId } from '../tenant-id.ts';
import { isSameHash } from './same-secret.ts';
import type { Scope } from './scopes.ts';

/** A key that callers of a tenant may send; of the key itself only its hash is known. */
export interface TenantKey {
  /** The caller that sends it. Two keys of one name are one caller, so that a key can be replaced. */
  readonly name: string;
  /** SHA-256 of the key, in hex. */
  readonly sha256: string;
  readonly scopes: ReadonlySet<Scope>;
  /** When it ends, in milliseconds since the epoch; null: never. */
  readonly expiresAt: number | null;
}

/** Limits for each caller of a tenant; where one is undefined the limit of the process applies. */
export interface TenantLimits {
  readonly requestsPerMinute?: number | undefined;
  readonly atlasCalls?: number | undefined;
  readonly subscriptions?: number | undefined;
  /** The limit for all its callers together; by default nine tenths of that of the process. */
  readonly tenant?:
    | {
        readonly requestsPerMinute?: number | undefined;
        readonly subscriptions?: number | undefined;
      }
    | undefined;
}

/** All that is set for a tenant. */
export interface TenantSettings {
  readonly id: TenantId;
  readonly credentials: AtlasCredentials;
  readonly keys: readonly TenantKey[];
  /** The most that any of its callers may hold. */
  readonly scopes: ReadonlySet<Scope>;
  readonly limits: TenantLimits;
  /** Where pages of browsers may come from, besides the gateway's own. */
  readonly origins: readonly string[];
  readonly productType?: string | undefined;
  readonly fileHosts?: readonly string[] | undefined;
  /** Whether its files may be fetched by plain http; false without it. */
  readonly allowHttpFiles?: boolean | undefined;
  /** Hosts that callers may have results sent to; none without it. */
  readonly callbackHosts?: readonly string[] | undefined;
  /** Whether its callers may run the operations that are kept here and no others. */
  readonly persistedOnly: boolean;
  /** The value of the tenant claim of a JWT that names this tenant. */
  readonly jwtTenants: readonly string[];
  /**
   * Flow grants that were issued before this moment, in milliseconds since the epoch, do not hold;
   * undefined: that ends none.
   */
  readonly grantsNotBefore?: number | undefined;
  /** The token that Atlas sends with callbacks of its sandbox account; undefined: none. */
  readonly sandboxCallbackToken?: string | undefined;
}

/** A tenant as it is now: the same object however often its settings are replaced. */
export interface LiveTenant extends Tenant {
  readonly settings: TenantSettings;
}

/** A key that is held now, and whose. */
export interface HeldKey {
  readonly tenant: LiveTenant;
  readonly key: TenantKey;
}

/** The difference between two lists of tenants. */
export interface TenantChanges {
  readonly added: readonly LiveTenant[];
  readonly removed: readonly LiveTenant[];
  /** Those whose credentials at Atlas are not what they were. */
  readonly recredentialed: readonly LiveTenant[];
}

/** The current tenants. */
export interface Tenants {
  find(tenantId: TenantId): LiveTenant | undefined;
  all(): readonly LiveTenant[];
  /** The settings of a tenant; of one that is gone but still has callers, its last settings. */
  settingsOf(tenantId: TenantId): TenantSettings | undefined;
  /** The key that a text is, by its SHA-256 in hex. Says nothing of its expiry. */
  findKey(sha256: string): HeldKey | undefined;
  /** For whom the tenant claim of a JWT stands. */
  ofClaim(claim: string): LiveTenant | undefined;
  /** Takes a new list in place of the one before. */
  replace(settings: readonly TenantSettings[]): TenantChanges;
}

/**
 * A live view of the tenants. A watch or a call that began before a change goes on with the same
 * tenant, and finds its newest settings there.
 */
export function createTenants(initial: readonly TenantSettings[]): Tenants {
  /** Everyone there ever was, so that whoever comes back is the same again. */
  const known = new Map<TenantId, Live>();
  let present = new Map<TenantId, Live>();
  let keys = new Map<string, HeldKey>();
  let claims = new Map<string, LiveTenant>();

  function replace(settings: readonly TenantSettings[]): TenantChanges {
    const before = present;
    const recredentialed: LiveTenant[] = [];
    present = new Map();
    keys = new Map();
    claims = new Map();
    for (const each of settings) {
      const tenant = known.get(each.id) ?? createLive(each);
      if (!isSame(tenant.settings.credentials, each.credentials)) recredentialed.push(tenant);
      tenant.settings = each;
      known.set(each.id, tenant);
      present.set(each.id, tenant);
      for (const key of each.keys) keys.set(key.sha256, { tenant, key });
      for (const claim of each.jwtTenants) claims.set(claim, tenant);
    }
    return {
      added: [...present.values()].filter(({ id }) => !before.has(id)),
      removed: [...before.values()].filter(({ id }) => !present.has(id)),
      recredentialed,
    };
  }
  replace(initial);

  return {
    find: (tenantId) => present.get(tenantId),
    all: () => [...present.values()],
    settingsOf: (tenantId) => known.get(tenantId)?.settings,
    findKey(sha256) {
      // How long the look-up takes tells of a hash at most, and a hash is nothing to send. That the
      // hash is the whole of it is settled in constant time.
      const found = keys.get(sha256);
      return found && isSameHash(found.key.sha256, sha256) ? found : undefined;
    },
    ofClaim: (claim) => claims.get(claim),
    replace,
  };
}

interface Live extends LiveTenant {
  settings: TenantSettings;
}

function createLive(settings: TenantSettings): Live {
  return {
    id: settings.id,
    settings,
    get credentials() {
      return this.settings.credentials;
    },
    get productType() {
      return this.settings.productType;
    },
    get fileHosts() {
      return this.settings.fileHosts;
    },
    get allowHttpFiles() {
      return this.settings.allowHttpFiles;
    },
    get callbackHosts() {
      return this.settings.callbackHosts;
    },
  };
}

function isSame(one: AtlasCredentials, other: AtlasCredentials): boolean {
  return (
    one.clientId === other.clientId &&
    one.clientSecret === other.clientSecret &&
    one.addressClientId === other.addressClientId &&
    one.addressClientSecret === other.addressClientSecret
  );
}
