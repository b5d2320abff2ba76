import type { Tenant } from '../atlas/api/tenant.ts';
import type { FlowGrant } from './flow-grants.ts';
import type { Issuer } from './issuers.ts';
import type { Scope } from './scopes.ts';

/** The authenticated caller: its tenant, its identity and its permissions. */
export interface Principal {
  readonly tenant: Tenant;
  /** A name for logs and audits: of a key, a subject or a grant; never a secret. */
  readonly callerId: string;
  readonly scopes: ReadonlySet<Scope>;
  /**
   * The key or JWT subject that this caller's authority comes from: its own, or for the bearer of a
   * grant that of the caller which issued the grant.
   */
  readonly issuer: Issuer;
  /** Permission for one flow only; with it the scopes are empty. */
  readonly grant: FlowGrant | null;
  /** The same text means the same sight: part of every key under which answers are shared. */
  readonly visibility: string;
  /** When the credential ends by itself, in milliseconds since the epoch; null: at no set time. */
  readonly expiresAt: number | null;
  /**
   * Whether the authority still holds, as far as this process knows: it is not expired or revoked, it has
   * the same scopes, and its tenant is there. A revoked grant shows within 30 seconds.
   */
  readonly isCurrent: () => boolean;
  /** The same, by what the register says at this moment; rejects with a StoreError. */
  readonly recheck: () => Promise<boolean>;
}

/** The sight of a caller with scopes, or with leave for one flow. */
export function toVisibility(scopes: ReadonlySet<Scope>, grant: FlowGrant | null): string {
  if (grant === null) return [...scopes].sort().join(' ');
  return `grant ${grant.canReadDocuments ? 'documents' : 'status'} ${grant.flowUuid}`;
}

/**
 * A text that is equal for two credentials of one caller: two keys of one name, two JWTs of one
 * subject, or two grants for one flow of one issuer. Part of it is the tenant.
 */
export function toCallerIdentity({ tenant, issuer, grant }: Principal): string {
  const flow = grant === null ? null : grant.flowUuid;
  return JSON.stringify([tenant.id, issuer.kind, issuer.callerId, flow]);
}
