import { LRUCache } from 'lru-cache';
import { type FlowStatus, isSameStatus, isTerminal } from '../atlas/answers/flow-status.ts';
import type { Tenant } from '../atlas/api/tenant.ts';
import type { Atlas } from '../atlas/atlas.ts';
import type { StartDeadline } from '../atlas/deadline/deadline.ts';
import type { CallbackLedger } from '../store/services/callback-ledger.ts';
import type { Register } from '../store/services/register.ts';
import type { FlowRecord } from '../store/store.ts';
import { safetyNetMs } from './cadence.ts';
import type { Clock } from './clock.ts';
import { createDurations } from './durations.ts';
import { type FlowProgress, flowRules, toGoingOn, toKnownStatus } from './flow-progress.ts';
import type { RestorableState } from './known-states.ts';
import { createProcessedCounts } from './processed-counts.ts';
import type { SharedWatch } from './shared-watch.ts';
import { createWatch, type Watch } from './watch.ts';
import type { Change, Ending } from './watch-options.ts';
import type { CadenceHints, Poll, PollOptions } from './watcher-options.ts';

/** The options of `createFlowWatch`. */
export interface FlowWatchOptions {
  readonly atlas: Pick<Atlas, 'flowStatus' | 'flowExtracts'>;
  readonly register: Pick<Register, 'flow' | 'knownFlow' | 'recordStatus' | 'recordFailure'>;
  readonly ledger: CallbackLedger;
  readonly clock: Clock;
  /** Begins the deadline of each look at a flow. */
  readonly startDeadline: StartDeadline;
  readonly intervalMs: number;
  readonly random?: () => number;
  readonly onLagging?: () => void;
  /** Told of each look at Atlas that found a state, and how late it came. */
  readonly onPoll?: ((look: Poll) => void) | undefined;
  /** Told once, when a flow has ended and no callback that Atlas was asked for has ever come. */
  readonly onCallbackMissing?: () => void;
  /** Told of a store that can't be used: what is watched goes on without it. */
  readonly onStoreFailure?: (error: unknown) => void;
  /** The watches in other processes, of which one asks for all. */
  readonly share?: SharedWatch<FlowProgress>;
  /** The public code of an error that kept Atlas from being asked. */
  readonly codeOf?: (error: unknown) => string;
}

/** How long after the end of a flow its callback may still be on its way. */
const callbackGraceMs = 30_000;

/** The watch over flows: asks for their status, and for their documents where somebody reads them. */
export function createFlowWatch(options: FlowWatchOptions): Watch<FlowProgress> {
  const { atlas, register, ledger, clock } = options;
  const durations = createDurations();
  const processedCounts = createProcessedCounts(atlas, clock);
  /** How many callbacks had come when one was missed last, by tenant. */
  const missedAfter = new LRUCache<string, number>({ max: 10_000 });
  let hasWarned = false;

  async function ask(
    tenant: Tenant,
    uuid: string,
    pollOptions: PollOptions,
  ): Promise<FlowProgress | null> {
    const { isFresh, isDetailed } = pollOptions;
    const callOptions = { isFresh, lane: 'live', deadline: options.startDeadline() } as const;
    // The hints of when to ask again can't wait for the register, so it is read by now.
    const [status] = await Promise.all([
      atlas.flowStatus(tenant, uuid, callOptions),
      readRegister(tenant, uuid),
    ]);
    if (status === null || isTerminal(status)) {
      processedCounts.forget(tenant, uuid);
      return status && { status, landed: null };
    }
    const count = isDetailed ? await processedCounts.read(tenant, uuid, callOptions) : null;
    return { status, landed: count };
  }

  function hintsOf(tenant: Tenant, uuid: string): CadenceHints {
    const flow = register.knownFlow(tenant.id, uuid);
    const trust = isProven(tenant) ? 'proven' : 'promised';
    return {
      callbacks: flow?.isCalledBack ? trust : 'none',
      sinceUploadMs: sinceMs(flow?.uploadedAt),
      usualMs: durations.usualMs(tenant.id),
    };
  }

  /**
   * How long ago a moment of the register was, in milliseconds; null where that can't be told: none
   * is known, or the wall clock has stepped back behind it.
   */
  function sinceMs(at: number | null | undefined): number | null {
    const passedMs = at == null ? -1 : clock.now() - at;
    return passedMs < 0 ? null : passedMs;
  }

  /** Whether Atlas's calls arrive: one has come, and none was missed since. */
  function isProven(tenant: Tenant): boolean {
    return ledger.countReceived(tenant.id) > (missedAfter.get(tenant.id) ?? 0);
  }

  function onTerminal(tenant: Tenant, uuid: string, ending: Ending<FlowProgress>): void {
    const { uploadedAt, isCalledBack } = register.knownFlow(tenant.id, uuid) ?? {};
    const { state, runningAt } = ending;
    // An end that was found long after it came says nothing of how long the flow took.
    const isWitnessed = runningAt !== null && clock.monotonicMs() - runningAt <= safetyNetMs;
    const tookMs = sinceMs(uploadedAt);
    if (isWitnessed && tookMs !== null) durations.record(tenant.id, tookMs);
    // Whether Atlas calls for a flow that failed is not documented (CONTRACT 5).
    if (isCalledBack && state.status.state === 'SUCCESS') expectCallback(tenant, uuid);
  }

  function expectCallback(tenant: Tenant, uuid: string): void {
    if (hasWarned && !isProven(tenant)) return;
    // One that came before the end, or comes soon after it.
    clock.after(callbackGraceMs, () => reportStoreFailure(judgeCallback(tenant, uuid)));
  }

  async function judgeCallback(tenant: Tenant, uuid: string): Promise<void> {
    if (await ledger.hasCalled(tenant.id, uuid)) return;
    missedAfter.set(tenant.id, ledger.countReceived(tenant.id));
    if (hasWarned || ledger.countReceived() > 0) return;
    hasWarned = true;
    options.onCallbackMissing?.();
  }

  function readRegister(tenant: Tenant, uuid: string): ReturnType<Register['flow']> {
    try {
      const flow = register.flow(tenant.id, uuid);
      return flow instanceof Promise ? flow.catch(toUnreadable) : flow;
    } catch (error) {
      return toUnreadable(error);
    }
  }

  function toUnreadable(error: unknown): null {
    options.onStoreFailure?.(error);
    return null;
  }

  function recall(tenant: Tenant, uuid: string) {
    const flow = readRegister(tenant, uuid);
    return flow instanceof Promise ? flow.then(toStateBefore) : toStateBefore(flow);
  }

  function onChange(
    tenant: Tenant,
    uuid: string,
    { snapshot, before }: Change<FlowProgress>,
  ): void {
    const { state, version, source, observedAt: at } = snapshot;
    const { status } = state;
    const isSame = before !== undefined && isSameStatus(before.state.status, status);
    if (isSame && !isAnotherEnd(tenant, uuid, status)) return;
    const change = { status, version, at, source, hasEnded: isTerminal(status) };
    reportStoreFailure(register.recordStatus(tenant.id, uuid, change));
  }

  /** Whether a flow has ended that was given more files since its end was written down. */
  function isAnotherEnd(tenant: Tenant, uuid: string, status: FlowStatus): boolean {
    const flow = register.knownFlow(tenant.id, uuid);
    return isTerminal(status) && (flow?.uploadedAt ?? 0) > (flow?.last?.at ?? 0);
  }

  function onFailure(tenant: Tenant, uuid: string, error: unknown): void {
    const failure = options.codeOf?.(error);
    if (failure === undefined) return;
    reportStoreFailure(register.recordFailure(tenant.id, uuid, { failure, at: clock.now() }));
  }

  function reportStoreFailure(writing: Promise<void>): void {
    writing.catch((error: unknown) => options.onStoreFailure?.(error));
  }

  return createWatch({
    ask,
    hintsOf,
    onTerminal,
    recall,
    onChange,
    onFailure,
    rules: flowRules,
    missing: 'flow',
    clock,
    intervalMs: options.intervalMs,
    ...(options.random ? { random: options.random } : {}),
    ...(options.onLagging ? { onLagging: options.onLagging } : {}),
    onPoll: options.onPoll,
    ...(options.share ? { share: options.share } : {}),
  });
}

function toStateBefore(flow: FlowRecord | null): RestorableState<FlowProgress> | null {
  const last = flow?.last;
  if (!last) return null;
  const state = { status: toKnownStatus(last.status), landed: null };
  const before = { state, version: last.version, observedAt: last.at };
  return flow.uploadedAt === null ? before : toGoingOn(before, flow.uploadedAt);
}
