import { createHash, timingSafeEqual } from 'node:crypto';
import type { Tenant } from '../atlas/tenant.ts';
import type { Principal } from './principal.ts';

/** Reads an `Authorization` value (`Bearer …`); null when it proves nobody. */
export type Authenticate = (authorization: string | undefined) => Principal | null;

/** Takes one key for one tenant, compared in constant time. */
export function createAuthenticate(options: { apiKey: string; tenant: Tenant }): Authenticate {
  const expected = sha256(options.apiKey);
  const principal: Principal = { tenant: options.tenant };
  return (authorization) => {
    const key = /^Bearer +(\S+)$/i.exec(authorization?.trim() ?? '')?.[1];
    return key !== undefined && timingSafeEqual(sha256(key), expected) ? principal : null;
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
