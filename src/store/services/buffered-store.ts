import { LRUCache } from 'lru-cache';
import type { TenantId } from '../../tenant-id.ts';
import {
  type FlowRecord,
  type FlowUpload,
  maxEarlierAttempts,
  type Receipt,
  type Store,
  StoreError,
} from '../store.ts';
import { createWriteQueue, type WriteQueueOptions } from './write-queue.ts';

/** The options of `createBufferedStore`. */
export interface BufferedStoreOptions extends WriteQueueOptions {
  readonly store: Store;
  /** Told at the end of how many writes could not be made. */
  readonly onLost: (count: number) => void;
}

/** A store that buffers writes while it can't be reached. */
export interface BufferedStore extends Store {
  /** How many writes wait for the store to answer again. */
  countWaiting(): number;
}

const maxCached = 10_000;

/**
 * A store with patience for when it can't be reached, because it is far away, or not be written, because
 * its disk is full:
 * - The results of Atlas are written as soon as possible: the caller has Atlas's answer, and an error
 *   would make it send the same request again. Up to 50,000 writes wait in memory; those that wait in
 *   a process that is killed meanwhile are lost.
 * - No grant is issued or revoked, and none is known to hold.
 * - A caller's key can't be begun: it could be under way elsewhere, and nothing must be done twice.
 * - A flow or a batch is as it was last read or written here, and a call finds the flow that was opened
 *   here; lists and timelines can't be read.
 */
export function createBufferedStore(options: BufferedStoreOptions): BufferedStore {
  const { store, onLost } = options;
  const queue = createWriteQueue(options);
  const flows = new LRUCache<string, FlowRecord>({ max: maxCached });
  const batches = new LRUCache<string, readonly string[]>({ max: maxCached });
  /** Flows by what Atlas calls by. */
  const references = new LRUCache<string, string>({ max: maxCached });

  return {
    ...store,
    flows: {
      ...store.flows,
      async open(tenantId, opening) {
        const key = keyOf(tenantId, opening.uuid);
        const { uuid, applicationId, productType, isCalledBack, at } = opening;
        const cached = flows.get(key) ?? toRecord(uuid, at, 'NOT_STARTED');
        flows.set(key, { ...cached, applicationId, productType, isCalledBack });
        references.set(keyOf(tenantId, opening.reference), uuid);
        return (await queue.write(() => store.flows.open(tenantId, opening))) ?? false;
      },
      async upload(tenantId, uuid, upload) {
        const key = keyOf(tenantId, uuid);
        // A store that can't be written may still be read, and knows what an earlier process wrote.
        const read = () => store.flows.find(tenantId, uuid);
        const found = flows.has(key) ? null : await readOrFallBack(read, () => null);
        const cached = flows.get(key) ?? found ?? toRecord(uuid, upload.at, 'UNKNOWN');
        const submitted = new Set([...cached.submittedDocumentIds, ...upload.documentIds]);
        flows.set(key, {
          ...cached,
          submittedDocumentIds: [...submitted],
          ...toReceipts(cached, upload),
          uploadedAt: upload.at,
        });
        await queue.write(() => store.flows.upload(tenantId, uuid, upload));
      },
      async recordStatus(tenantId, uuid, change) {
        const { status, version, at } = change;
        const last = { status, version, at };
        const cached = flows.get(keyOf(tenantId, uuid));
        if (cached !== undefined && last.version > (cached.last?.version ?? -1)) {
          flows.set(keyOf(tenantId, uuid), { ...cached, state: last.status.state, last });
        }
        await queue.write(() => store.flows.recordStatus(tenantId, uuid, change));
      },
      async recordResults(tenantId, uuid, landed) {
        await queue.write(() => store.flows.recordResults(tenantId, uuid, landed));
      },
      async recordFailure(tenantId, uuid, failed) {
        await queue.write(() => store.flows.recordFailure(tenantId, uuid, failed));
      },
      find(tenantId, uuid) {
        const key = keyOf(tenantId, uuid);
        // Writes that still wait are not in the store yet.
        if (queue.count() > 0 && flows.has(key)) return flows.get(key) ?? null;
        const keep = (found: FlowRecord | null) => {
          if (found !== null) flows.set(key, found);
          return found;
        };
        const found = readOrFallBack(
          () => store.flows.find(tenantId, uuid),
          () => flows.get(key) ?? null,
        );
        return found instanceof Promise ? found.then(keep) : keep(found);
      },
    },
    batches: {
      async submit(tenantId, batchKey, batch) {
        batches.set(keyOf(tenantId, batchKey), batch.submittedDocumentIds);
        await queue.write(() => store.batches.submit(tenantId, batchKey, batch));
      },
      async find(tenantId, batchKey) {
        const submittedDocumentIds = batches.get(keyOf(tenantId, batchKey));
        // It never changes once it is submitted.
        if (submittedDocumentIds !== undefined) return { submittedDocumentIds };
        const found = await store.batches.find(tenantId, batchKey);
        if (found !== null) batches.set(keyOf(tenantId, batchKey), found.submittedDocumentIds);
        return found;
      },
      async recordProgress(tenantId, batchKey, seen) {
        await queue.write(() => store.batches.recordProgress(tenantId, batchKey, seen));
      },
    },
    callbacks: {
      ...store.callbacks,
      async call(tenantId, reference, at) {
        const flowUuid = await queue.write(() => store.callbacks.call(tenantId, reference, at));
        if (flowUuid) return flowUuid;
        const cached = references.get(keyOf(tenantId, reference));
        if (cached !== undefined) return cached;
        // A store that can't be written may still be read.
        const find = () => store.callbacks.find(tenantId, reference);
        return (await readOrFallBack(find, () => null))?.flowUuid ?? null;
      },
    },
    keys: {
      async begin(tenantId, name, attempt, replacedReference) {
        // Nothing is done under a key of which the end might not be written.
        if (queue.count() > 0) await queue.flush();
        if (queue.count() > 0) {
          throw new StoreError(
            'Earlier writes still wait for the store: check why it does not accept them.',
          );
        }
        try {
          return await store.keys.begin(tenantId, name, attempt, replacedReference);
        } catch (error) {
          // It may have been begun, and the answer lost; nothing is done under it, so it is free.
          if (error instanceof StoreError) {
            await queue.write(() => store.keys.release(tenantId, name, attempt.reference));
          }
          throw error;
        }
      },
      async finish(tenantId, name, result) {
        await queue.write(() => store.keys.finish(tenantId, name, result));
      },
      async markUnknown(tenantId, name) {
        await queue.write(() => store.keys.markUnknown(tenantId, name));
      },
      async release(tenantId, name, reference) {
        await queue.write(() => store.keys.release(tenantId, name, reference));
      },
    },
    countWaiting: queue.count,
    async close() {
      await queue.flush();
      queue.close();
      if (queue.count() > 0) onLost(queue.count());
      await store.close();
    },
  };
}

/** Returns the value read, or the cached one where the store fails; at once where the store is synchronous. */
function readOrFallBack<Value>(
  read: () => Value | Promise<Value>,
  cached: () => Value,
): Value | Promise<Value> {
  const recover = (error: unknown) => {
    if (!(error instanceof StoreError)) throw error;
    return cached();
  };
  try {
    const found = read();
    return found instanceof Promise ? found.catch(recover) : found;
  } catch (error) {
    return recover(error);
  }
}

function toRecord(uuid: string, createdAt: number, state: string): FlowRecord {
  return {
    uuid,
    applicationId: null,
    productType: null,
    isCalledBack: false,
    createdAt,
    uploadedAt: null,
    state,
    last: null,
    submittedDocumentIds: [],
    receipts: new Map(),
    earlierReceipts: new Map(),
  };
}

/** The receipts of a flow after an upload: an id that is there already is a further attempt. */
function toReceipts(
  cached: FlowRecord,
  { documentIds, receipts: given }: FlowUpload,
): Pick<FlowRecord, 'receipts' | 'earlierReceipts'> {
  const receipts = new Map(cached.receipts);
  const earlierReceipts = new Map(cached.earlierReceipts);
  const submitted = new Set(cached.submittedDocumentIds);
  for (const id of documentIds) {
    const earlier = earlierReceipts.get(id) ?? [];
    if (submitted.has(id) && earlier.length < maxEarlierAttempts) {
      earlierReceipts.set(id, [...earlier, receipts.get(id) ?? noReceipt]);
    }
    const receipt = given?.get(id);
    if (receipt === undefined) receipts.delete(id);
    else receipts.set(id, receipt);
  }
  return { receipts, earlierReceipts };
}

const noReceipt: Receipt = { fileUuid: undefined, batchId: undefined };

/** Tenant ids hold no line break (config), so no two pairs make one key. */
function keyOf(tenantId: TenantId, id: string): string {
  return `${tenantId}\n${id}`;
}
