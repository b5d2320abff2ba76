import { randomBytes } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { Clock } from '../live/clock.ts';
import { type Log, toErrorFields } from '../logging/log.ts';
import { type CallbackLedger, createCallbackLedger } from '../store/services/callback-ledger.ts';
import { createRegister, type Register } from '../store/services/register.ts';
import { startRetention } from '../store/services/retention.ts';
import { type Store, StoreError } from '../store/store.ts';
import { joinPrimary } from './primary.ts';
import { openRegisterFile, type RegisterFileOptions } from './register-file.ts';
import type { Shared } from './shared.ts';

/** State that outlives a request or the process. */
export interface Memory {
  readonly store: Store;
  readonly register: Register;
  readonly ledger: CallbackLedger;
  /** The secrets that seal callback addresses and flow grants: as configured, or those of the store. */
  readonly secrets: readonly [string, ...string[]];
  /** The state shared with other processes; null: this one is alone. */
  readonly shared: Shared | null;
  /** Whether the file of the register can be written, for `/ready`; undefined: it has none. */
  readonly describeRegister: (() => string) | undefined;
  close(): Promise<void>;
}

/** The options of `openMemory`. */
export interface MemoryOptions {
  readonly config: Pick<Config, 'callbackSecrets' | 'store' | 'redisUrl' | 'pollIntervalMs'>;
  readonly log: Log;
  readonly clock: Clock;
}

/** Opens the store and what stands on it; throws a StoreError when it can't be used. */
export async function openMemory(options: MemoryOptions): Promise<Memory> {
  const { config, log, clock } = options;
  const { directory, retentionDays, eventRetentionDays } = config.store;
  const shared = await openShared(options);
  const { store, describe } = shared
    ? { store: shared.store, describe: shared.describeRegister }
    : openFile({ directory, log, clock });
  const retention = startRetention({
    store,
    clock,
    retentionDays,
    eventRetentionDays,
    onFailure: (error) => log.error('the store failed', toErrorFields(error)),
  });
  return {
    store,
    shared,
    describeRegister: describe,
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

function openFile(options: RegisterFileOptions) {
  const store = openRegisterFile(options);
  return { store, describe: store.describe };
}

async function openShared({ config, log, clock }: MemoryOptions): Promise<Shared | null> {
  const { redisUrl, callbackSecrets: secrets } = config;
  if (redisUrl === undefined) return joinPrimary();
  if (secrets === undefined) throw new StoreError('CALLBACK_SECRET is needed with REDIS_URL.');
  // Loaded only then, with all that speaks to Redis.
  const { joinRedis } = await import('./fleet.ts');
  return await joinRedis({ config, redisUrl, secrets, log, clock });
}
