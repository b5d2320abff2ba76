import type { Tenant } from '../atlas/tenant.ts';
import { type FlowGrants, grantPrefix } from './flow-grants.ts';
import { type Principal, toVisibility } from './principal.ts';
import { isSameSecret } from './same-secret.ts';
import { scopes } from './scopes.ts';

/** Reads an `Authorization` value (`Bearer …`); null when it proves nobody. */
export type Authenticate = (
  authorization: string | undefined,
) => Promise<Principal | null> | Principal | null;

export interface AuthenticateOptions {
  readonly tenant: Tenant;
  /** The tenant's key, which carries every scope; compared in constant time. */
  readonly apiKey: string;
  readonly grants: FlowGrants;
  readonly now: () => number;
}

/** Recognises callers by what they bring: the tenant's API key, or leave for one of its flows. */
export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const { tenant, apiKey, grants, now } = options;
  const held = new Set(scopes);
  const keyHolder: Principal = {
    tenant,
    callerId: 'gateway-key',
    scopes: held,
    grant: null,
    visibility: toVisibility(held, null),
    isCurrent: () => true,
  };

  async function readGrant(credential: string): Promise<Principal | null> {
    const grant = await grants.read(credential);
    if (grant === null || grant.tenantId !== tenant.id) return null;
    return {
      tenant,
      callerId: `grant ${grant.id}`,
      scopes: new Set(),
      grant,
      visibility: toVisibility(new Set(), grant),
      isCurrent: () => now() < grant.expiresAt,
    };
  }

  return (authorization) => {
    const credential = /^Bearer +(\S+)$/i.exec(authorization?.trim() ?? '')?.[1];
    if (credential === undefined) return null;
    if (isSameSecret(credential, apiKey)) return keyHolder;
    return credential.startsWith(grantPrefix) ? readGrant(credential) : null;
  };
}
