/** The oldest Redis whose commands the gateway uses. */
const leastMajor = 7;

/**
 * Returns the settings by which Redis would lose what it was given, a sentence each, from the answer
 * to INFO. None for an empty answer: a user without the right to INFO can't be told.
 */
export function findWeaknesses(info: string): readonly string[] {
  const weaknesses: string[] = [];
  const [, major] = /^redis_version:(\d+)/m.exec(info) ?? [];
  if (major !== undefined && Number(major) < leastMajor) {
    weaknesses.push(`Redis is older than ${leastMajor}: the gateway is not tested with it`);
  }
  if (/^aof_enabled:0/m.test(info)) {
    weaknesses.push('Redis has no append-only file: its data may be lost when it restarts');
  }
  const isBounded = /^maxmemory:[1-9]/m.test(info);
  if (isBounded && !/^maxmemory_policy:noeviction/m.test(info)) {
    weaknesses.push(
      'Redis drops keys when its memory is full: maxmemory-policy should be noeviction',
    );
  }
  return weaknesses;
}
