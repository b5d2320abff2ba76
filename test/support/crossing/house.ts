import { OperationTypeNode } from 'graphql';
import { defaultCrossCheckNames } from '../../../src/atlas/answers/cross-checks.ts';
import type { Tenant } from '../../../src/atlas/api/tenant.ts';
import { createAtlas } from '../../../src/atlas/atlas.ts';
import { createAtlasClient } from '../../../src/atlas/client/client.ts';
import { createDeadlines } from '../../../src/atlas/deadline/deadline.ts';
import { askBatchProgress, batchRules } from '../../../src/live/batch-progress.ts';
import { createDurations } from '../../../src/live/durations.ts';
import { createFlowWatch } from '../../../src/live/flow-watch.ts';
import { createWatch } from '../../../src/live/watch.ts';
import { createLog } from '../../../src/logging/log.ts';
import { createSchema } from '../../../src/schema/index.ts';
import { createFinishedFlows } from '../../../src/schema/operation/finished-flows.ts';
import { createResponseCache } from '../../../src/server/execution/response-cache.ts';
import type {
  OperationPipeline,
  ReadySubscription,
} from '../../../src/server/operation/operation-pipeline.ts';
import { createRateLimit } from '../../../src/server/operation/rate-limit.ts';
import { createSubscriptionCaps } from '../../../src/server/operation/subscription-caps.ts';
import { createOperationRunner } from '../../../src/server/streaming/operation-runner.ts';
import { createSharedOperations } from '../../../src/server/streaming/shared-operations.ts';
import { createStreamTokens } from '../../../src/server/streaming/stream-token.ts';
import { createCallbackLedger } from '../../../src/store/services/callback-ledger.ts';
import { createRunIdempotently } from '../../../src/store/services/idempotent-call.ts';
import { createRegister } from '../../../src/store/services/register.ts';
import type { Store } from '../../../src/store/store.ts';
import type { TenantId } from '../../../src/tenant-id.ts';
import { createFakeClock } from '../live/fake-clock.ts';
import { createTwoAtlases } from './two-atlases.ts';

/** How much of anything a caller may have. */
export const most = 3;

/** Everything that is kept, shared or counted by tenant, over one Atlas that both tenants use. */
export function openHouse(store: Store) {
  const clock = createFakeClock();
  const atlases = createTwoAtlases();
  const startDeadline = createDeadlines({
    timeoutMs: 15_000,
    now: clock.monotonicMs,
    after: clock.after,
  });
  const address = 'http://atlas.invalid';
  /** The reported attempts of a tenant, by its id. */
  const tries = new Map<TenantId, { made: number; repeated: number; refused: number }>();
  const triesOf = (tenantId: TenantId) => {
    const known = tries.get(tenantId) ?? { made: 0, repeated: 0, refused: 0 };
    tries.set(tenantId, known);
    return known;
  };
  const client = createAtlasClient({
    baseUrls: { verification: address, bulk: address, docstream: address, address },
    openTransport: () => atlases.transport,
    startDeadline,
    now: clock.now,
    after: clock.after,
    random: () => 0.5,
    onCall({ tenantId }) {
      triesOf(tenantId).made += 1;
    },
    onRetry({ tenantId }) {
      triesOf(tenantId).repeated += 1;
    },
    onRetryRefused({ tenantId }) {
      triesOf(tenantId).refused += 1;
    },
  });
  const atlas = createAtlas({ client, crossCheckNames: defaultCrossCheckNames, onDrift: () => {} });
  const register = createRegister({ store });
  const ledger = createCallbackLedger({ callbacks: store.callbacks, now: clock.now });
  const flows = createFlowWatch({
    atlas,
    register,
    ledger,
    clock,
    startDeadline,
    intervalMs: 5_000,
    random: () => 0.5,
  });
  const batches = createWatch({
    ask: async (tenant, key, { isFresh }) => {
      const submitted = (await register.batch(tenant.id, key))?.submittedDocumentIds;
      const batch = { service: 'BULK', batchId: key } as const;
      return await askBatchProgress(atlas, tenant, batch, submitted, { isFresh });
    },
    rules: batchRules,
    missing: 'batch',
    clock,
    random: () => 0.5,
    intervalMs: 5_000,
  });
  const finished = createFinishedFlows({ flows, ttlMs: 60_000, now: clock.monotonicMs });
  const schema = createSchema();
  const cache = createResponseCache({ schema, finished, now: clock.monotonicMs });
  const once = createRunIdempotently({ keys: store.keys, attemptMs: 15_000, clock });
  const caps = createSubscriptionCaps({ perCaller: () => most, perProcess: 1_000_000 });
  const log = createLog('silent', { write: () => {} });
  const rateLimit = createRateLimit({
    isEnforced: true,
    perMinute: () => most,
    log,
    clock,
  });
  const tokens = createStreamTokens();
  const durations = createDurations();
  const runner = createOperationRunner({
    pipeline: toPipeline(),
    shared: createSharedOperations(clock, 30_000),
    caps,
    // Whose rate is over says nothing of whose data it would have been; it is looked at by itself.
    rateLimit: { ...rateLimit, take: async () => null },
    log,
    monotonicMs: clock.monotonicMs,
  });

  /** A pipeline with one subscription, whose keys are the same for both tenants. */
  function toPipeline(): OperationPipeline {
    const pipeline: Pick<OperationPipeline, 'prepare' | 'refuse' | 'deliver'> = {
      prepare({ principal: { tenant } }, { variables }): ReadySubscription {
        const uuid = String(variables?.uuid);
        return {
          isReady: true,
          isLossless: false,
          kind: OperationTypeNode.SUBSCRIPTION,
          key: uuid,
          subscribe: async () => toResults(tenant, uuid),
          write: (result) => JSON.stringify(result),
          takeReads: () => [],
          versionOf: () => null,
          usedRights: () => new Set(),
        };
      },
      refuse: () => ({ isReady: false, errors: [], text: '', faults: null, http: null }),
      deliver: (_, result) => result,
    };
    // A subscription takes no more of it.
    return pipeline as OperationPipeline;
  }

  async function* toResults(tenant: Tenant, uuid: string) {
    try {
      for await (const { state } of flows.watch(tenant, uuid)) {
        yield { data: { crossCheck: state.status.crossCheck } };
      }
    } catch {
      // The results of a subscription tell its failure, and go on no further.
      yield { errors: [] };
    }
  }

  return {
    clock,
    atlases,
    client,
    triesOf,
    atlas,
    startDeadline,
    store,
    register,
    ledger,
    flows,
    batches,
    finished,
    cache,
    once,
    caps,
    rateLimit,
    tokens,
    durations,
    runner,
  };
}

export type House = ReturnType<typeof openHouse>;
