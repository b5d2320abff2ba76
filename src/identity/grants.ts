import type { GrantRegister } from '../store/store.ts';
import type { TenantId } from '../tenant-id.ts';
import type { FlowGrants } from './flow-grants.ts';
import type { Issuer } from './issuers.ts';

/** Issues and revokes grants. Both reject with a StoreError when the register can't be written. */
export interface Grants {
  /** A token, and when it expires, in milliseconds since the epoch. */
  issue(grant: {
    readonly tenantId: TenantId;
    readonly flowUuid: string;
    readonly canReadDocuments: boolean;
    readonly issuer: Issuer;
    readonly ttlSeconds: number;
  }): Promise<{ readonly token: string; readonly expiresAt: number }>;
  /**
   * Revokes every grant of a flow that was issued so far. The answer is the moment before which they
   * were issued, in milliseconds since the epoch.
   */
  revoke(tenantId: TenantId, flowUuid: string): Promise<number>;
}

/** The options of `createGrants`. */
export interface GrantsOptions {
  readonly tokens: Pick<FlowGrants, 'issue'>;
  readonly register: Pick<GrantRegister, 'issue' | 'revoke'>;
  readonly now: () => number;
}

/** Grants whose moments the register has put in order with all revocations. */
export function createGrants({ tokens, register, now }: GrantsOptions): Grants {
  return {
    async issue(grant) {
      const issuedAt = await register.issue(grant.tenantId, grant.flowUuid, Math.floor(now()));
      return await tokens.issue({ ...grant, issuedAt });
    },
    revoke: (tenantId, flowUuid) => register.revoke(tenantId, flowUuid, Math.floor(now())),
  };
}
