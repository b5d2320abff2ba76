import type { TenantId } from '../tenant-id.ts';
import type { JwtReader } from './jwt.ts';
import type { Scope } from './scopes.ts';
import type { LiveTenant, TenantKey, Tenants } from './tenants.ts';

/** A credential that flow grants are issued with: a tenant's key, or the JWTs of one subject. */
export type Issuer = KeyIssuer | JwtIssuer;

interface KeyIssuer {
  readonly kind: 'key';
  /** The caller id of its bearer: the name of the key. */
  readonly callerId: string;
  /** SHA-256 of the key, in hex. */
  readonly sha256: string;
}

interface JwtIssuer {
  readonly kind: 'jwt';
  /** The caller id of its bearer: `jwt` and the subject. */
  readonly callerId: string;
  /** The `iss` claim. */
  readonly iss: string;
  /** The tenant claim. */
  readonly tenantClaim: string;
}

/** The options of `createIssuers`. */
export interface IssuersOptions {
  readonly tenants: Tenants;
  /** Undefined: JWTs are not accepted. */
  readonly jwts?: Pick<JwtReader, 'issuer'> | undefined;
  readonly now: () => number;
}

/** The credentials of all tenants, as they are configured now. */
export interface Issuers {
  /** A key that is configured and has not expired, by its SHA-256 in hex. */
  findKey(sha256: string): { readonly tenant: LiveTenant; readonly key: TenantKey } | undefined;
  /**
   * The scopes that an issuer of a tenant may hold now; null once it is gone. Of the JWTs of a
   * subject that is as much as the configuration shows: the identity provider is still trusted, its
   * tenant claim still stands for this tenant, and the tenant still has the scopes.
   */
  scopesOf(issuer: Issuer, tenantId: TenantId): ReadonlySet<Scope> | null;
}

/** Looks credentials up in the tenants' settings. */
export function createIssuers({ tenants, jwts, now }: IssuersOptions): Issuers {
  function findKey(sha256: string): ReturnType<Issuers['findKey']> {
    const found = tenants.findKey(sha256);
    const endsAt = found?.key.expiresAt ?? null;
    return endsAt === null || now() < endsAt ? found : undefined;
  }

  return {
    findKey,
    scopesOf(issuer, tenantId) {
      if (issuer.kind === 'key') {
        const found = findKey(issuer.sha256);
        if (found === undefined || found.tenant.id !== tenantId) return null;
        return found.key.name === issuer.callerId ? found.key.scopes : null;
      }
      const tenant = tenants.ofClaim(issuer.tenantClaim);
      if (tenant?.id !== tenantId || jwts?.issuer !== issuer.iss) return null;
      return tenant.settings.scopes;
    },
  };
}
