import { createHash } from 'node:crypto';
import type { After } from '../atlas/deadline/timer.ts';
import { type GrantRegister, StoreError } from '../store/store.ts';
import { hashKey } from './api-keys.ts';
import { type FlowGrants, grantPrefix } from './flow-grants.ts';
import { createGrantBearer } from './grant-bearer.ts';
import { IdentityUnavailableError } from './identity-error.ts';
import { createIssuers } from './issuers.ts';
import type { JwtClaims, JwtReader } from './jwt.ts';
import { type Principal, toVisibility } from './principal.ts';
import { isScope, type Scope } from './scopes.ts';
import type { HeldKey, LiveTenant, Tenants } from './tenants.ts';

/**
 * Reads an `Authorization` value (`Bearer …`); null when it proves nobody. Rejects with an
 * IdentityUnavailableError when that can't be told now.
 */
export type Authenticate = (
  authorization: string | undefined,
) => Promise<Principal | null> | Principal | null;

/** The options of `createAuthenticate`. */
export interface AuthenticateOptions {
  readonly tenants: Tenants;
  readonly grants: Pick<FlowGrants, 'read'>;
  /** Where revocations of grants are written down. */
  readonly register: Pick<GrantRegister, 'revokedBefore'>;
  /** Undefined: no JWT proves anybody. */
  readonly jwts?: JwtReader | undefined;
  readonly now: () => number;
  readonly monotonicMs: () => number;
  readonly after: After;
}

/**
 * Recognises callers by what they bring: the key of a tenant, a JWT of the identity provider, or
 * leave for one flow. `isCurrent` checks the credential anew, so that a credential that was removed
 * from the tenants' settings ends at once.
 */
export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const { tenants, grants, jwts, now } = options;
  const issuers = createIssuers(options);
  /** A key that is replaced is another object, and so is its holder. */
  const keyHolders = new WeakMap<HeldKey, Principal>();

  function toKeyHolder(sha256: string, heldKey: HeldKey): Principal {
    const known = keyHolders.get(heldKey);
    if (known !== undefined) return known;
    const holder = createKeyHolder(sha256, heldKey);
    keyHolders.set(heldKey, holder);
    return holder;
  }

  function createKeyHolder(sha256: string, { tenant, key }: HeldKey): Principal {
    const visibility = toVisibility(key.scopes, null);
    const holder: Principal = {
      tenant,
      callerId: key.name,
      scopes: key.scopes,
      issuer: { kind: 'key', callerId: key.name, sha256 },
      grant: null,
      visibility,
      expiresAt: key.expiresAt,
      recheck: async () => holder.isCurrent(),
      isCurrent() {
        const found = issuers.findKey(sha256);
        return (
          found?.tenant === tenant &&
          found.key.name === key.name &&
          toVisibility(found.key.scopes, null) === visibility
        );
      },
    };
    return holder;
  }

  async function readGrant(credential: string): Promise<Principal | null> {
    const grant = await grants.read(credential);
    if (grant === null) return null;
    try {
      return await createGrantBearer(grant, { ...options, issuers });
    } catch (error) {
      if (error instanceof StoreError) throw new IdentityUnavailableError(error);
      throw error;
    }
  }

  async function readJwt(reader: JwtReader, credential: string): Promise<Principal | null> {
    const claims = await reader.read(credential);
    const tenant = claims && tenants.ofClaim(claims.tenant);
    if (!claims || !tenant) return null;
    const scopes = toScopes(claims, tenant);
    const visibility = toVisibility(scopes, null);
    const callerId = `jwt ${toPlainSubject(claims.subject)}`;
    const isCurrent = () =>
      now() < claims.endsAt &&
      tenants.ofClaim(claims.tenant) === tenant &&
      toVisibility(toScopes(claims, tenant), null) === visibility;
    return {
      tenant,
      callerId,
      scopes,
      issuer: { kind: 'jwt', callerId, iss: reader.issuer, tenantClaim: claims.tenant },
      grant: null,
      visibility,
      expiresAt: claims.endsAt,
      isCurrent,
      recheck: async () => isCurrent(),
    };
  }

  return (authorization) => {
    const credential = /^Bearer +(\S+)$/i.exec(authorization?.trim() ?? '')?.[1];
    if (credential === undefined) return null;
    const sha256 = hashKey(credential);
    const found = issuers.findKey(sha256);
    if (found !== undefined) return toKeyHolder(sha256, found);
    if (credential.startsWith(grantPrefix)) return readGrant(credential);
    const isSigned = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(credential);
    return isSigned && jwts ? readJwt(jwts, credential) : null;
  };
}

/** Returns the scopes of a JWT: those that are known here and that its tenant may have. */
function toScopes({ scopes }: JwtClaims, { settings }: LiveTenant): ReadonlySet<Scope> {
  return new Set(scopes.filter(isScope).filter((scope) => settings.scopes.has(scope)));
}

/** A subject that is fit for a log, or a hash of it: two of them never look the same. */
function toPlainSubject(subject: string): string {
  if (/^[\w.@|:+-]{1,64}$/.test(subject) && !subject.startsWith('sha256:')) return subject;
  return `sha256:${createHash('sha256').update(subject).digest('base64url')}`;
}
