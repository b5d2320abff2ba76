import { randomUUID } from 'node:crypto';
import type { TenantId } from '../../tenant-id.ts';
import { type KeyName, type KeyRegister, StoreError } from '../store.ts';

/**
 * Runs a function while no other one runs under the same name of the tenant, in any process; others
 * wait. Rejects with what the act rejects with, and with a StoreError, before the act, where the
 * store can't be reached.
 */
export type RunExclusively = <Result>(
  tenantId: TenantId,
  name: KeyName,
  run: () => Promise<Result>,
) => Promise<Result>;

/** The options of `createRunExclusively`. */
export interface RunExclusivelyOptions {
  readonly keys: KeyRegister;
  /** How long an act may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: {
    /** The wall clock, which the records of all processes are dated by. */
    now(): number;
    after(delayMs: number, run: () => void): () => void;
  };
}

/** The time for reads and writes of the store, in addition to the calls to Atlas, in milliseconds. */
const storeMs = 15_000;
/** The interval at which a claim of another run is checked, in milliseconds. */
const pollMs = 50;

/**
 * A claim is a key without a body or a result in the store. The store gives it to one at a time, and a
 * claim whose process is gone is taken over once its time is up.
 */
export function createRunExclusively({
  keys,
  timeoutMs,
  clock,
}: RunExclusivelyOptions): RunExclusively {
  async function claim(tenantId: TenantId, name: KeyName, reference: string): Promise<void> {
    let replacedReference: string | undefined;
    for (;;) {
      const at = clock.now();
      const busyUntil = at + timeoutMs + storeMs;
      const attempt = { bodyHash: '', reference, at, busyUntil };
      const existing = await keys.begin(tenantId, name, attempt, replacedReference);
      if (existing === null) return;
      replacedReference = existing.busyUntil > clock.now() ? undefined : existing.reference;
      if (replacedReference === undefined) {
        await new Promise<void>((resolve) => void clock.after(pollMs, resolve));
      }
    }
  }

  return async (tenantId, name, run) => {
    const reference = randomUUID();
    await claim(tenantId, name, reference);
    try {
      return await run();
    } finally {
      await keys.release(tenantId, name, reference).catch((error: unknown) => {
        // A failure here must not hide the completed result; the claim expires by itself.
        if (!(error instanceof StoreError)) throw error;
      });
    }
  };
}
