import { LRUCache } from 'lru-cache';
import type { TenantId } from '../../tenant-id.ts';
import {
  type FlowRecord,
  type FlowUpload,
  mostEarlierAttempts,
  type Receipt,
  type Store,
  StoreError,
} from '../store.ts';
import { createOutbox, type OutboxOptions } from './outbox.ts';

export interface PatientStoreOptions extends OutboxOptions {
  readonly store: Store;
  /** Told at the end of how many writes could not be made. */
  readonly onLost: (count: number) => void;
}

export interface PatientStore extends Store {
  /** How many writes wait for the store to answer again. */
  countWaiting(): number;
}

const mostRemembered = 10_000;

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
export function createPatientStore(options: PatientStoreOptions): PatientStore {
  const { store, onLost } = options;
  const outbox = createOutbox(options);
  const flows = new LRUCache<string, FlowRecord>({ max: mostRemembered });
  const batches = new LRUCache<string, readonly string[]>({ max: mostRemembered });
  /** Flows by what Atlas calls by. */
  const references = new LRUCache<string, string>({ max: mostRemembered });

  return {
    ...store,
    flows: {
      ...store.flows,
      async open(tenantId, opening) {
        const key = keyOf(tenantId, opening.uuid);
        const { uuid, applicationId, productType, isCalledBack, at } = opening;
        const known = flows.get(key) ?? toRecord(uuid, at, 'NOT_STARTED');
        flows.set(key, { ...known, applicationId, productType, isCalledBack });
        references.set(keyOf(tenantId, opening.reference), uuid);
        return (await outbox.write(() => store.flows.open(tenantId, opening))) ?? false;
      },
      async upload(tenantId, uuid, upload) {
        const key = keyOf(tenantId, uuid);
        // A store that can't be written may still be read, and knows what an earlier process wrote.
        const read = () => store.flows.find(tenantId, uuid);
        const found = flows.has(key) ? null : await orElse(read, () => null);
        const known = flows.get(key) ?? found ?? toRecord(uuid, upload.at, 'UNKNOWN');
        const submitted = new Set([...known.submittedDocumentIds, ...upload.documentIds]);
        flows.set(key, {
          ...known,
          submittedDocumentIds: [...submitted],
          ...toReceipts(known, upload),
          uploadedAt: upload.at,
        });
        await outbox.write(() => store.flows.upload(tenantId, uuid, upload));
      },
      async see(tenantId, uuid, change) {
        const { status, version, at } = change;
        const last = { status, version, at };
        const known = flows.get(keyOf(tenantId, uuid));
        if (known !== undefined && last.version > (known.last?.version ?? -1)) {
          flows.set(keyOf(tenantId, uuid), { ...known, state: last.status.state, last });
        }
        await outbox.write(() => store.flows.see(tenantId, uuid, change));
      },
      async land(tenantId, uuid, landed) {
        await outbox.write(() => store.flows.land(tenantId, uuid, landed));
      },
      async noteFailure(tenantId, uuid, failed) {
        await outbox.write(() => store.flows.noteFailure(tenantId, uuid, failed));
      },
      find(tenantId, uuid) {
        const key = keyOf(tenantId, uuid);
        // Writes that still wait are not in the store yet.
        if (outbox.count() > 0 && flows.has(key)) return flows.get(key) ?? null;
        const keep = (found: FlowRecord | null) => {
          if (found !== null) flows.set(key, found);
          return found;
        };
        const found = orElse(
          () => store.flows.find(tenantId, uuid),
          () => flows.get(key) ?? null,
        );
        return found instanceof Promise ? found.then(keep) : keep(found);
      },
    },
    batches: {
      async submit(tenantId, batchKey, batch) {
        batches.set(keyOf(tenantId, batchKey), batch.submittedDocumentIds);
        await outbox.write(() => store.batches.submit(tenantId, batchKey, batch));
      },
      async find(tenantId, batchKey) {
        const submittedDocumentIds = batches.get(keyOf(tenantId, batchKey));
        // It never changes once it is submitted.
        if (submittedDocumentIds !== undefined) return { submittedDocumentIds };
        const found = await store.batches.find(tenantId, batchKey);
        if (found !== null) batches.set(keyOf(tenantId, batchKey), found.submittedDocumentIds);
        return found;
      },
      async see(tenantId, batchKey, seen) {
        await outbox.write(() => store.batches.see(tenantId, batchKey, seen));
      },
    },
    callbacks: {
      ...store.callbacks,
      async call(tenantId, reference, at) {
        const flowUuid = await outbox.write(() => store.callbacks.call(tenantId, reference, at));
        if (flowUuid) return flowUuid;
        const known = references.get(keyOf(tenantId, reference));
        if (known !== undefined) return known;
        // A store that can't be written may still be read.
        const find = () => store.callbacks.find(tenantId, reference);
        return (await orElse(find, () => null))?.flowUuid ?? null;
      },
    },
    keys: {
      async begin(tenantId, name, attempt, replacedReference) {
        // Nothing is done under a key of which the end might not be written.
        if (outbox.count() > 0) await outbox.flush();
        if (outbox.count() > 0) {
          throw new StoreError('Other writes wait for the store: see why it does not take them.');
        }
        try {
          return await store.keys.begin(tenantId, name, attempt, replacedReference);
        } catch (error) {
          // It may have been begun, and the answer lost; nothing is done under it, so it is free.
          if (error instanceof StoreError) {
            await outbox.write(() => store.keys.release(tenantId, name, attempt.reference));
          }
          throw error;
        }
      },
      async finish(tenantId, name, result) {
        await outbox.write(() => store.keys.finish(tenantId, name, result));
      },
      async lose(tenantId, name) {
        await outbox.write(() => store.keys.lose(tenantId, name));
      },
      async release(tenantId, name, reference) {
        await outbox.write(() => store.keys.release(tenantId, name, reference));
      },
    },
    countWaiting: outbox.count,
    async close() {
      await outbox.flush();
      outbox.close();
      if (outbox.count() > 0) onLost(outbox.count());
      await store.close();
    },
  };
}

/** Returns the value read, or the cached one where the store fails; at once where the store is synchronous. */
function orElse<Value>(
  read: () => Value | Promise<Value>,
  known: () => Value,
): Value | Promise<Value> {
  const recover = (error: unknown) => {
    if (!(error instanceof StoreError)) throw error;
    return known();
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
  known: FlowRecord,
  { documentIds, receipts: given }: FlowUpload,
): Pick<FlowRecord, 'receipts' | 'earlierReceipts'> {
  const receipts = new Map(known.receipts);
  const earlierReceipts = new Map(known.earlierReceipts);
  const submitted = new Set(known.submittedDocumentIds);
  for (const id of documentIds) {
    const earlier = earlierReceipts.get(id) ?? [];
    if (submitted.has(id) && earlier.length < mostEarlierAttempts) {
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
