import type { Config } from '../config/config.ts';
import type { Clock } from '../live/clock.ts';
import type { Log } from '../logging/log.ts';
import { rateWindowSeconds } from '../server/operation/rate-limit.ts';
import { createRedisCounter } from '../store/redis/counter.ts';
import { startRedisFleet } from '../store/redis/fleet.ts';
import { type RedisLink, startRedisLink } from '../store/redis/link.ts';
import { createRedisStore } from '../store/redis/store.ts';
import { findWeaknesses } from '../store/redis/weaknesses.ts';
import { createSeal } from '../store/seal.ts';
import { createBufferedStore } from '../store/services/buffered-store.ts';
import { keyLifeMs, revocationLifeMs } from '../store/services/retention.ts';
import type { Shared } from './shared.ts';

/** The options of the part that processes share. */
export interface SharedOptions {
  readonly config: Pick<Config, 'store' | 'pollIntervalMs'>;
  readonly redisUrl: string;
  /** The secrets that seal tokens and secrets in Redis. */
  readonly secrets: readonly [string, ...string[]];
  readonly log: Log;
  readonly clock: Clock;
}

const dayMs = 24 * 60 * 60_000;
/** A process on a busy machine must have time to show life. */
const leastLeaseMs = 1_000;

/** Joins the processes that share a Redis, whether it answers yet or not. */
export async function joinRedis(options: SharedOptions): Promise<Shared> {
  const { config, log, clock } = options;
  const link = await startRedisLink({ url: options.redisUrl });
  if (link.isUp()) void warnOfSettings(link, log);
  else log.warn('Redis does not answer: this process works without it');
  link.onChange((isUp) => {
    if (isUp) log.info('Redis answers again');
    else log.warn('Redis does not answer: this process works without it');
  });
  const seal = createSeal(options.secrets);
  const fleet = startRedisFleet({
    link,
    seal,
    leaseMs: Math.max(config.pollIntervalMs, leastLeaseMs),
    now: clock.now,
  });
  // Entries are deleted when their time is up; Redis expires them where no process is left to do so.
  const lives = {
    flowsMs: (config.store.retentionDays + 1) * dayMs,
    keysMs: keyLifeMs + dayMs,
    grantsMs: revocationLifeMs,
  };
  const store = createBufferedStore({
    store: createRedisStore({ link, seal, lives }),
    clock,
    onLost: (count) => log.error('writes are lost because Redis did not accept them', { count }),
  });
  return {
    store: {
      ...store,
      async close() {
        await fleet.close();
        await store.close();
      },
    },
    fleet,
    counter: createRedisCounter(link, rateWindowSeconds, clock.monotonicMs),
    isUp: link.isUp,
    countWaiting: store.countWaiting,
  };
}

/** Says where Redis would lose what it was given; a user who may not see its settings is not told. */
async function warnOfSettings(link: RedisLink, log: Log): Promise<void> {
  const info = await link.run((redis) => redis.info()).catch(() => '');
  for (const weakness of findWeaknesses(info)) log.warn(weakness);
}
