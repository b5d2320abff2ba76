import { LRUCache } from 'lru-cache';
import type { Atlas } from '../atlas/atlas.ts';
import { AtlasError } from '../atlas/errors.ts';
import { isTerminal } from '../atlas/flow-status.ts';
import type { Tenant } from '../atlas/tenant.ts';
import type { CallbackLedger } from '../store/callback-ledger.ts';
import type { Register } from '../store/register.ts';
import type { Clock } from './clock.ts';
import { createDurations } from './durations.ts';
import { type FlowProgress, flowRules } from './flow-progress.ts';
import { type AskOptions, type CadenceHints, createWatch, type Watch } from './watch.ts';

export interface FlowWatchOptions {
  readonly atlas: Pick<Atlas, 'flowStatus' | 'flowExtracts'>;
  readonly register: Register;
  readonly ledger: CallbackLedger;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly random?: () => number;
  readonly onLagging?: () => void;
  /** Told once, when a flow has ended and the callback Atlas was asked for did not come. */
  readonly onCallbackMissing?: () => void;
}

const callbackGraceMs = 30_000;
const leastBetweenDocumentsMs = 1_000;

/** The watch over flows: asks for their status, and for their documents where somebody reads them. */
export function createFlowWatch(options: FlowWatchOptions): Watch<FlowProgress> {
  const { atlas, register, ledger, clock } = options;
  const durations = createDurations();
  const documentsAskedAt = new LRUCache<string, number>({ max: 100_000 });
  let hasMissed = false;

  /** How many documents have a result; null when nobody wants to know, or they were just asked for. */
  async function askLanded(tenant: Tenant, uuid: string, how: AskOptions): Promise<number | null> {
    const key = `${tenant.id}\n${uuid}`;
    const now = clock.now();
    const askedAt = documentsAskedAt.get(key) ?? Number.NEGATIVE_INFINITY;
    if (!how.isDetailed || now - askedAt < leastBetweenDocumentsMs) return null;
    documentsAskedAt.set(key, now);
    const extracts = await atlas
      .flowExtracts(tenant, uuid, { isFresh: how.isFresh })
      // The status is known and is what counts; the documents are looked at again next time.
      .catch((error: unknown) => {
        if (error instanceof AtlasError) return null;
        throw error;
      });
    return extracts?.documents.filter(({ state }) => state !== 'PENDING').length ?? null;
  }

  async function ask(tenant: Tenant, uuid: string, how: AskOptions): Promise<FlowProgress | null> {
    const status = await atlas.flowStatus(tenant, uuid, { isFresh: how.isFresh });
    if (status === null || isTerminal(status)) {
      documentsAskedAt.delete(`${tenant.id}\n${uuid}`);
      return status && { status, landed: null };
    }
    return { status, landed: await askLanded(tenant, uuid, how) };
  }

  function hintsOf(tenant: Tenant, uuid: string): CadenceHints {
    const flow = register.flow(tenant.id, uuid);
    const isProven = ledger.countReceived(tenant.id) > 0;
    return {
      callbacks: flow?.isCalledBack ? (isProven ? 'proven' : 'promised') : 'none',
      sinceUploadMs: flow?.uploadedAt === undefined ? null : clock.now() - flow.uploadedAt,
      usualMs: durations.usualMs(tenant.id),
    };
  }

  function onTerminal(tenant: Tenant, uuid: string): void {
    const flow = register.flow(tenant.id, uuid);
    if (flow?.uploadedAt !== undefined) durations.record(tenant.id, clock.now() - flow.uploadedAt);
    if (!flow?.isCalledBack || hasMissed || ledger.countReceived() > 0) return;
    clock.after(callbackGraceMs, () => {
      if (hasMissed || ledger.countReceived() > 0) return;
      hasMissed = true;
      options.onCallbackMissing?.();
    });
  }

  return createWatch({
    ask,
    hintsOf,
    onTerminal,
    rules: flowRules,
    missing: 'flow',
    clock,
    intervalMs: options.intervalMs,
    ...(options.random ? { random: options.random } : {}),
    ...(options.onLagging ? { onLagging: options.onLagging } : {}),
  });
}
