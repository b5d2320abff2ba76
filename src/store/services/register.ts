import { LRUCache } from 'lru-cache';
import type { TenantId } from '../../tenant-id.ts';
import { createToTenantKey } from '../../tenant-key.ts';
import { type FlowEvent, timelineKinds, toFlowEvent } from '../event-log.ts';
import type {
  BatchRecord,
  DocumentResult,
  FlowOpening,
  FlowRecord,
  FlowRegister,
  FlowUpload,
  Page,
  SeenBatch,
  StatusChange,
  Store,
} from '../store.ts';

/**
 * Flows and batches made here, by tenant: the store's register behind a cache of recent reads. Holds
 * ids only, no personal data. A flow that is read often is read from memory.
 */
export interface Register extends Pick<FlowRegister, 'page'> {
  /** True if Atlas has called by the opening's reference already. */
  openFlow(tenantId: TenantId, opening: FlowOpening): Promise<boolean>;
  recordUpload(tenantId: TenantId, flowUuid: string, upload: FlowUpload): Promise<void>;
  recordStatus(tenantId: TenantId, flowUuid: string, change: StatusChange): Promise<void>;
  /** Writes down which documents of a flow have a result, if that is news. */
  recordResults(
    tenantId: TenantId,
    flowUuid: string,
    landed: { readonly documents: readonly DocumentResult[]; readonly at: number },
  ): Promise<void>;
  /** Logs a call for a flow that failed, with its public error code. */
  recordFailure(
    tenantId: TenantId,
    flowUuid: string,
    failed: { readonly failure: string; readonly at: number },
  ): Promise<void>;
  /** A flow's events in order, as far as the log reaches back; null: it is not on the register. */
  timeline(
    tenantId: TenantId,
    flowUuid: string,
    query: { readonly first: number; readonly after: number },
  ): Promise<Page<FlowEvent> | null>;
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
  recordProgress(tenantId: TenantId, batchKey: string, seen: SeenBatch): Promise<void>;
}

/** The options of `createRegister`. */
export interface RegisterOptions {
  readonly store: Pick<Store, 'flows' | 'batches' | 'events' | 'isShared'>;
  /** How many flows are cache, the ones read last. */
  readonly max?: number;
}

/** A register over a store. */
export function createRegister({ store, max = 10_000 }: RegisterOptions): Register {
  const { flows, batches, events, isShared } = store;
  const keyOf = createToTenantKey();
  // Where others write too it is for who can't wait: better told what was than nothing.
  const cache = new LRUCache<string, { readonly flow: FlowRecord | null }>({ max });
  /** The results that were written down last, by flow. */
  const landed = new LRUCache<string, ReadonlySet<string>>({ max });
  const peek = (tenantId: TenantId, uuid: string) => cache.peek(keyOf(tenantId, uuid))?.flow;

  function read(tenantId: TenantId, uuid: string): ReturnType<Register['flow']> {
    const found = flows.find(tenantId, uuid);
    if (found instanceof Promise) return found.then((flow) => addToCache(tenantId, uuid, flow));
    return addToCache(tenantId, uuid, found);
  }

  function addToCache(
    tenantId: TenantId,
    uuid: string,
    flow: FlowRecord | null,
  ): FlowRecord | null {
    cache.set(keyOf(tenantId, uuid), { flow });
    return flow;
  }

  function find(tenantId: TenantId, uuid: string): ReturnType<Register['flow']> {
    const cached = isShared ? undefined : cache.get(keyOf(tenantId, uuid));
    return cached ? cached.flow : read(tenantId, uuid);
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
    async recordStatus(tenantId, uuid, change) {
      const cached = peek(tenantId, uuid);
      if (cached === null && !isShared) return;
      if (cached && change.version > (cached.last?.version ?? 0)) {
        const { status, version, at } = change;
        const flow = { ...cached, state: status.state, last: { status, version, at } };
        cache.set(keyOf(tenantId, uuid), { flow });
      }
      await flows.recordStatus(tenantId, uuid, change);
    },
    async recordResults(tenantId, uuid, { documents, at }) {
      if (!isShared && peek(tenantId, uuid) === null) return;
      const key = keyOf(tenantId, uuid);
      const cached = landed.get(key) ?? new Set();
      // An upload begins anew: its documents have other files, or the flow another time.
      const uploadedAt = peek(tenantId, uuid)?.uploadedAt ?? 0;
      const nameOf = ({ documentId, fileUuid, hasFailed }: DocumentResult) =>
        JSON.stringify([uploadedAt, documentId, fileUuid, hasFailed]);
      const news = documents.filter((each) => !cached.has(nameOf(each)));
      if (news.length === 0) return;
      await flows.recordResults(tenantId, uuid, { documents: news, at });
      landed.set(key, new Set(documents.map(nameOf)));
    },
    async recordFailure(tenantId, uuid, failed) {
      if (isShared || peek(tenantId, uuid) !== null) {
        await flows.recordFailure(tenantId, uuid, failed);
      }
    },
    async timeline(tenantId, uuid, { first, after }) {
      const query = { first, after, flowUuid: uuid, kinds: timelineKinds };
      // A store that can't be read is told before a flow that it does not have.
      const page = await events.read(tenantId, query);
      if ((await find(tenantId, uuid)) === null) return null;
      const entries = page.events.flatMap((event) => toFlowEvent(event) ?? []);
      return { entries, hasNext: page.hasNext };
    },
    flow: find,
    knownFlow: peek,
    page: flows.page,
    recordBatch: batches.submit,
    batch: batches.find,
    recordProgress: batches.recordProgress,
  };
}
