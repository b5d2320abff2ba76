import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { TenantId } from '../../tenant-id.ts';

/** The caller that a stream belongs to, whichever of its credentials it sends. */
export interface StreamOwner {
  readonly tenantId: TenantId;
  readonly callerIdentity: string;
}

/** The names of reserved SSE streams, each valid for one owner only. */
export interface StreamTokens {
  issue(owner: StreamOwner): string;
  /** Whether a token was issued here to this owner. */
  isFor(owner: StreamOwner, token: string): boolean;
}

/** Tokens that live as long as this process, as the streams they name do. */
export function createStreamTokens(): StreamTokens {
  const secret = randomBytes(32);
  const sealOf = ({ tenantId, callerIdentity }: StreamOwner, name: string) =>
    createHmac('sha256', secret)
      .update(JSON.stringify([name, tenantId, callerIdentity]))
      .digest('base64url');

  return {
    issue(owner) {
      const name = randomBytes(16).toString('base64url');
      return `${name}.${sealOf(owner, name)}`;
    },
    isFor(owner, token) {
      const [name = '', seal = ''] = token.split('.');
      const [expected, given] = [Buffer.from(sealOf(owner, name)), Buffer.from(seal)];
      return expected.length === given.length && timingSafeEqual(expected, given);
    },
  };
}
