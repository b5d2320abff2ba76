/*
 * `lease:<thing>` is a hash with who holds a thing, what was told of it last, until when its details
 * are wanted and when it was reopened. `<root>member:<id>` stands while a process shows life: who holds
 * a thing and shows none holds nothing.
 */

const common = `
local root, life, name = KEYS[1], ARGV[1], ARGV[2]
local lease = root .. 'lease:' .. name
local function publish(channel, signal) redis.call('PUBLISH', channel, signal) end
`;

/**
 * Values: life, thing, this member, its sign of life, how long that stands, what every member's sign
 * begins with, the channel, 1 if details are wanted, the signal that they are, how long they are.
 */
export const acquireLeaseScript = `${common}
local me, sign, signMs, signs, channel = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
redis.call('SET', sign, 1, 'PX', signMs)
local holder = redis.call('HGET', lease, 'holder')
local isMine = not holder or holder == me or redis.call('EXISTS', signs .. holder) == 0
if isMine then redis.call('HSET', lease, 'holder', me) end
local details = root .. 'details:' .. name
if ARGV[8] == '1' then
  local isNew = not redis.call('SET', details, 1, 'PX', ARGV[10], 'GET')
  if isNew and not isMine then publish(channel, ARGV[9]) end
end
redis.call('PEXPIRE', lease, life)
return {
  isMine and 1 or 0,
  redis.call('HGET', lease, 'told'),
  redis.call('EXISTS', details),
  redis.call('HGET', lease, 'reopenedAt'),
}
`;

/** Values: life, thing, this member, the channel, the signal that it is free. */
export const releaseLeaseScript = `${common}
if redis.call('HGET', lease, 'holder') ~= ARGV[3] then return end
redis.call('HDEL', lease, 'holder')
publish(ARGV[4], ARGV[5])
`;

/** Values: life, thing, version, state, what is told, the channel, the signal. Answers what stands before it. */
export const publishScript = `${common}
local version, state = unpack(redis.call('HMGET', lease, 'version', 'state'))
local told = tonumber(ARGV[3])
if version and (tonumber(version) > told or (tonumber(version) == told and state ~= ARGV[4])) then
  return redis.call('HGET', lease, 'told')
end
redis.call('HSET', lease, 'version', ARGV[3], 'state', ARGV[4], 'told', ARGV[5])
redis.call('PEXPIRE', lease, life)
publish(ARGV[6], ARGV[7])
return nil
`;

/** Values: life, thing, moment, the channel, the signal. */
export const reopenScript = `${common}
redis.call('HSET', lease, 'reopenedAt', ARGV[3])
redis.call('PEXPIRE', lease, life)
publish(ARGV[4], ARGV[5])
`;

/** Values: life, name of the lock, who locked it. */
export const unlockScript = `
local lock = KEYS[1] .. ARGV[2]
if redis.call('GET', lock) == ARGV[3] then redis.call('DEL', lock) end
`;
