import { createHash } from 'node:crypto';
import type { Principal } from '../../identity/principal.ts';

/**
 * Returns the key under which results are shared: a hash of all that they depend on, so that nothing
 * of a request is kept in it. A caller that sees personal data in full shares with itself alone, for
 * the audit names the caller that reads them.
 */
export function toSharedKey(
  { tenant, visibility, scopes, callerId }: Principal,
  operationKey: string,
): string {
  const reader = scopes.has('pii:read') ? callerId : null;
  const parts = JSON.stringify([tenant.id, visibility, reader, operationKey]);
  return createHash('sha256').update(parts).digest('base64url');
}
