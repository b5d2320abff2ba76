import { createHash } from 'node:crypto';
import RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js';
import { type Counter, createMemoryCounter } from '../counter.ts';
import { StoreError } from '../store.ts';
import type { RedisLink } from './link.ts';
import { tenantRoot } from './register-context.ts';

/**
 * A counter that all processes share; each counts for itself, by `monotonicMs`, while Redis can't be
 * reached.
 */
export function createRedisCounter(
  link: RedisLink,
  windowSeconds: number,
  monotonicMs: () => number,
): Counter {
  const alone = createMemoryCounter(windowSeconds, monotonicMs);
  let shared: RateLimiterRedis | undefined;

  return {
    async count(tenantId, name, times = 1) {
      // A caller's name may be anything, a person's too; in Redis lies its hash.
      const key = `${tenantRoot(tenantId)}rate:${createHash('sha256').update(name).digest('base64url')}`;
      try {
        const { consumedPoints, msBeforeNext } = await link.run((redis) => {
          const duration = windowSeconds;
          shared ??= new RateLimiterRedis({
            storeClient: redis,
            keyPrefix: '',
            points: 1,
            duration,
          });
          return shared.penalty(key, times);
        });
        return { used: consumedPoints, leftMs: msBeforeNext };
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        return await alone.count(tenantId, name, times);
      }
    },
  };
}
