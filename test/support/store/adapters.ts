import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/live/clock.ts';
import { createInMemoryFleet } from '../../../src/store/memory/in-memory-fleet.ts';
import { startRedisLink } from '../../../src/store/redis/link.ts';
import { createRedisStore } from '../../../src/store/redis/store.ts';
import { createSeal } from '../../../src/store/seal.ts';
import { createRegister } from '../../../src/store/services/register.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import type { Store } from '../../../src/store/store.ts';
import type { TenantId } from '../../../src/tenant-id.ts';
import { redisIsMissing, startRedis } from '../start-redis.ts';
import { openRelay } from './open-relay.ts';

/** A kind of store, through which every test of the port is run. */
export interface StoreAdapter {
  readonly name: string;
  /** An empty store, closed and gone after the test. */
  open(t: TestContext): Promise<Store>;
}

/** A directory that is gone after the test. */
export function makeDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'atlas-gateway-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function toSqlite(name: string, directoryFor: (t: TestContext) => string): StoreAdapter {
  return {
    name,
    async open(t) {
      const directory = directoryFor(t);
      const store = openSqliteStore({ directory });
      t.after(() => store.close());
      return store;
    },
  };
}

export const adapters: readonly StoreAdapter[] = [
  toSqlite('SQLite in memory', () => ':memory:'),
  toSqlite('SQLite in a file', makeDirectory),
  { name: 'SQLite through a relay', open: openRelayedStore },
  ...(redisIsMissing ? [] : [{ name: 'Redis', open: openRedisStore }]),
];

if (redisIsMissing) test('Redis: every test of the port', { skip: redisIsMissing });

async function openRelayedStore(t: TestContext): Promise<Store> {
  const store = openSqliteStore({ directory: ':memory:' });
  t.after(() => store.close());
  const member = createInMemoryFleet({ clock: systemClock, leaseMs: 60_000 }).join();
  return openRelay(t, { store, member }).store;
}

async function openRedisStore(t: TestContext): Promise<Store> {
  const { url } = await startRedis(t);
  const link = await startRedisLink({ url, timeoutMs: 10_000 });
  t.after(() => link.close());
  const seal = createSeal(['a secret of this suite']);
  return createRedisStore({
    link,
    seal,
    lives: { flowsMs: 600_000, keysMs: 600_000, grantsMs: 600_000 },
  });
}

/** A flow's opening; what is not given is made up. */
export function toOpening(
  uuid: string,
  given: {
    at?: number;
    applicationId?: string;
    productType?: string;
    isCalledBack?: boolean;
    reference?: string;
  } = {},
) {
  return {
    uuid,
    applicationId: `application of ${uuid}`,
    productType: 'SAMPLE',
    isCalledBack: true,
    reference: `reference of ${uuid}`,
    at: 1_000,
    ...given,
  };
}

/** A status with one word in all four places. */
export function toWords(state: string) {
  return { state, upload: state, processing: state, crossCheck: state };
}

/** A flow's timeline as the register reads it; null: the flow is not on the register. */
export function timelineOf(
  store: Store,
  tenantId: TenantId,
  uuid: string,
  query: { readonly first: number; readonly after: number },
) {
  return createRegister({ store }).timeline(tenantId, uuid, query);
}
