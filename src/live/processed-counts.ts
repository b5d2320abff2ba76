import { LRUCache } from 'lru-cache';
import { AtlasError } from '../atlas/api/errors.ts';
import type { Tenant } from '../atlas/api/tenant.ts';
import type { Atlas } from '../atlas/atlas.ts';
import type { CallOptions } from '../atlas/client/client.ts';
import type { Clock } from './clock.ts';

/** Counts the documents of a flow that have a result, extracted or failed. */
export interface ProcessedCounts {
  /**
   * Reads the documents at most once a second per flow and waits at most a second; a later answer
   * is used by the next call. Null while no count is known. Never rejects because of Atlas.
   */
  read(tenant: Tenant, flowUuid: string, options: CallOptions): Promise<number | null>;
  forget(tenant: Tenant, flowUuid: string): void;
}

interface FlowCount {
  count: number | null;
  notBefore: number;
}

const minIntervalMs = 1_000;
const timeoutMs = 1_000;

/** Remembers the newest 100,000 flows. */
export function createProcessedCounts(
  atlas: Pick<Atlas, 'flowExtracts'>,
  clock: Clock,
): ProcessedCounts {
  const flows = new LRUCache<string, FlowCount>({ maxSize: 100_000, sizeCalculation: () => 1 });

  async function fetch(
    known: FlowCount,
    ...request: Parameters<Atlas['flowExtracts']>
  ): Promise<void> {
    try {
      const extracts = await atlas.flowExtracts(...request);
      const done = extracts?.documents.filter(({ state }) => state !== 'PENDING');
      // Two answers may come in either order; what has landed stays landed.
      if (done !== undefined) known.count = Math.max(known.count ?? 0, done.length);
    } catch (error) {
      // The status is what counts, and is known; the documents are looked at again later.
      if (!(error instanceof AtlasError)) throw error;
      known.notBefore = Math.max(known.notBefore, clock.monotonicMs() + (error.retryAfterMs ?? 0));
    }
  }

  return {
    async read(tenant, flowUuid, options) {
      const key = keyOf(tenant, flowUuid);
      const known = flows.get(key) ?? { count: null, notBefore: Number.NEGATIVE_INFINITY };
      flows.set(key, known);
      if (clock.monotonicMs() >= known.notBefore) {
        known.notBefore = clock.monotonicMs() + minIntervalMs;
        await waitAtMost(clock, timeoutMs, fetch(known, tenant, flowUuid, options));
      }
      return known.count;
    },
    forget(tenant, flowUuid) {
      flows.delete(keyOf(tenant, flowUuid));
    },
  };
}

/** Waits for an act, but no longer than that. */
function waitAtMost(clock: Clock, mostMs: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(mostMs, resolve);
    void work.then(resolve, reject).then(cancel);
  });
}

function keyOf(tenant: Tenant, flowUuid: string): string {
  return `${tenant.id}\n${flowUuid}`;
}
