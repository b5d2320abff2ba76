import type { DocumentRecord } from '../../../src/atlas/answers/documents.ts';
import type { FlowState, FlowStatus } from '../../../src/atlas/answers/flow-status.ts';
import type { Atlas, FlowExtracts } from '../../../src/atlas/atlas.ts';
import { createDeadlines } from '../../../src/atlas/deadline/deadline.ts';
import { createFlowWatch } from '../../../src/live/flow-watch.ts';
import { createCallbackLedger } from '../../../src/store/services/callback-ledger.ts';
import { createRegister } from '../../../src/store/services/register.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import type { Store } from '../../../src/store/store.ts';
import { createFakeClock } from './fake-clock.ts';
import { intervalMs, tenantOf } from './open-watch.ts';

export const acme = tenantOf('acme');
export const flowUuid = 'LOS-1';

export function statusOf(state: FlowState): FlowStatus {
  const isDone = state === 'SUCCESS';
  return {
    state,
    upload: isDone ? 'SUCCESS' : 'IN_PROGRESS',
    processing: isDone ? 'SUCCESS' : 'NOT_STARTED',
    crossCheck: isDone ? 'COMPLETED' : 'NOT_STARTED',
  };
}

/** The watch over flows on a clock turned by hand, an Atlas that says what it is told to. */
export function openFlowWatch(options: { readonly store?: Store } = {}) {
  const clock = createFakeClock();
  const store = options.store ?? openSqliteStore({ directory: ':memory:' });
  const register = createRegister({ store });
  const ledger = createCallbackLedger({ callbacks: store.callbacks, now: clock.now });
  let missed = 0;
  let bound = 0;
  const atlas = {
    state: 'IN_PROGRESS' as FlowState,
    /** How many documents have a result, and how many have none. */
    landed: 0,
    pending: 0,
    /** The behaviour of the extracts call in place of an answer. */
    extracts: null as (() => Promise<FlowExtracts | null>) | null,
    statusAsked: [] as { uuid: string; isFresh: boolean | undefined; at: number }[],
    extractsAsked: [] as { uuid: string; isFresh: boolean | undefined; at: number }[],
  };
  const calls: Pick<Atlas, 'flowStatus' | 'flowExtracts'> = {
    async flowStatus(_tenant, uuid, options) {
      atlas.statusAsked.push({ uuid, isFresh: options?.isFresh, at: clock.now() });
      return statusOf(atlas.state);
    },
    async flowExtracts(_tenant, uuid, options) {
      atlas.extractsAsked.push({ uuid, isFresh: options?.isFresh, at: clock.now() });
      return atlas.extracts ? atlas.extracts() : toExtracts(atlas.landed, atlas.pending);
    },
  };
  const watch = createFlowWatch({
    atlas: calls,
    register,
    ledger,
    clock,
    startDeadline: createDeadlines({
      timeoutMs: 15_000,
      now: clock.monotonicMs,
      after: clock.after,
    }),
    intervalMs,
    random: () => 0.5,
    onCallbackMissing: () => {
      missed += 1;
    },
  });
  const about = { applicationId: 'application-1', productType: 'SAMPLE' };

  return {
    clock,
    atlas,
    watch,
    store,
    register,
    ledger,
    countWarnings: () => missed,
    /** Opens a flow here, and answers the reference that Atlas calls by. */
    openFlow(uuid = flowUuid, isCalledBack = true, tenantId = acme.id): string {
      bound += 1;
      const reference = `reference-${bound}`;
      const opening = { ...about, uuid, isCalledBack, reference, at: clock.now() };
      void register.openFlow(tenantId, opening);
      return reference;
    },
    upload(uuid = flowUuid) {
      void register.recordUpload(acme.id, uuid, { documentIds: ['document-1'], at: clock.now() });
    },
  };
}

export function toExtracts(landed: number, pending = 0): FlowExtracts {
  const documents = Array.from(
    { length: landed + pending },
    (_, place): DocumentRecord => ({
      documentId: `document-${place}`,
      fileUuid: null,
      batchId: null,
      documentType: null,
      state: place >= landed ? 'PENDING' : place % 2 ? 'FAILED' : 'EXTRACTED',
      failure: null,
      fields: [],
    }),
  );
  return { documents, crossChecks: [] };
}
