import { createRedactionPolicy } from '../../../src/privacy/redaction.ts';
import type { FoundFlow } from '../../../src/schema/operation/loaders.ts';
import type { StreamTokens } from '../../../src/server/streaming/stream-token.ts';
import type { Store } from '../../../src/store/store.ts';
import type { TenantId } from '../../../src/tenant-id.ts';

/** Shows every value to every reader, and audits nothing. */
export const unmasked = createRedactionPolicy({
  isUnmasked: true,
  isKnownName: () => true,
  onRead: () => {},
});

/** A person of one tenant, with a number that no other tenant's has. */
interface Marked {
  readonly tenant: { readonly id: TenantId };
  readonly stamp: { readonly count: number };
}

/** Revokes the grants of a flow at a moment that is this tenant's alone. */
export async function markGrants(store: Store, { tenant, stamp }: Marked, uuid: string) {
  await store.grants.revoke(tenant.id, uuid, stamp.count * 1_000);
}

/** Whether the grants of a flow are revoked at the moment of this tenant, or not at all. */
export async function areGrantsOwn(store: Store, { tenant, stamp }: Marked, uuid: string) {
  const moment = await store.grants.revokedBefore(tenant.id, uuid);
  return moment === null || moment === stamp.count * 1_000;
}

/** Whether a stream's token that is issued to one person is valid for none of the others. */
export function isStreamOwn(tokens: StreamTokens, person: Marked, others: readonly Marked[]) {
  const token = tokens.issue(toOwner(person));
  return !others.some((one) => tokens.isFor(toOwner(one), token));
}

function toOwner({ tenant }: Marked) {
  return { tenantId: tenant.id, callerIdentity: 'backend' };
}

/** A status that no Atlas gave: of a flow that was only opened or given files, while Atlas is away. */
export function isUnseen({ isStale, state: { status } }: FoundFlow['snapshot']): boolean {
  return isStale && (status.crossCheck === 'NOT_STARTED' || status.crossCheck === 'UNKNOWN');
}
