import { LRUCache } from 'lru-cache';
import type { TenantId } from '../../tenant-id.ts';
import { createToTenantKey } from '../../tenant-key.ts';
import type {
  BatchRecord,
  FlowEvent,
  FlowOpening,
  FlowRecord,
  FlowRegister,
  FlowUpload,
  SeenStatus,
  Store,
} from '../store.ts';

/**
 * Flows and batches made here, by tenant: the store's register behind a cache of recent reads. Holds
 * ids only, no personal data. A flow that is read often is read from memory.
 */
export interface Register extends Pick<FlowRegister, 'page' | 'events'> {
  /** True if Atlas has called by the opening's reference already. */
  openFlow(tenantId: TenantId, opening: FlowOpening): Promise<boolean>;
  recordUpload(tenantId: TenantId, flowUuid: string, upload: FlowUpload): Promise<void>;
  recordStatus(
    tenantId: TenantId,
    flowUuid: string,
    seen: SeenStatus & { readonly source: string },
  ): Promise<void>;
  recordEvent(tenantId: TenantId, flowUuid: string, event: FlowEvent): Promise<void>;
  /** Null: it is not on the register. At once, and no promise, where nothing need be waited for. */
  flow(tenantId: TenantId, flowUuid: string): FlowRecord | null | Promise<FlowRecord | null>;
  /** The last answer of `flow`, for callers that can't wait; undefined when it is not cached. */
  knownFlow(tenantId: TenantId, flowUuid: string): FlowRecord | null | undefined;
  recordBatch(
    tenantId: TenantId,
    batchKey: string,
    batch: BatchRecord & { readonly at: number },
  ): Promise<void>;
  batch(tenantId: TenantId, batchKey: string): Promise<BatchRecord | null>;
}

export interface RegisterOptions {
  readonly store: Pick<Store, 'flows' | 'batches' | 'isShared'>;
  /** How many flows are remembered, the ones read last. */
  readonly max?: number;
}

/** A register over a store. */
export function createRegister({ store, max = 10_000 }: RegisterOptions): Register {
  const { flows, batches, isShared } = store;
  const keyOf = createToTenantKey();
  // Where others write too it is for who can't wait: better told what was than nothing.
  const remembered = new LRUCache<string, { readonly flow: FlowRecord | null }>({ max });
  const peek = (tenantId: TenantId, uuid: string) => remembered.peek(keyOf(tenantId, uuid))?.flow;

  function read(tenantId: TenantId, uuid: string): ReturnType<Register['flow']> {
    const found = flows.find(tenantId, uuid);
    if (found instanceof Promise) return found.then((flow) => remember(tenantId, uuid, flow));
    return remember(tenantId, uuid, found);
  }

  function remember(tenantId: TenantId, uuid: string, flow: FlowRecord | null): FlowRecord | null {
    remembered.set(keyOf(tenantId, uuid), { flow });
    return flow;
  }

  return {
    async openFlow(tenantId, opening) {
      const hasCalled = await flows.open(tenantId, opening);
      await read(tenantId, opening.uuid);
      return hasCalled;
    },
    async recordUpload(tenantId, uuid, upload) {
      await flows.upload(tenantId, uuid, upload);
      await read(tenantId, uuid);
    },
    async recordStatus(tenantId, uuid, { source, ...last }) {
      const known = peek(tenantId, uuid);
      if (known === null && !isShared) return;
      if (known && last.version > (known.last?.version ?? 0)) {
        const flow = { ...known, state: last.status.state, last };
        remembered.set(keyOf(tenantId, uuid), { flow });
      }
      await flows.see(tenantId, uuid, { ...last, source });
    },
    async recordEvent(tenantId, uuid, event) {
      if (isShared || peek(tenantId, uuid) !== null) await flows.note(tenantId, uuid, event);
    },
    flow(tenantId, uuid) {
      const known = isShared ? undefined : remembered.get(keyOf(tenantId, uuid));
      return known ? known.flow : read(tenantId, uuid);
    },
    knownFlow: peek,
    page: flows.page,
    events: flows.events,
    recordBatch: batches.submit,
    batch: batches.find,
  };
}
