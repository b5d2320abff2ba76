import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRedisFleet } from '../../src/store/redis/fleet.ts';
import { startRedisLink } from '../../src/store/redis/link.ts';
import { createRedisStore } from '../../src/store/redis/store.ts';
import { createSeal } from '../../src/store/seal.ts';
import { redisIsMissing, startRedis } from '../support/start-redis.ts';
import { toOpening } from '../support/store/adapters.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');
const options = { skip: redisIsMissing, timeout: 60_000 };
/** The rights that the README gives to a user of the gateway's own. */
const rights = ['~atlas-gateway:*', '&atlas-gateway:*', '+@all', '-@dangerous', '+info'];

test(
  'a user with the rights of the README hears the signals of other processes, and that a log has grown',
  options,
  async (t) => {
    const { port } = await startRedis(t, (own) => [
      ...['--port', String(own), '--user', 'default', 'off'],
      ...['--user', 'gateway', 'on', '>password', ...rights],
    ]);
    const seal = createSeal(['a secret of this suite']);
    const open = async () => {
      const link = await startRedisLink({ url: `redis://gateway:password@127.0.0.1:${port}` });
      const fleet = startRedisFleet({ link, seal, leaseMs: 30_000 });
      const lives = { flowsMs: 600_000, keysMs: 600_000, grantsMs: 600_000 };
      t.after(async () => {
        await fleet.close();
        await link.close();
      });
      return { fleet, store: createRedisStore({ link, seal, lives }) };
    };
    const [speaker, hearer] = await Promise.all([open(), open()]);
    const heard = new Set<string>();
    hearer.fleet.listen(({ kind }) => heard.add(kind));
    hearer.store.events.listen((tenantId) => heard.add(tenantId));
    // A subscription may take a moment to hold; what is said before it is lost.
    for (let at = 1; heard.size < 2; at += 1) {
      const watchKey = { tenantId: acme, topic: 'flow', key: 'LOS-1' } as const;
      await speaker.fleet.send({ kind: 'poke', watchKey, source: 'POLL' });
      await speaker.store.flows.open(acme, toOpening(`LOS-${at}`, { at }));
    }
    assert.deepEqual([...heard].sort(), ['acme', 'poke']);
  },
);
