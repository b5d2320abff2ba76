import { hash, randomBytes } from 'node:crypto';

const keyPrefix = 'agk_';

/** A new key of 256 random bits. It is nowhere but in the answer. */
export function createApiKey(): string {
  return `${keyPrefix}${randomBytes(32).toString('base64url')}`;
}

/**
 * What is kept of a key: its SHA-256 in hex. A slow hash is for what can be guessed; 256 random bits
 * can't.
 */
export function hashKey(key: string): string {
  return hash('sha256', key, 'hex');
}
