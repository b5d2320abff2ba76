import { randomUUID } from 'node:crypto';
import { createSeal } from '../store/seal.ts';
import type { TenantId } from '../tenant-id.ts';
import type { Issuer } from './issuers.ts';

/** Permission to read one flow, for a limited time. */
export interface FlowGrant {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly flowUuid: string;
  readonly canReadDocuments: boolean;
  /** The caller that issued it: the grant holds no longer than that caller may issue it. */
  readonly issuer: Issuer;
  /** In milliseconds since the epoch, as is `expiresAt`. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Issues and verifies flow grants. */
export interface FlowGrants {
  /** Signs a grant; the token is all there is of it. `issuedAt` is now by default. */
  issue(grant: {
    readonly tenantId: TenantId;
    readonly flowUuid: string;
    readonly canReadDocuments: boolean;
    readonly issuer: Issuer;
    readonly ttlSeconds: number;
    readonly issuedAt?: number;
  }): Promise<{ readonly token: string; readonly expiresAt: number }>;
  /**
   * Reads a token. Null when it was not issued here, has expired, lives longer than a grant may, or
   * has no issuer, as those of earlier versions have none.
   */
  read(token: string): Promise<FlowGrant | null>;
}

/** The options of `createFlowGrants`. */
export interface FlowGrantOptions {
  /** The newest first; a token signed with any of them is accepted, so that they can be rotated. */
  readonly secrets: readonly [string, ...string[]];
  readonly now?: () => number;
}

/** The prefix that tells a flow grant from an API key or a JWT. */
export const grantPrefix = 'agg_';
/** The longest life of a grant, in seconds: a day. */
export const longestGrantSeconds = 86_400;
/** How far the clocks of two processes may differ, in milliseconds. */
const clockToleranceMs = 60_000;
const audience = 'atlas-gateway/flow';
const algorithm = 'HS256';

/**
 * Grants as signed tokens (RFC 7519, HS256): any process with the secret can read them. The issuer is
 * sealed in them, since its name is not for a borrower's phone.
 */
export function createFlowGrants({ secrets, now = Date.now }: FlowGrantOptions): FlowGrants {
  const keys = secrets.map((secret) => new TextEncoder().encode(`flow-grant ${secret}`));
  const seal = createSeal(secrets);
  let jose: Promise<typeof import('jose')> | undefined;

  /** A process that reads no grant does not load jose. */
  function load() {
    jose ??= import('jose');
    return jose;
  }

  async function verify(token: string, key: Uint8Array) {
    const { errors, jwtVerify } = await load();
    try {
      return await jwtVerify(token, key, {
        audience,
        algorithms: [algorithm],
        currentDate: new Date(now()),
        requiredClaims: ['exp', 'iat', 'jti', 'sub'],
      });
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }

  /** A token that verifies was signed here; still, each claim is checked, as others may know the secret. */
  function toGrant(claims: Readonly<Record<string, unknown>>): FlowGrant | null {
    const { flow, documents, by, sub, exp, iat, jti } = claims;
    if (!isText(flow) || !isText(by) || !isText(sub) || !isText(jti)) return null;
    if (typeof exp !== 'number' || typeof iat !== 'number') return null;
    const issuedAt = Math.round(iat * 1000);
    const expiresAt = exp * 1000;
    if (issuedAt > now() + clockToleranceMs) return null;
    if (expiresAt - issuedAt > longestGrantSeconds * 1000) return null;
    const issuer = seal.open(by, sealedFor(jti));
    if (issuer === null) return null;
    return {
      id: jti,
      tenantId: readTenantId(sub),
      flowUuid: flow,
      canReadDocuments: documents === true,
      issuer: readIssuer(issuer),
      issuedAt,
      expiresAt,
    };
  }

  return {
    async issue({ tenantId, flowUuid, canReadDocuments, issuer, ttlSeconds, issuedAt = now() }) {
      const expiresAt = Math.floor(issuedAt / 1000) + ttlSeconds;
      const [key] = keys;
      if (key === undefined) throw new Error('a grant needs a secret');
      const { SignJWT } = await load();
      const id = randomUUID();
      const by = seal.seal(JSON.stringify(issuer), sealedFor(id));
      const token = await new SignJWT({ flow: flowUuid, documents: canReadDocuments, by })
        .setProtectedHeader({ alg: algorithm })
        .setSubject(tenantId)
        .setAudience(audience)
        .setJti(id)
        // A NumericDate may have a fraction (RFC 7519, 2).
        .setIssuedAt(issuedAt / 1000)
        .setExpirationTime(expiresAt)
        .sign(key);
      return { token: `${grantPrefix}${token}`, expiresAt: expiresAt * 1000 };
    },
    async read(token) {
      if (!token.startsWith(grantPrefix)) return null;
      for (const key of keys) {
        const verified = await verify(token.slice(grantPrefix.length), key);
        if (verified !== null) return toGrant(verified.payload);
      }
      return null;
    },
  };
}

function isText(claim: unknown): claim is string {
  return typeof claim === 'string' && claim !== '';
}

/** The name under which a grant's issuer is sealed: it fits no other grant. */
function sealedFor(grantId: string): string {
  return `issuer of grant ${grantId}`;
}

/** The tenant's id in a grant, where our own signature shows that we put it there. */
function readTenantId(signed: string): TenantId {
  return signed as TenantId;
}

/** The issuer in a grant, where our own seal shows that we put it there. */
function readIssuer(sealed: string): Issuer {
  return JSON.parse(sealed);
}
