import { randomBytes } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { Clock } from '../live/clock.ts';
import { type Log, toErrorFields } from '../log.ts';
import { type CallbackLedger, createCallbackLedger } from '../store/callback-ledger.ts';
import { createRegister, type Register } from '../store/register.ts';
import { startRetention } from '../store/retention.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import type { Store } from '../store/store.ts';

/** What outlives a request and the process. */
export interface Memory {
  readonly store: Store;
  readonly register: Register;
  readonly ledger: CallbackLedger;
  /** What seals callback addresses and flow grants: as configured, or what the store keeps. */
  readonly secrets: readonly [string, ...string[]];
  close(): Promise<void>;
}

export interface MemoryOptions {
  readonly config: Pick<Config, 'callbackSecrets' | 'store'>;
  readonly log: Log;
  readonly clock: Clock;
}

/** Opens the store and what stands on it; throws a StoreError when it can't be used. */
export async function openMemory({ config, log, clock }: MemoryOptions): Promise<Memory> {
  const { directory, retentionDays } = config.store;
  const store = openSqliteStore({ directory, now: clock.now });
  const retention = startRetention({
    store,
    clock,
    retentionDays,
    onFailure: (error) => log.error('the store failed', toErrorFields(error)),
  });
  return {
    store,
    register: createRegister({ store }),
    ledger: createCallbackLedger({ callbacks: store.callbacks, now: clock.now }),
    secrets: config.callbackSecrets ?? [
      await store.secret('callbacks', randomBytes(32).toString('base64url')),
    ],
    async close() {
      retention.close();
      await store.close();
    },
  };
}
