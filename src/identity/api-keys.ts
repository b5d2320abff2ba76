import { hash, randomBytes } from 'node:crypto';

const keyPrefix = 'agk_';

/** A new key of 256 random bits. It is nowhere but in the answer. */
export function createApiKey(): string {
  return `${keyPrefix}${randomBytes(32).toString('base64url')}`;
}

/**
 * Returns the SHA-256 of a key in hex, the only form in which a key is kept. A slow hash protects
 * secrets that can be guessed; 256 random bits can't be.
 */
export function hashKey(key: string): string {
  return hash('sha256', key, 'hex');
}
