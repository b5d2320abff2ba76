import { createHash } from 'node:crypto';

/** A whole number from 0 to `below` - 1, always the same for the same seed. */
export function numberFrom(seed: string, below: number): number {
  return createHash('sha256').update(seed).digest().readUIntBE(0, 6) % below;
}
