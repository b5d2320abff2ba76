import { LRUCache } from 'lru-cache';

/** What Atlas called one uploaded file. */
export interface Receipt {
  readonly fileUuid: string | undefined;
  readonly batchId: string | undefined;
}

/** What this gateway knows of a flow that Atlas does not tell: what it was opened and fed with. */
export interface RegisteredFlow {
  readonly applicationId: string;
  readonly productType: string;
  /** Whether Atlas was told to call this gateway when the flow ends. */
  readonly isCalledBack: boolean;
  readonly submittedDocumentIds: readonly string[];
  /** What Atlas called the files it took, by document id. */
  readonly receipts: ReadonlyMap<string, Receipt>;
  /** When files were last uploaded, in milliseconds since the epoch. */
  readonly uploadedAt: number;
}

/** What this gateway knows of a batch that was submitted through it. */
export interface RegisteredBatch {
  readonly submittedDocumentIds: readonly string[];
}

/** Flows and batches made here, by tenant. Holds ids only, no personal data. */
export interface Register {
  recordFlow(
    tenantId: string,
    flowUuid: string,
    flow: Pick<RegisteredFlow, 'applicationId' | 'productType' | 'isCalledBack'>,
  ): void;
  /** Adds to what is known of a flow; of a flow that was opened elsewhere nothing else is known. */
  recordUpload(
    tenantId: string,
    flowUuid: string,
    upload: {
      readonly documentIds: readonly string[];
      readonly at: number;
      readonly receipts?: ReadonlyMap<string, Receipt>;
    },
  ): void;
  flow(tenantId: string, flowUuid: string): Partial<RegisteredFlow> | undefined;
  recordBatch(tenantId: string, batchKey: string, batch: RegisteredBatch): void;
  batch(tenantId: string, batchKey: string): RegisteredBatch | undefined;
}

/** A register in this process's memory: the newest 100,000 flows and as many batches. */
export function createMemoryRegister({ max = 100_000 } = {}): Register {
  const flows = new LRUCache<string, Partial<RegisteredFlow>>({ max });
  const batches = new LRUCache<string, RegisteredBatch>({ max });

  return {
    recordFlow(tenantId, flowUuid, flow) {
      const key = keyOf(tenantId, flowUuid);
      flows.set(key, { ...flows.get(key), ...flow });
    },
    recordUpload(tenantId, flowUuid, { documentIds, at, receipts }) {
      const key = keyOf(tenantId, flowUuid);
      const known = flows.get(key);
      const submitted = new Set([...(known?.submittedDocumentIds ?? []), ...documentIds]);
      flows.set(key, {
        ...known,
        submittedDocumentIds: [...submitted],
        receipts: new Map([...(known?.receipts ?? []), ...(receipts ?? [])]),
        uploadedAt: at,
      });
    },
    flow: (tenantId, flowUuid) => flows.get(keyOf(tenantId, flowUuid)),
    recordBatch(tenantId, batchKey, batch) {
      batches.set(keyOf(tenantId, batchKey), batch);
    },
    batch: (tenantId, batchKey) => batches.get(keyOf(tenantId, batchKey)),
  };
}

/** Tenant ids hold no line break (config), so no two pairs make one key. */
function keyOf(tenantId: string, id: string): string {
  return `${tenantId}\n${id}`;
}
