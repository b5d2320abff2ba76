import type { TenantId } from '../../tenant-id.ts';
import type { KeyName, KeyRecord, KeyRegister } from '../store.ts';

/** Something that must not be done twice, and how to do it. */
export interface IdempotentCall<Result> {
  readonly tenantId: TenantId;
  readonly name: KeyName;
  /** Hashes of the body, the newest secret's first; any of them is the same body. */
  readonly bodyHashes: readonly [string, ...string[]];
  /** The reference of the attempt, by which it is found should its answer be lost. */
  readonly reference: string;
  /** Does it. Null: nothing was done, and nothing is kept. The result is kept as JSON. */
  readonly attempt: () => Promise<Result | null>;
  /** Looks what became of an attempt whose answer was lost. */
  readonly reconcile: (lost: KeyRecord) => Promise<Reconciliation<Result>>;
  /** Whether an error of the attempt says for sure that nothing was done. */
  readonly isNotApplied: (error: unknown) => boolean;
}

/** The finding about a lost attempt: its result, that it did nothing, or neither. */
export type Reconciliation<Result> = { readonly result: Result } | 'not-applied' | 'unknown';

export type IdempotentOutcome<Result> =
  | { readonly kind: 'done'; readonly result: Result; readonly isReplay: boolean }
  /** Nothing was done; whoever attempted it knows why. */
  | { readonly kind: 'not-applied' }
  /** The key is another body's. */
  | { readonly kind: 'other-body' }
  /** An attempt was made, and what came of it can't be told. */
  | { readonly kind: 'unknown' };

/** Does an act once under its key, in whatever process and however often it is asked for. */
export type RunIdempotently = <Result>(
  call: IdempotentCall<Result>,
) => Promise<IdempotentOutcome<Result>>;

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
/** How often another process is asked whether it is done. */
const pollMs = 250;

/**
 * An attempt is written down before it is made and its result after, so that whoever finds it begun
 * and its process gone knows that Atlas may have been asked. An attempt under way is waited for.
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
