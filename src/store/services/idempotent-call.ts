import type { TenantId } from '../../tenant-id.ts';
import type { KeyName, KeyRecord, KeyRegister } from '../store.ts';

/** A call that must not be executed twice. */
export interface IdempotentCall<Result> {
  readonly tenantId: TenantId;
  readonly name: KeyName;
  /** Hashes of the body, the newest secret's first; any of them is the same body. */
  readonly bodyHashes: readonly [string, ...string[]];
  /** The reference of the attempt, by which its outcome is found if its answer is lost. */
  readonly reference: string;
  /**
   * Executes the call. The result is stored as JSON. Null: the call was not executed, and nothing
   * is stored.
   */
  readonly attempt: () => Promise<Result | null>;
  /** Finds the outcome of an attempt whose answer was lost. */
  readonly reconcile: (lost: KeyRecord) => Promise<Reconciliation<Result>>;
  /** True for an error that proves that the call had no effect. */
  readonly isNotApplied: (error: unknown) => boolean;
}

/** The finding about a lost attempt: its result, that it did nothing, or neither. */
export type Reconciliation<Result> = { readonly result: Result } | 'not-applied' | 'unknown';

/** The outcome of an idempotent call. */
export type IdempotentOutcome<Result> =
  | { readonly kind: 'done'; readonly result: Result; readonly isReplay: boolean }
  /** The call was not executed; its caller knows the reason. */
  | { readonly kind: 'not-applied' }
  /** The key was used with another body. */
  | { readonly kind: 'other-body' }
  /** An attempt was made, and its outcome is unknown. */
  | { readonly kind: 'unknown' };

/** Executes a call once per key, over all processes and repeats. */
export type RunIdempotently = <Result>(
  call: IdempotentCall<Result>,
) => Promise<IdempotentOutcome<Result>>;

/** The options of `createRunIdempotently`. */
export interface IdempotentCallOptions {
  readonly keys: KeyRegister;
  /** How long an attempt may wait for Atlas, in milliseconds: `OPERATION_TIMEOUT_MS`. */
  readonly attemptMs: number;
  readonly clock: {
    /** The wall clock, which the records of all processes are dated by. */
    now(): number;
    monotonicMs(): number;
    after(delayMs: number, call: () => void): () => void;
  };
}

/** The time for the writes to the store before and after the calls to Atlas, in milliseconds. */
const storeMs = 15_000;
/** The interval at which an attempt of another process is checked, in milliseconds. */
const pollMs = 250;

/**
 * Creates the function. An attempt is recorded before it is made and its result after it, so that a
 * process that finds an unfinished attempt knows that Atlas may have been called. An attempt in
 * progress is waited for.
 */
export function createRunIdempotently({
  keys,
  clock,
  attemptMs,
}: IdempotentCallOptions): RunIdempotently {
  const busyMs = attemptMs + storeMs;
  /** Attempts of this process, each told of at its end. */
  const underWay = new Map<string, Promise<void>>();

  async function attempt<Result>(call: IdempotentCall<Result>): Promise<IdempotentOutcome<Result>> {
    const { tenantId, name } = call;
    let result: Result | null;
    try {
      result = await call.attempt();
    } catch (error) {
      if (call.isNotApplied(error)) await keys.release(tenantId, name);
      else await keys.markUnknown(tenantId, name);
      throw error;
    }
    if (result === null) {
      await keys.release(tenantId, name);
      return { kind: 'not-applied' };
    }
    await keys.finish(tenantId, name, JSON.stringify(result));
    return { kind: 'done', result, isReplay: false };
  }

  /**
   * Waits for an attempt of this process, or a moment for one of another; null: neither is under way.
   * An attempt of another process is waited for no longer than it may take, whatever the wall clocks
   * say.
   */
  function waitFor(id: string, existing: KeyRecord, waitedMs: number): Promise<void> | null {
    const own = underWay.get(id);
    if (own !== undefined) return own;
    if (existing.busyUntil <= clock.now() || waitedMs >= busyMs) return null;
    return new Promise((resolve) => void clock.after(pollMs, resolve));
  }

  return async (call) => {
    const { tenantId, name, bodyHashes, reference } = call;
    const id = JSON.stringify([tenantId, name.field, name.key]);
    let replacedReference: string | undefined;
    let waiting: { readonly reference: string; readonly sinceMs: number } | undefined;
    for (;;) {
      const at = clock.now();
      const begun = { bodyHash: bodyHashes[0], reference, at, busyUntil: at + busyMs };
      const existing = await keys.begin(tenantId, name, begun, replacedReference);
      if (existing === null) {
        const attempting = attempt(call);
        const ended = attempting.then(
          () => {},
          () => {},
        );
        underWay.set(id, ended);
        return await attempting.finally(() => underWay.delete(id));
      }
      if (!bodyHashes.includes(existing.bodyHash)) return { kind: 'other-body' };
      if (existing.result !== null) {
        return { kind: 'done', result: JSON.parse(existing.result), isReplay: true };
      }
      if (waiting?.reference !== existing.reference) {
        waiting = { reference: existing.reference, sinceMs: clock.monotonicMs() };
      }
      const wait = waitFor(id, existing, clock.monotonicMs() - waiting.sinceMs);
      if (wait !== null) {
        await wait;
        continue;
      }
      const reconciled = await call.reconcile(existing);
      if (reconciled === 'unknown') return { kind: 'unknown' };
      if (reconciled !== 'not-applied') {
        await keys.finish(tenantId, name, JSON.stringify(reconciled.result));
        return { kind: 'done', result: reconciled.result, isReplay: true };
      }
      if (replacedReference === existing.reference) return { kind: 'unknown' };
      replacedReference = existing.reference;
    }
  };
}
