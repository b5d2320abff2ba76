import { isTerminal } from '../../atlas/answers/flow-status.ts';
import type { Tenant } from '../../atlas/api/tenant.ts';
import type { FlowExtracts } from '../../atlas/atlas.ts';
import type { FlowProgress } from '../../live/flow-progress.ts';
import type { KnownSnapshot, Snapshot } from '../../live/known-states.ts';
import type { Watch } from '../../live/watch.ts';
import { createTtlCache } from '../../store/services/ttl-cache.ts';

/** Atlas's answers about finished flows, cached for a while so that Atlas is not asked again. */
export interface FinishedFlows {
  /** The flow as Atlas last said, where that was its end and not long ago. */
  snapshot(tenant: Tenant, uuid: string): Snapshot<FlowProgress> | undefined;
  /** The extracts of its documents; undefined unless Atlas was asked for them after the end. */
  extracts(tenant: Tenant, uuid: string): FlowExtracts | undefined;
  keepExtracts(tenant: Tenant, uuid: string, extracts: FlowExtracts, askedAt: number): void;
  /** How much longer all that is known of it is kept, in milliseconds. */
  leftMs(tenant: Tenant, uuid: string): number;
  /** Says that the flow goes on: the end that was known of it counts for nothing any more. */
  reopen(tenant: Tenant, uuid: string): void;
}

/** The options of `createFinishedFlows`. */
export interface FinishedFlowsOptions {
  readonly flows: Pick<Watch<FlowProgress>, 'last' | 'isReopened'>;
  /** How long anything is kept after Atlas said it, in milliseconds; 0: nothing is. */
  readonly ttlMs: number;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
}

/** The extracts read after the end of that version; a newer version has other documents. */
interface Kept {
  readonly extracts: FlowExtracts;
  readonly version: number;
}

/** How many documents and cross-checks are kept, of all flows together. */
const mostKept = 50_000;
const mostReopened = 100_000;

/** Remembers finished flows in this process, each for its tenant. */
export function createFinishedFlows({ flows, ttlMs, now }: FinishedFlowsOptions): FinishedFlows {
  const kept = createTtlCache<Kept>({
    ttlMs,
    sizeOf: ({ extracts }) => 1 + extracts.documents.length + extracts.crossChecks.length,
    maxSize: mostKept,
    now,
  });
  // An answer to a question from before, or one of an Atlas that lags, would show the old end. Only
  // an end that is newer than what was known then is one.
  const reopened = createTtlCache<{ readonly atVersion: number }>({
    ttlMs,
    sizeOf: () => 1,
    maxSize: mostReopened,
    now,
  });

  function snapshotOf(tenant: Tenant, uuid: string): KnownSnapshot<FlowProgress> | undefined {
    const last = flows.last(tenant, uuid);
    if (last === undefined || last.isStale || !isTerminal(last.state.status)) return undefined;
    if (now() - last.observedMonotonicMs > ttlMs) return undefined;
    // It was given more, here or elsewhere, and nothing has been seen of that yet.
    if (flows.isReopened(tenant, uuid)) return undefined;
    const { atVersion = 0 } = reopened.get(tenant.id, uuid) ?? {};
    return last.version > atVersion ? last : undefined;
  }

  return {
    snapshot(tenant, uuid) {
      const last = snapshotOf(tenant, uuid);
      return last && { ...last, source: 'CACHE', nextCheckAt: null };
    },
    extracts(tenant, uuid) {
      const last = snapshotOf(tenant, uuid);
      const found = last && kept.get(tenant.id, uuid);
      return found?.version === last?.version ? found?.extracts : undefined;
    },
    keepExtracts(tenant, uuid, extracts, askedAt) {
      const last = snapshotOf(tenant, uuid);
      if (last === undefined || last.observedMonotonicMs > askedAt) return;
      kept.set(tenant.id, uuid, { extracts, version: last.version });
    },
    leftMs(tenant, uuid) {
      const last = snapshotOf(tenant, uuid);
      if (last === undefined) return 0;
      const ofSnapshot = ttlMs - (now() - last.observedMonotonicMs);
      return Math.min(ofSnapshot, kept.leftMs(tenant.id, uuid) ?? ofSnapshot);
    },
    reopen(tenant, uuid) {
      kept.delete(tenant.id, uuid);
      const { version = Number.POSITIVE_INFINITY } = flows.last(tenant, uuid) ?? {};
      reopened.set(tenant.id, uuid, { atVersion: version });
    },
  };
}
