import { randomUUID } from 'node:crypto';
import type { TenantId } from '../../tenant-id.ts';
import { type KeyName, type KeyRegister, StoreError } from '../store.ts';

/**
 * Acts while no other act under the same name of the tenant runs, in whatever process; others wait for
 * it. Rejects with what the act rejects with, and with a StoreError, before the act, where the store
 * can't be reached.
 */
export type ActAlone = <Result>(
  tenantId: TenantId,
  name: KeyName,
  act: () => Promise<Result>,
) => Promise<Result>;

export interface ActAloneOptions {
  readonly keys: KeyRegister;
  /** How long an act may take, in milliseconds. */
  readonly actMs: number;
  readonly clock: {
    /** The wall clock, which the records of all processes are dated by. */
    now(): number;
    after(delayMs: number, act: () => void): () => void;
  };
}

/** The time for reads and writes of the store, in addition to the calls to Atlas, in milliseconds. */
const storeMs = 15_000;
/** How often a claim of another act is looked at. */
const lookMs = 50;

/**
 * A claim is a key without a body or a result in the store. The store gives it to one at a time, and a
 * claim whose process is gone is taken over once its time is up.
 */
export function createActAlone({ keys, actMs, clock }: ActAloneOptions): ActAlone {
  async function claim(tenantId: TenantId, name: KeyName, reference: string): Promise<void> {
    let replaced: string | undefined;
    for (;;) {
      const at = clock.now();
      const busyUntil = at + actMs + storeMs;
      const attempt = { bodyHash: '', reference, at, busyUntil };
      const held = await keys.begin(tenantId, name, attempt, replaced);
      if (held === null) return;
      replaced = held.busyUntil > clock.now() ? undefined : held.reference;
      if (replaced === undefined) {
        await new Promise<void>((resolve) => void clock.after(lookMs, resolve));
      }
    }
  }

  return async (tenantId, name, act) => {
    const reference = randomUUID();
    await claim(tenantId, name, reference);
    try {
      return await act();
    } finally {
      await keys.release(tenantId, name, reference).catch((error: unknown) => {
        // A failure here must not hide the completed result; the claim expires by itself.
        if (!(error instanceof StoreError)) throw error;
      });
    }
  };
}
