import type { TenantId } from '../../tenant-id.ts';
import type { KeyName, KeyRecord, KeyRegister } from '../store.ts';

/** Something that must not be done twice, and how to do it. */
export interface Act<Result> {
  readonly tenantId: TenantId;
  readonly name: KeyName;
  /** Hashes of the body, the newest secret's first; any of them is the same body. */
  readonly bodyHashes: readonly [string, ...string[]];
  /** The reference of the attempt, by which it is found should its answer be lost. */
  readonly reference: string;
  /** Does it. Null: nothing was done, and nothing is kept. The result is kept as JSON. */
  readonly attempt: () => Promise<Result | null>;
  /** Looks what became of an attempt whose answer was lost. */
  readonly learn: (lost: KeyRecord) => Promise<Learned<Result>>;
  /** Whether an error of the attempt says for sure that nothing was done. */
  readonly isUndone: (error: unknown) => boolean;
}

/** The finding about a lost attempt: its result, that it did nothing, or neither. */
export type Learned<Result> = { readonly result: Result } | 'undone' | 'unknown';

export type Outcome<Result> =
  | { readonly kind: 'done'; readonly result: Result; readonly isReplay: boolean }
  /** Nothing was done; whoever attempted it knows why. */
  | { readonly kind: 'undone' }
  /** The key is another body's. */
  | { readonly kind: 'other-body' }
  /** An attempt was made, and what came of it can't be told. */
  | { readonly kind: 'unknown' };

/** Does an act once under its key, in whatever process and however often it is asked for. */
export type DoOnce = <Result>(act: Act<Result>) => Promise<Outcome<Result>>;

export interface OnceOptions {
  readonly keys: KeyRegister;
  /** How long an attempt may wait for Atlas, in milliseconds: `OPERATION_TIMEOUT_MS`. */
  readonly attemptMs: number;
  readonly clock: {
    /** The wall clock, which the records of all processes are dated by. */
    now(): number;
    monotonicMs(): number;
    after(delayMs: number, act: () => void): () => void;
  };
}

/** The time for the writes to the store before and after the calls to Atlas, in milliseconds. */
const storeMs = 15_000;
/** How often another process is asked whether it is done. */
const lookMs = 250;

/**
 * An attempt is written down before it is made and its result after, so that whoever finds it begun
 * and its process gone knows that Atlas may have been asked. An attempt under way is waited for.
 */
export function createDoOnce({ keys, clock, attemptMs }: OnceOptions): DoOnce {
  const busyMs = attemptMs + storeMs;
  /** Attempts of this process, each told of at its end. */
  const underWay = new Map<string, Promise<void>>();

  async function attempt<Result>(act: Act<Result>): Promise<Outcome<Result>> {
    const { tenantId, name } = act;
    let result: Result | null;
    try {
      result = await act.attempt();
    } catch (error) {
      if (act.isUndone(error)) await keys.release(tenantId, name);
      else await keys.lose(tenantId, name);
      throw error;
    }
    if (result === null) {
      await keys.release(tenantId, name);
      return { kind: 'undone' };
    }
    await keys.finish(tenantId, name, JSON.stringify(result));
    return { kind: 'done', result, isReplay: false };
  }

  /**
   * Waits for an attempt of this process, or a moment for one of another; null: neither is under way.
   * An attempt of another process is waited for no longer than it may take, whatever the wall clocks
   * say.
   */
  function waitFor(id: string, held: KeyRecord, waitedMs: number): Promise<void> | null {
    const own = underWay.get(id);
    if (own !== undefined) return own;
    if (held.busyUntil <= clock.now() || waitedMs >= busyMs) return null;
    return new Promise((resolve) => void clock.after(lookMs, resolve));
  }

  return async (act) => {
    const { tenantId, name, bodyHashes, reference } = act;
    const id = JSON.stringify([tenantId, name.field, name.key]);
    let replaced: string | undefined;
    let waiting: { readonly reference: string; readonly sinceMs: number } | undefined;
    for (;;) {
      const at = clock.now();
      const begun = { bodyHash: bodyHashes[0], reference, at, busyUntil: at + busyMs };
      const held = await keys.begin(tenantId, name, begun, replaced);
      if (held === null) {
        const attempting = attempt(act);
        const ended = attempting.then(
          () => {},
          () => {},
        );
        underWay.set(id, ended);
        return await attempting.finally(() => underWay.delete(id));
      }
      if (!bodyHashes.includes(held.bodyHash)) return { kind: 'other-body' };
      if (held.result !== null) {
        return { kind: 'done', result: JSON.parse(held.result), isReplay: true };
      }
      if (waiting?.reference !== held.reference) {
        waiting = { reference: held.reference, sinceMs: clock.monotonicMs() };
      }
      const wait = waitFor(id, held, clock.monotonicMs() - waiting.sinceMs);
      if (wait !== null) {
        await wait;
        continue;
      }
      const learned = await act.learn(held);
      if (learned === 'unknown') return { kind: 'unknown' };
      if (learned !== 'undone') {
        await keys.finish(tenantId, name, JSON.stringify(learned.result));
        return { kind: 'done', result: learned.result, isReplay: true };
      }
      if (replaced === held.reference) return { kind: 'unknown' };
      replaced = held.reference;
    }
  };
}
