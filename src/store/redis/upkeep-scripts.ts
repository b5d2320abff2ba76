import { common } from './flow-scripts.ts';

/** Values: moments before which keys and flows are forgotten, how many at most. Answers how many were. */
export const forgetOld = `${common}
local keysBefore, flowsBefore, left = ARGV[2], ARGV[3], tonumber(ARGV[4])
local most = left

local function eachOlder(list, before, forget)
  if left <= 0 then return end
  local older = redis.call('ZRANGE', root .. list, '-inf', '(' .. before, 'BYSCORE', 'LIMIT', 0, left)
  for _, name in ipairs(older) do
    forget(name)
    redis.call('ZREM', root .. list, name)
    left = left - 1
  end
end

eachOlder('keys', keysBefore, function(name) redis.call('DEL', root .. 'key:' .. name) end)

if left > 0 then
  local before = '(' .. string.format('%015d', flowsBefore)
  for _, at in ipairs(redis.call('ZRANGE', root .. 'flows', '-', before, 'BYLEX', 'LIMIT', 0, left)) do
    local uuid = string.sub(at, 16)
    local flow = read(uuid)
    if flow then unlist(flow) end
    redis.call('ZREM', root .. 'flows', at)
    for _, reference in ipairs(redis.call('SMEMBERS', root .. 'references:' .. uuid)) do
      redis.call('DEL', root .. 'callback:' .. reference)
    end
    for _, kind in ipairs({ 'flow:', 'documents:', 'receipts:', 'earlier:', 'outcomes:', 'events:', 'log:', 'references:' }) do
      redis.call('DEL', root .. kind .. uuid)
    end
    left = left - 1
  end
end

eachOlder('batches', flowsBefore, function(name)
  redis.call('DEL', root .. 'batch:' .. name, root .. 'batch-seen:' .. name)
end)
eachOlder('early-calls', flowsBefore, function(name) redis.call('DEL', root .. 'callback:' .. name) end)
return most - left
`;
