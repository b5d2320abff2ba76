import { randomUUID } from 'node:crypto';
import type { TenantId } from '../tenant-id.ts';

/** Leave to see one flow, for a while. */
export interface FlowGrant {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly flowUuid: string;
  readonly canReadDocuments: boolean;
  readonly expiresAt: number;
}

export interface FlowGrants {
  /** Signs a grant; the token is all there is of it. */
  issue(grant: {
    readonly tenantId: TenantId;
    readonly flowUuid: string;
    readonly canReadDocuments: boolean;
    readonly ttlSeconds: number;
  }): Promise<{ readonly token: string; readonly expiresAt: number }>;
  /** Reads a token; null when it was not issued here, is over, or is no grant. */
  read(token: string): Promise<FlowGrant | null>;
}

export interface FlowGrantOptions {
  /** The newest first; what any of them signed is taken, so that they can be rotated. */
  readonly secrets: readonly [string, ...string[]];
  readonly now?: () => number;
}

export const grantPrefix = 'agg_';
const audience = 'atlas-gateway/flow';
const algorithm = 'HS256';

/** Grants as signed tokens (RFC 7519, HS256): any process with the secret can read them. */
export function createFlowGrants({ secrets, now = Date.now }: FlowGrantOptions): FlowGrants {
  const keys = secrets.map((secret) => new TextEncoder().encode(`flow-grant ${secret}`));
  let jose: Promise<typeof import('jose')> | undefined;

  /** Who never sees a grant holds nothing for it. */
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
        requiredClaims: ['exp', 'jti', 'sub'],
      });
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }

  return {
    async issue({ tenantId, flowUuid, canReadDocuments, ttlSeconds }) {
      const expiresAt = Math.floor(now() / 1000) + ttlSeconds;
      const [key] = keys;
      if (key === undefined) throw new Error('a grant needs a secret');
      const { SignJWT } = await load();
      const token = await new SignJWT({ flow: flowUuid, documents: canReadDocuments })
        .setProtectedHeader({ alg: algorithm })
        .setSubject(tenantId)
        .setAudience(audience)
        .setJti(randomUUID())
        .setExpirationTime(expiresAt)
        .sign(key);
      return { token: `${grantPrefix}${token}`, expiresAt: expiresAt * 1000 };
    },
    async read(token) {
      if (!token.startsWith(grantPrefix)) return null;
      for (const key of keys) {
        const verified = await verify(token.slice(grantPrefix.length), key);
        const { flow, documents, sub, exp, jti } = verified?.payload ?? {};
        if (typeof flow !== 'string' || !sub || !exp || !jti) continue;
        const canReadDocuments = documents === true;
        const tenantId = readTenantId(sub);
        return { id: jti, tenantId, flowUuid: flow, canReadDocuments, expiresAt: exp * 1000 };
      }
      return null;
    },
  };
}

/** The tenant's id in a grant, where our own signature shows that we put it there. */
function readTenantId(signed: string): TenantId {
  return signed as TenantId;
}
