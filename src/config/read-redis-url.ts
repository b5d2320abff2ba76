import type { Environment } from './environment.ts';
import type { Variable } from './variables.ts';

/** Where Redis is, with what opens it; undefined: nowhere. */
export function readRedisUrl({ read, fault }: Environment<Variable>): string | undefined {
  const text = read('REDIS_URL');
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isRedis = url !== undefined && /^rediss?:$/.test(url.protocol) && url.hostname !== '';
  if (!isRedis || !/^(\/\d{0,2})?$/.test(url.pathname) || url.search || url.hash) {
    fault('REDIS_URL is no address of a Redis: give one like rediss://user:password@host:6379/0.');
  }
  if (read('CALLBACK_SECRET') === undefined) {
    fault('CALLBACK_SECRET is missing: all processes of one REDIS_URL need the same.');
  }
  return text;
}
