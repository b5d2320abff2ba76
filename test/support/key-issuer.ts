import { hashKey } from '../../src/identity/api-keys.ts';
import type { Issuer } from '../../src/identity/issuers.ts';

/** A key as what grants are issued with; by default one that no tenant has. */
export function toKeyIssuer(callerId = 'sample', key = `the key of ${callerId}`): Issuer {
  return { kind: 'key', callerId, sha256: hashKey(key) };
}
