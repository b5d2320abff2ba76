import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js';
import type { TenantId } from '../tenant-id.ts';

/** How often something came in this window of time. */
export interface Count {
  readonly used: number;
  /** When the window ends. */
  readonly leftMs: number;
}

/** Counts what comes, by tenant and name. */
export interface Counter {
  /** Counts one, and answers all of the window so far. */
  count(tenantId: TenantId, name: string): Promise<Count>;
}

/** A counter in the memory of this process. */
export function createMemoryCounter(windowSeconds: number): Counter {
  const counter = new RateLimiterMemory({ points: 1, duration: windowSeconds });
  return {
    async count(tenantId, name) {
      // Counts without a limit of its own: whoever has one compares.
      const { consumedPoints, msBeforeNext } = await counter.penalty(`${tenantId}\n${name}`);
      return { used: consumedPoints, leftMs: msBeforeNext };
    },
  };
}
