import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { TenantId } from '../tenant-id.ts';

/** The names of reserved SSE streams, each good for one tenant only. */
export interface StreamTokens {
  issue(tenantId: TenantId): string;
  /** Whether a token was issued here to this tenant. */
  isFor(tenantId: TenantId, token: string): boolean;
}

/** Tokens that live as long as this process, as the streams they name do. */
export function createStreamTokens(): StreamTokens {
  const secret = randomBytes(32);
  const sealOf = (tenantId: TenantId, name: string) =>
    createHmac('sha256', secret).update(`${name}\n${tenantId}`).digest('base64url');

  return {
    issue(tenantId) {
      const name = randomBytes(16).toString('base64url');
      return `${name}.${sealOf(tenantId, name)}`;
    },
    isFor(tenantId, token) {
      const [name = '', seal = ''] = token.split('.');
      const [expected, given] = [Buffer.from(sealOf(tenantId, name)), Buffer.from(seal)];
      return expected.length === given.length && timingSafeEqual(expected, given);
    },
  };
}
