import { hash, timingSafeEqual } from 'node:crypto';

/** Whether a given text is the secret, in a time that tells nothing of it. */
export function isSameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(sha256(given), sha256(secret));
}

/** Whether two hashes are the same, in a time that tells nothing of either but its length. */
export function isSameHash(given: string, expected: string): boolean {
  return (
    given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected))
  );
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
