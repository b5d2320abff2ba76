import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/live/clock.ts';
import type { Fleet } from '../../../src/store/fleet.ts';
import { createInMemoryFleet } from '../../../src/store/memory/in-memory-fleet.ts';
import { startRedisFleet } from '../../../src/store/redis/fleet.ts';
import { startRedisLink } from '../../../src/store/redis/link.ts';
import { createSeal } from '../../../src/store/seal.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import { redisIsMissing, startRedis } from '../start-redis.ts';
import { openRelay } from './open-relay.ts';

/** A kind of fleet, through which every test of the port is run. */
export interface FleetAdapter {
  readonly name: string;
  /** Members of one fleet, closed after the test. */
  open(t: TestContext, count: number): Promise<Fleet[]>;
}

/** Long enough for a busy machine: what lapses is tested where time is owned. */
const leaseMs = 30_000;

export const fleets: readonly FleetAdapter[] = [
  {
    name: 'A board',
    async open(_t, count) {
      const board = createInMemoryFleet({ clock: systemClock, leaseMs });
      return Array.from({ length: count }, () => board.join());
    },
  },
  {
    name: 'A board through relays',
    async open(t, count) {
      const board = createInMemoryFleet({ clock: systemClock, leaseMs });
      const store = openSqliteStore({ directory: ':memory:' });
      t.after(() => store.close());
      return Array.from({ length: count }, () => {
        const relay = openRelay(t, { store, member: board.join() });
        // A member is closed when its process ends.
        return { ...relay.fleet, close: relay.endProcess };
      });
    },
  },
  ...(redisIsMissing ? [] : [{ name: 'Redis', open: openRedisFleet }]),
];

if (redisIsMissing) test('Redis: every test of the port', { skip: redisIsMissing });

async function openRedisFleet(t: TestContext, count: number): Promise<Fleet[]> {
  const { url } = await startRedis(t);
  const seal = createSeal(['a secret of this suite']);
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const link = await startRedisLink({ url, timeoutMs: 10_000 });
      const fleet = startRedisFleet({ link, seal, leaseMs });
      t.after(async () => {
        await fleet.close();
        await link.close();
      });
      return fleet;
    }),
  );
}
