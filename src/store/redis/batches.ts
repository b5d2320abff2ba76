import type { BatchRegister } from '../store.ts';
import { common } from './flow-scripts.ts';
import { type RegisterContext, tenantRoot } from './register-context.ts';
import { createScript } from './script.ts';

/*
 * `batch:<key>` is the JSON of the ids that were submitted, `batch-seen:<key>` a hash with the counts that
 * were seen last and their version.
 */

/** Values: life, key, moment, the ids as JSON, the detail of the event. */
const submitBatch = `${common}
local batch, at = ARGV[2], ARGV[3]
-- A write whose answer was lost is sent again.
local isKnown = redis.call('GET', root .. 'batch:' .. batch) == ARGV[4]
redis.call('SET', root .. 'batch:' .. batch, ARGV[4])
keep(root .. 'batch:' .. batch)
redis.call('ZADD', root .. 'batches', at, batch)
keep(root .. 'batches')
if not isKnown then append('DOCUMENTS_SUBMITTED', at, '', batch, ARGV[5]) end
`;

/** Values: life, key, version, moment, the counts as text, the detail, 1 if it has ended. */
const seeBatch = `${common}
local batch, version, at, counts = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if redis.call('EXISTS', root .. 'batch:' .. batch) == 0 then return end
local seen = root .. 'batch-seen:' .. batch
local knownVersion, knownCounts = unpack(redis.call('HMGET', seen, 'version', 'counts'))
if tonumber(knownVersion or -1) >= tonumber(version) or knownCounts == counts then return end
redis.call('HSET', seen, 'version', version, 'counts', counts)
keep(seen)
append('BATCH_PROGRESSED', at, '', batch, ARGV[6])
if ARGV[7] == '1' then append('BATCH_ENDED', at, '', batch, ARGV[6]) end
`;

/** The batches of the register, in Redis. */
export function createBatchRegister({
  link,
  registerTenant,
  lifeMs,
}: RegisterContext): BatchRegister {
  const submit = createScript(link, submitBatch);
  const recordProgress = createScript(link, seeBatch);
  const keyOf = (tenantId: Parameters<typeof tenantRoot>[0], batchKey: string) =>
    `${tenantRoot(tenantId)}batch:${batchKey}`;

  return {
    async submit(tenantId, batchKey, { submittedDocumentIds, at }) {
      await registerTenant(tenantId);
      const ids = JSON.stringify(submittedDocumentIds);
      const detail = JSON.stringify({ documentIds: submittedDocumentIds });
      await submit(tenantRoot(tenantId), lifeMs, batchKey, at, ids, detail);
    },
    async find(tenantId, batchKey) {
      const ids = await link.run((redis) => redis.get(keyOf(tenantId, batchKey)));
      return ids === null ? null : { submittedDocumentIds: JSON.parse(ids) };
    },
    async recordProgress(tenantId, batchKey, { counts, version, at }) {
      const text = [counts.arrived, counts.failed, counts.missing].join(' ');
      const detail = JSON.stringify({ counts, version });
      const hasEnded = counts.missing === 0 ? 1 : 0;
      await recordProgress(
        tenantRoot(tenantId),
        lifeMs,
        batchKey,
        version,
        at,
        text,
        detail,
        hasEnded,
      );
    },
  };
}
