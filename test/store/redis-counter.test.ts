import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/live/clock.ts';
import { createRedisCounter } from '../../src/store/redis/counter.ts';
import { startRedisLink } from '../../src/store/redis/link.ts';
import { redisIsMissing, startRedis } from '../support/start-redis.ts';
import { toTenantId } from '../support/tenant-id.ts';

const bolt = toTenantId('bolt');

const options = { skip: redisIsMissing, timeout: 60_000 };

test(
  'processes count together, each tenant and name on its own, and alone without Redis',
  options,
  async (t) => {
    const redis = await startRedis(t);
    const links = await Promise.all([1, 2].map(() => startRedisLink({ url: redis.url })));
    for (const link of links) t.after(() => link.close());
    const [one, other] = links.map((link) => createRedisCounter(link, 60, systemClock.monotonicMs));
    assert.ok(one && other);
    assert.equal((await one.count(toTenantId('acme'), 'key')).used, 1);
    const second = await other.count(toTenantId('acme'), 'key');
    assert.equal(second.used, 2);
    assert.ok(second.leftMs > 0 && second.leftMs <= 60_000);
    assert.equal((await other.count(bolt, 'key')).used, 1);
    assert.equal((await other.count(toTenantId('acme'), 'other key')).used, 1);
    assert.equal((await one.count(bolt, 'key', 12)).used, 13);
    assert.equal((await other.count(bolt, 'key', -12)).used, 1);
    const keys = await links[0]?.run((each) => each.keys('*'));
    for (const key of keys ?? [])
      assert.match(key, /^atlas-gateway:1:t:(acme|bolt):rate:[\w-]{43}$/);
    await redis.kill();
    assert.equal((await one.count(toTenantId('acme'), 'key')).used, 1);
    assert.equal((await one.count(toTenantId('acme'), 'key')).used, 2);
    assert.equal((await other.count(toTenantId('acme'), 'key')).used, 1);
  },
);
