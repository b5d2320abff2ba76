const firstMs = 500;

/**
 * Milliseconds to wait before attempt number `attempt` (from 0): doubles from half a second up to
 * `mostMs`, and half of it is random, so that clients of one outage do not return together.
 */
export function retryDelay(attempt: number, mostMs: number, random = Math.random): number {
  const fullMs = Math.min(firstMs * 2 ** Math.min(attempt, 20), mostMs);
  return fullMs / 2 + (random() * fullMs) / 2;
}
