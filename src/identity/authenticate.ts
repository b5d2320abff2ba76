import { createHash } from 'node:crypto';
import { hashKey } from './api-keys.ts';
import { type FlowGrant, type FlowGrants, grantPrefix } from './flow-grants.ts';
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

export interface AuthenticateOptions {
  readonly tenants: Tenants;
  readonly grants: FlowGrants;
  /** Undefined: no JWT proves anybody. */
  readonly jwts?: JwtReader | undefined;
  readonly now: () => number;
}

/**
 * Recognises callers by what they bring: the key of a tenant, a JWT of the identity provider, or
 * leave for one flow. Whatever a caller was recognised by is looked at anew by `isCurrent`, so that
 * what was taken out of the tenants' settings is over at once.
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
    return {
      tenant,
      callerId: key.name,
      scopes: key.scopes,
      issuer: { kind: 'key', callerId: key.name, sha256 },
      grant: null,
      visibility,
      isCurrent() {
        const held = issuers.findKey(sha256);
        return (
          held?.tenant === tenant &&
          held.key.name === key.name &&
          toVisibility(held.key.scopes, null) === visibility
        );
      },
    };
  }

  async function readGrant(credential: string): Promise<Principal | null> {
    const grant = await grants.read(credential);
    const tenant = grant && tenants.find(grant.tenantId);
    if (!grant || !tenant) return null;
    const isCurrent = () =>
      now() < grant.expiresAt &&
      tenants.find(tenant.id) === tenant &&
      mayIssue(issuers.scopesOf(grant.issuer, tenant.id), grant);
    if (!isCurrent()) return null;
    return {
      tenant,
      callerId: `grant ${grant.id}`,
      scopes: new Set(),
      issuer: grant.issuer,
      grant,
      visibility: toVisibility(new Set(), grant),
      isCurrent,
    };
  }

  async function readJwt(reader: JwtReader, credential: string): Promise<Principal | null> {
    const claims = await reader.read(credential);
    const tenant = claims && tenants.ofClaim(claims.tenant);
    if (!claims || !tenant) return null;
    const scopes = toScopes(claims, tenant);
    const visibility = toVisibility(scopes, null);
    const callerId = `jwt ${toPlainSubject(claims.subject)}`;
    return {
      tenant,
      callerId,
      scopes,
      issuer: { kind: 'jwt', callerId, iss: reader.issuer, tenantClaim: claims.tenant },
      grant: null,
      visibility,
      isCurrent: () =>
        now() < claims.endsAt &&
        tenants.ofClaim(claims.tenant) === tenant &&
        toVisibility(toScopes(claims, tenant), null) === visibility,
    };
  }

  return (authorization) => {
    const credential = /^Bearer +(\S+)$/i.exec(authorization?.trim() ?? '')?.[1];
    if (credential === undefined) return null;
    const sha256 = hashKey(credential);
    const held = issuers.findKey(sha256);
    if (held !== undefined) return toKeyHolder(sha256, held);
    if (credential.startsWith(grantPrefix)) return readGrant(credential);
    const isSigned = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(credential);
    return isSigned && jwts ? readJwt(jwts, credential) : null;
  };
}

/** Whether a caller with these scopes may issue a grant; `issueFlowGrant` asks for the same. */
function mayIssue(held: ReadonlySet<Scope> | null, { canReadDocuments }: FlowGrant): boolean {
  if (held?.has('flows:write') !== true) return false;
  return !canReadDocuments || held.has('flows:read');
}

/** What a JWT gives: scopes that are known here, and none that its tenant may not have. */
function toScopes({ scopes }: JwtClaims, { settings }: LiveTenant): ReadonlySet<Scope> {
  return new Set(scopes.filter(isScope).filter((scope) => settings.scopes.has(scope)));
}

/** A subject that is fit for a log, or a hash of it: two of them never look the same. */
function toPlainSubject(subject: string): string {
  if (/^[\w.@|:+-]{1,64}$/.test(subject) && !subject.startsWith('sha256:')) return subject;
  return `sha256:${createHash('sha256').update(subject).digest('base64url')}`;
}
