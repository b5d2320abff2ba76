import { mostFlowEvents, mostTenantEvents, numberEpochMs, repeatableKinds } from '../event-log.ts';
import { root } from './register-context.ts';

/*
 * The log of a tenant in Redis. `log` is a stream whose entries have the ids `<number>-0`, `log-head` a
 * hash with the newest number and its moment, and `log:<uuid>` a sorted set with the numbers of a
 * flow's events. Each event is appended by the script that makes the change it tells of, so the numbers
 * follow each other in the order of those changes.
 */

/** The channel on which the prefix of a tenant's keys is told when its log has grown. */
export const loggedChannel = `${root}logged`;

/**
 * The prelude of the scripts that append to the log. `root` is the prefix of the tenant's keys and
 * `logLife` the lifetime of those of the log. `most` is how many events of a tenant are kept.
 */
export const logPrelude = (most = mostTenantEvents) => `
local head, log = root .. 'log-head', root .. 'log'

local function entryOf(number)
  local entry = redis.call('XRANGE', log, number .. '-0', number .. '-0')[1]
  local fields = entry and { number = number }
  if entry then
    for at = 1, #entry[2], 2 do fields[entry[2][at]] = entry[2][at + 1] end
  end
  return fields
end

-- A write whose answer was lost is sent again: its event is among the last ones of its flow.
local function isLogged(uuid, kind, at, detail)
  for _, number in ipairs(redis.call('ZRANGE', root .. 'log:' .. uuid, -3, -1)) do
    local event = entryOf(number)
    if event and event.kind == kind and event.at == at and event.detail == detail then return true end
  end
  return false
end

local repeatable = { ${[...repeatableKinds].map((kind) => `${kind} = true`).join(', ')} }

local function takeRoom(uuid, kind)
  if not repeatable[kind] or redis.call('EXISTS', root .. 'flow:' .. uuid) == 0 then return true end
  if tonumber(redis.call('HGET', root .. 'flow:' .. uuid, 'events') or 0) >= ${mostFlowEvents} then return false end
  redis.call('HINCRBY', root .. 'flow:' .. uuid, 'events', 1)
  return true
end

local function nextNumber(at)
  local last = redis.call('HGET', head, 'last')
  if last then return tonumber(last) + 1 end
  local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  local behind = newest and tonumber(string.match(newest[1], '^%d+')) or 0
  return math.max(behind, math.max(0, tonumber(at) - ${numberEpochMs})) + 1
end

local function append(kind, at, uuid, batch, detail)
  if uuid ~= '' and not takeRoom(uuid, kind) then return end
  local number = string.format('%.0f', nextNumber(at))
  local loggedAt = math.max(tonumber(at), tonumber(redis.call('HGET', head, 'loggedAt') or 0))
  local application = uuid ~= '' and redis.call('HGET', root .. 'flow:' .. uuid, 'applicationId') or ''
  redis.call('HSET', head, 'last', number, 'loggedAt', string.format('%.0f', loggedAt))
  redis.call('XADD', log, 'MAXLEN', ${most}, number .. '-0', 'kind', kind, 'at', at,
    'loggedAt', string.format('%.0f', loggedAt), 'flow', uuid, 'application', application,
    'batch', batch, 'detail', detail)
  for _, key in ipairs({ head, log }) do redis.call('PEXPIRE', key, logLife) end
  if uuid ~= '' then
    redis.call('ZADD', root .. 'log:' .. uuid, number, number)
    redis.call('PEXPIRE', root .. 'log:' .. uuid, logLife)
  end
  redis.call('PUBLISH', '${loggedChannel}', root)
end

local function appendOnce(kind, at, uuid, batch, detail)
  if not isLogged(uuid, kind, at, detail) then append(kind, at, uuid, batch, detail) end
end
`;

const readPrelude = `
local root, logLife = KEYS[1], 0
${logPrelude()}
local function boundsOf()
  local last = tonumber(redis.call('HGET', head, 'last') or 0)
  local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  return first and tonumber(string.match(first[1], '^%d+')) or last + 1, last
end
local function text(number) return string.format('%.0f', number) end
`;

/** Answers the numbers of the oldest and of the newest event. */
export const readBounds = `${readPrelude}
local oldest, last = boundsOf()
return { text(oldest), text(last) }
`;

/** How many events one read looks at, where no list leads to those that match. */
export const mostScanned = 1_000;

/**
 * Values: the number to begin behind, how many, a moment or nothing, flow and application (behind a sign,
 * or nothing), then kinds. Answers the bounds, the number that was read to, 1 if there is more, and the
 * fields of each event.
 */
export const readLog = `${readPrelude}
local after, most, since, flow, application = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local kinds = {}
for next = 6, #ARGV do kinds[ARGV[next]] = true end
local oldest, last = boundsOf()
after = math.max(after, oldest - 1)

-- The moments in the order of the log only grow, and its numbers have no gaps.
if since then
  local low, high = oldest, last + 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    local event = entryOf(text(middle))
    if not event or tonumber(event.loggedAt) < since then low = middle + 1 else high = middle end
  end
  after = math.max(after, low - 1)
end

local found = {}
local function offer(event)
  if not event or not kinds[event.kind] or (since and tonumber(event.at) < since) then return end
  table.insert(found, { event.number, event.kind, event.at, event.flow, event.application, event.batch, event.detail })
end

local readTo, isFull = after, false
if flow ~= '' or application ~= '' then
  local flows = { string.sub(flow, 2) }
  if application ~= '' then
    flows = {}
    for _, place in ipairs(redis.call('ZRANGE', root .. 'application:' .. string.sub(application, 2), 0, -1)) do
      local uuid = string.sub(place, 16)
      if flow == '' or uuid == string.sub(flow, 2) then table.insert(flows, uuid) end
    end
  end
  local numbers = {}
  for _, uuid in ipairs(flows) do
    local list = root .. 'log:' .. uuid
    for _, number in ipairs(redis.call('ZRANGE', list, '(' .. text(after), '+inf', 'BYSCORE')) do
      table.insert(numbers, tonumber(number))
    end
  end
  table.sort(numbers)
  for _, number in ipairs(numbers) do
    offer(entryOf(text(number)))
    isFull = #found > most
    if isFull then break end
  end
  if not isFull then readTo = math.max(after, last) end
else
  local entries = redis.call('XRANGE', log, '(' .. text(after) .. '-0', '+', 'COUNT', ${mostScanned})
  for _, entry in ipairs(entries) do
    local event = { number = string.match(entry[1], '^%d+') }
    for at = 1, #entry[2], 2 do event[entry[2][at]] = entry[2][at + 1] end
    offer(event)
    isFull = #found > most
    if isFull then break end
    readTo = tonumber(event.number)
  end
end
if isFull then
  table.remove(found)
  readTo = #found > 0 and tonumber(found[#found][1]) or after
end
return { text(oldest), text(last), text(readTo), (isFull or readTo < last) and 1 or 0, found }
`;

/** Values: moment before which events were logged, how many at most. Answers how many were forgotten. */
export const forgetEvents = `${readPrelude}
local before, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local forgotten = 0
for _, entry in ipairs(redis.call('XRANGE', log, '-', '+', 'COUNT', most)) do
  local number = string.match(entry[1], '^%d+')
  local event = entryOf(number)
  if tonumber(event.loggedAt) >= before then break end
  redis.call('XDEL', log, entry[1])
  if event.flow ~= '' then redis.call('ZREM', root .. 'log:' .. event.flow, number) end
  forgotten = forgotten + 1
end
return forgotten
`;
