import { maxEarlierAttempts } from '../store.ts';
import { logPrelude } from './log-scripts.ts';

/*
 * A tenant's flows in Redis. `flow:<uuid>` is a hash with what a list shows of it and whether Atlas has
 * called; `documents:<uuid>` its documents in order, `receipts:<uuid>` what Atlas called them,
 * `earlier:<uuid>` what it called their earlier attempts, as JSON by document, `outcomes:<uuid>` which
 * of them have a result, `references:<uuid>` what Atlas may call by. Each list of flows is a
 * sorted set without scores, whose members are the moment and the uuid: Redis keeps those in the order
 * of a page, byte by byte, so that a page is read from where it begins to where it ends.
 */

/** The prelude of the scripts over flows. The key prefix is the first key, the lifetime the first value. */
export const common = `
local root, life = KEYS[1], ARGV[1]
local logLife = life
${logPrelude()}
local function keep(key) redis.call('PEXPIRE', key, life) end

local function place(flow) return string.format('%015d', flow.createdAt) .. flow.uuid end

local function read(uuid)
  local flow, fields = nil, redis.call('HGETALL', root .. 'flow:' .. uuid)
  for at = 1, #fields, 2 do
    flow = flow or { uuid = uuid }
    flow[fields[at]] = fields[at + 1]
  end
  return flow
end

-- A product's name goes with its length, so that with a state it reads as no other pair.
local function lists(flow)
  local all = { 'flows', 'state:' .. flow.state }
  if flow.productType then
    all[3] = 'product:' .. flow.productType
    all[4] = 'product-state:' .. #flow.productType .. ':' .. flow.productType .. ':' .. flow.state
  end
  if flow.applicationId then all[#all + 1] = 'application:' .. flow.applicationId end
  return all
end

local function unlist(flow)
  for _, list in ipairs(lists(flow)) do redis.call('ZREM', root .. list, place(flow)) end
end

local function write(uuid, changes)
  local key = root .. 'flow:' .. uuid
  local before = read(uuid)
  if before then unlist(before) end
  redis.call('HSET', key, unpack(changes))
  keep(key)
  local flow = read(uuid)
  for _, list in ipairs(lists(flow)) do
    redis.call('ZADD', root .. list, 0, place(flow))
    keep(root .. list)
  end
end

local function noteCall(uuid, at) appendOnce('CALLBACK_RECEIVED', at, uuid, '', '') end
`;

/** Values: uuid, moment, reference, application, product, 1 if it is called back. */
export const openFlow = `${common}
local uuid, at, reference = ARGV[2], ARGV[3], ARGV[4]
local changes = { 'applicationId', ARGV[5], 'productType', ARGV[6], 'isCalledBack', ARGV[7] }
if not read(uuid) then
  for _, value in ipairs({ 'createdAt', at, 'state', 'NOT_STARTED' }) do table.insert(changes, value) end
end
write(uuid, changes)
appendOnce('FLOW_OPENED', at, uuid, '', '')

local call = root .. 'callback:' .. reference
local bound, calls, calledAt = unpack(redis.call('HMGET', call, 'flow', 'calls', 'at'))
redis.call('HSET', call, 'flow', uuid, 'calls', calls or 0, 'at', calledAt or at)
keep(call)
redis.call('SADD', root .. 'references:' .. uuid, reference)
keep(root .. 'references:' .. uuid)
redis.call('ZREM', root .. 'early-calls', reference)
if bound or tonumber(calls or 0) == 0 then return 0 end
redis.call('HSET', root .. 'flow:' .. uuid, 'hasCalled', 1)
noteCall(uuid, calledAt)
return 1
`;

/** Values: uuid, moment, detail of the event, then each document's id, file and batch; empty where there is none. */
export const uploadToFlow = `${common}
local uuid, at, detail = ARGV[2], ARGV[3], ARGV[4]
-- A write whose answer was lost is sent again: it is no further attempt.
if isLogged(uuid, 'DOCUMENTS_SUBMITTED', at, detail) then return end
local changes = { 'uploadedAt', at }
if not read(uuid) then
  for _, value in ipairs({ 'isCalledBack', 0, 'createdAt', at, 'state', 'UNKNOWN' }) do
    table.insert(changes, value)
  end
end
write(uuid, changes)
local documents, receipts = root .. 'documents:' .. uuid, root .. 'receipts:' .. uuid
local earlier = root .. 'earlier:' .. uuid
for next = 5, #ARGV, 3 do
  local id, file, batch = ARGV[next], ARGV[next + 1], ARGV[next + 2]
  if redis.call('ZSCORE', documents, id) then
    local attempts = cjson.decode(redis.call('HGET', earlier, id) or '[]')
    local before = redis.call('HMGET', receipts, 'file:' .. id, 'batch:' .. id)
    if #attempts < ${maxEarlierAttempts} then
      table.insert(attempts, { before[1] or '', before[2] or '' })
      redis.call('HSET', earlier, id, cjson.encode(attempts))
    end
    redis.call('HDEL', receipts, 'file:' .. id, 'batch:' .. id)
    redis.call('HDEL', root .. 'outcomes:' .. uuid, id)
  end
  redis.call('ZADD', documents, 'NX', redis.call('ZCARD', documents), id)
  if file ~= '' then redis.call('HSET', receipts, 'file:' .. id, file) end
  if batch ~= '' then redis.call('HSET', receipts, 'batch:' .. id, batch) end
end
keep(documents)
keep(receipts)
keep(earlier)
append('DOCUMENTS_SUBMITTED', at, uuid, '', detail)
`;

/**
 * Values: uuid, version, moment, the four words of the status, the detail of the change, and that of the
 * end or nothing.
 */
export const seeFlow = `${common}
local uuid, version, at = ARGV[2], ARGV[3], ARGV[4]
local flow = read(uuid)
if not flow or tonumber(flow.version or -1) >= tonumber(version) then return end
write(uuid, {
  'state', ARGV[5], 'upload', ARGV[6], 'processing', ARGV[7], 'crossCheck', ARGV[8],
  'version', version, 'seenAt', at,
})
append('FLOW_STATUS_CHANGED', at, uuid, '', ARGV[9])
if ARGV[10] ~= '' then append('FLOW_ENDED', at, uuid, '', ARGV[10]) end
`;

/** Values: uuid, moment, then each document's id, its file or nothing, 1 if it failed, and its detail. */
export const landDocuments = `${common}
local uuid, at = ARGV[2], ARGV[3]
if not read(uuid) then return end
local documents, outcomes = root .. 'documents:' .. uuid, root .. 'outcomes:' .. uuid
for next = 4, #ARGV, 4 do
  local id, file, hasFailed = ARGV[next], ARGV[next + 1], ARGV[next + 2] == '1'
  local sent = redis.call('HGET', root .. 'receipts:' .. uuid, 'file:' .. id)
  local isLatest = file == '' or not sent or sent == file
  if isLatest and redis.call('ZSCORE', documents, id) and redis.call('HSETNX', outcomes, id, hasFailed and 'FAILED' or 'EXTRACTED') == 1 then
    append(hasFailed and 'DOCUMENT_FAILED' or 'DOCUMENT_EXTRACTED', at, uuid, '', ARGV[next + 3])
  end
end
keep(outcomes)
`;

/** Values: uuid, moment, the detail. */
export const noteFailedCall = `${common}
if read(ARGV[2]) then appendOnce('CALL_FAILED', ARGV[3], ARGV[2], '', ARGV[4]) end
`;

/** Values: uuid. Answers the flow's fields, its documents, their receipts and those of before. */
export const findFlow = `${common}
local uuid = ARGV[2]
return {
  redis.call('HGETALL', root .. 'flow:' .. uuid),
  redis.call('ZRANGE', root .. 'documents:' .. uuid, 0, -1),
  redis.call('HGETALL', root .. 'receipts:' .. uuid),
  redis.call('HGETALL', root .. 'earlier:' .. uuid),
}
`;

/**
 * Values: the range of places, how many, 1 for the oldest first, then application and product (behind
 * a sign, or nothing), then states. Answers each flow's uuid and fields: of each list that is read, its first ones.
 */
export const readFlowPage = `${common}
local low, high, most, isOldestFirst = ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5] == '1'
local application, product = ARGV[6], ARGV[7]
local states = {}
for next = 8, #ARGV do table.insert(states, ARGV[next]) end

local function range(list, from, count)
  if isOldestFirst then
    return redis.call('ZRANGE', root .. list, from, high, 'BYLEX', 'LIMIT', 0, count)
  end
  return redis.call('ZRANGE', root .. list, from, low, 'BYLEX', 'REV', 'LIMIT', 0, count)
end

local found = {}
local function walk(list, isWanted)
  local from, left = isOldestFirst and low or high, most
  repeat
    local places = range(list, from, left)
    for _, at in ipairs(places) do
      local uuid = string.sub(at, 16)
      local fields = redis.call('HGETALL', root .. 'flow:' .. uuid)
      if #fields == 0 then
        redis.call('ZREM', root .. list, at)
      elseif isWanted(fields) then
        table.insert(found, { uuid, fields })
        left = left - 1
      end
    end
    from = '(' .. (places[#places] or '')
  until left <= 0 or #places == 0
end

local function all() return true end

if application ~= '' then
  walk('application:' .. string.sub(application, 2), function(fields)
    local flow = {}
    for at = 1, #fields, 2 do flow[fields[at]] = fields[at + 1] end
    if product ~= '' and flow.productType ~= string.sub(product, 2) then return false end
    for _, state in ipairs(states) do
      if state == flow.state then return true end
    end
    return #states == 0
  end)
elseif #states == 0 then
  walk(product == '' and 'flows' or 'product:' .. string.sub(product, 2), all)
else
  for _, state in ipairs(states) do
    if product == '' then
      walk('state:' .. state, all)
    else
      local name = string.sub(product, 2)
      walk('product-state:' .. #name .. ':' .. name .. ':' .. state, all)
    end
  end
end
return found
`;

/** Values: reference, moment. Answers the flow it is bound to. */
export const noteCallback = `${common}
local reference, at = ARGV[2], ARGV[3]
local call = root .. 'callback:' .. reference
redis.call('HINCRBY', call, 'calls', 1)
redis.call('HSET', call, 'at', at)
keep(call)
local uuid = redis.call('HGET', call, 'flow')
if not uuid then
  redis.call('ZADD', root .. 'early-calls', at, reference)
  keep(root .. 'early-calls')
elseif redis.call('EXISTS', root .. 'flow:' .. uuid) == 1 then
  redis.call('HSET', root .. 'flow:' .. uuid, 'hasCalled', 1)
  noteCall(uuid, at)
end
return uuid
`;
