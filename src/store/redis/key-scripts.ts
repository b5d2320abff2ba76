/*
 * A caller's key is a hash under `key:<name>`, and `keys` a sorted set of the names by when they were
 * begun. Each script is one step, so of many who begin a key at once one has its turn.
 */

/** Values: life, name, body hash, reference, moment, busy until, the reference that is replaced. */
export const beginKey = `
local root, life, name = KEYS[1], ARGV[1], ARGV[2]
local key = root .. 'key:' .. name
local hash, reference, at, busyUntil, result =
  unpack(redis.call('HMGET', key, 'bodyHash', 'reference', 'at', 'busyUntil', 'result'))
if hash and (result or reference ~= ARGV[7]) then return { hash, reference, at, busyUntil, result } end
redis.call('DEL', key)
redis.call('HSET', key, 'bodyHash', ARGV[3], 'reference', ARGV[4], 'at', ARGV[5], 'busyUntil', ARGV[6])
redis.call('PEXPIRE', key, life)
redis.call('ZADD', root .. 'keys', ARGV[5], name)
redis.call('PEXPIRE', root .. 'keys', life)
return nil
`;

/** Values: name, then the result, or nothing where it is lost. */
export const endKey = `
local key = KEYS[1] .. 'key:' .. ARGV[1]
if redis.call('EXISTS', key) == 0 or redis.call('HEXISTS', key, 'result') == 1 then return end
redis.call('HSET', key, 'busyUntil', 0)
if ARGV[2] then redis.call('HSET', key, 'result', ARGV[2]) end
`;

/** Values: name, and the reference of the attempt that alone is freed, or nothing for any. */
export const releaseKey = `
local key = KEYS[1] .. 'key:' .. ARGV[1]
if redis.call('HEXISTS', key, 'result') == 1 then return end
if ARGV[2] ~= '' and redis.call('HGET', key, 'reference') ~= ARGV[2] then return end
redis.call('DEL', key)
redis.call('ZREM', KEYS[1] .. 'keys', ARGV[1])
`;
