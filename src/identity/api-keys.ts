import { createHash, timingSafeEqual } from 'node:crypto';
import type { Tenant } from '../atlas/tenant.ts';
import { type Principal, toVisibility } from './principal.ts';
import { scopes } from './scopes.ts';

/** Reads an `Authorization` value (`Bearer …`); null when it proves nobody. */
export type Authenticate = (authorization: string | undefined) => Principal | null;

/** Takes one key for one tenant, with every scope; compared in constant time. */
export function createAuthenticate(options: { apiKey: string; tenant: Tenant }): Authenticate {
  const expected = sha256(options.apiKey);
  const held = new Set(scopes);
  const principal: Principal = {
    tenant: options.tenant,
    callerId: 'gateway-key',
    scopes: held,
    grant: null,
    visibility: toVisibility(held, null),
    isCurrent: () => true,
  };
  return (authorization) => {
    const key = /^Bearer +(\S+)$/i.exec(authorization?.trim() ?? '')?.[1];
    return key !== undefined && timingSafeEqual(sha256(key), expected) ? principal : null;
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
