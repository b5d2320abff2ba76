import { LRUCache } from 'lru-cache';
import type { TenantId } from '../tenant-id.ts';
import { createOutbox, type OutboxOptions } from './outbox.ts';
import { type FlowRecord, type Receipt, type Store, StoreError } from './store.ts';

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
 * A store far away, with patience for when it can't be reached:
 * - What Atlas did is written down as soon as it can be: the caller has Atlas's answer, and an error
 *   would make it ask for the same again. Up to 50,000 writes wait in memory, so what is lost is what
 *   waits in a process that is killed meanwhile.
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
        const known = flows.get(key) ?? toRecord(uuid, upload.at, 'UNKNOWN');
        const submitted = new Set([...known.submittedDocumentIds, ...upload.documentIds]);
        flows.set(key, {
          ...known,
          submittedDocumentIds: [...submitted],
          receipts: toReceipts(known.receipts, upload.receipts),
          uploadedAt: upload.at,
        });
        await outbox.write(() => store.flows.upload(tenantId, uuid, upload));
      },
      async see(tenantId, uuid, { source, ...last }) {
        const known = flows.get(keyOf(tenantId, uuid));
        if (known !== undefined && last.version > (known.last?.version ?? -1)) {
          flows.set(keyOf(tenantId, uuid), { ...known, state: last.status.state, last });
        }
        await outbox.write(() => store.flows.see(tenantId, uuid, { source, ...last }));
      },
      async note(tenantId, uuid, event) {
        await outbox.write(() => store.flows.note(tenantId, uuid, event));
      },
      async find(tenantId, uuid) {
        const key = keyOf(tenantId, uuid);
        // What waits to be written is not there yet.
        if (outbox.count() > 0 && flows.has(key)) return flows.get(key) ?? null;
        const found = await orElse(
          () => store.flows.find(tenantId, uuid),
          () => flows.get(key) ?? null,
        );
        if (found !== null) flows.set(key, found);
        return found;
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
    },
    callbacks: {
      ...store.callbacks,
      async call(tenantId, reference, at) {
        const flowUuid = await outbox.write(() => store.callbacks.call(tenantId, reference, at));
        return flowUuid ?? references.get(keyOf(tenantId, reference)) ?? null;
      },
    },
    keys: {
      async begin(tenantId, name, attempt, replacedReference) {
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

async function orElse<Value>(
  read: () => Value | Promise<Value>,
  known: () => Value,
): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return known();
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
  };
}

/** The newer name that Atlas gave a document, where it gave one. */
function toReceipts(
  known: ReadonlyMap<string, Receipt>,
  given: ReadonlyMap<string, Receipt> = new Map(),
): Map<string, Receipt> {
  const receipts = new Map(known);
  for (const [id, { fileUuid, batchId }] of given) {
    const before = receipts.get(id);
    receipts.set(id, {
      fileUuid: fileUuid ?? before?.fileUuid,
      batchId: batchId ?? before?.batchId,
    });
  }
  return receipts;
}

/** Tenant ids hold no line break (config), so no two pairs make one key. */
function keyOf(tenantId: TenantId, id: string): string {
  return `${tenantId}\n${id}`;
}
