import { startRedisLink } from '../store/redis/link.ts';
import { findWeaknesses } from '../store/redis/weaknesses.ts';
import { type CheckContext, type Finding, fault, ok, warn } from './finding.ts';

/** Checks that Redis answers, and the settings by which it would lose what it was given. */
export async function checkRedis({ config }: CheckContext): Promise<readonly Finding[]> {
  if (config.redisUrl === undefined) return [];
  const link = await startRedisLink({ url: config.redisUrl });
  try {
    if (!link.isUp()) return [fault('Redis: no answer, or its user or password is refused')];
    const info = await link.run((redis) => redis.info()).catch(() => '');
    if (info === '') return [ok('Redis: answers'), warn('Redis: its user may not read INFO')];
    return [ok('Redis: answers'), ...findWeaknesses(info).map(warn)];
  } finally {
    await link.close();
  }
}
