import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type RedisLink, startRedisLink } from '../../src/store/redis/link.ts';
import { StoreError } from '../../src/store/store.ts';
import { redisIsMissing, startRedis } from '../support/start-redis.ts';

const options = { skip: redisIsMissing, timeout: 60_000 };

async function openLink(t: TestContext, url: string, timeoutMs = 200): Promise<RedisLink> {
  const link = await startRedisLink({ url, timeoutMs });
  t.after(() => link.close());
  return link;
}

/** Fulfilled when a link is so. */
function becomes(link: RedisLink, isUp: boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = link.onChange((now) => {
      if (now !== isUp) return;
      stop();
      resolve();
    });
    if (link.isUp() === isUp) {
      stop();
      resolve();
    }
  });
}

const set = (link: RedisLink) => link.run((redis) => redis.set('atlas-gateway:1:x', '1'));

test(
  'a Redis that hangs fails the first command in time and the next at once, and heals',
  options,
  async (t) => {
    const redis = await startRedis(t);
    const link = await openLink(t, redis.url);
    await set(link);
    redis.pause();
    t.after(redis.resume);
    await assert.rejects(set(link), StoreError);
    assert.equal(link.isUp(), false);
    let wasAsked = false;
    await assert.rejects(
      link.run(async () => {
        wasAsked = true;
      }),
      StoreError,
    );
    assert.equal(wasAsked, false);
    const isBack = becomes(link, true);
    redis.resume();
    await isBack;
    await set(link);
  },
);

test('a Redis that dies is found again when it runs again', options, async (t) => {
  const redis = await startRedis(t);
  const link = await openLink(t, redis.url);
  const isGone = becomes(link, false);
  await redis.kill();
  await isGone;
  await assert.rejects(set(link), StoreError);
  const isBack = becomes(link, true);
  await redis.restart();
  await isBack;
  await set(link);
});

test('a gateway starts without its Redis, and meets it later', options, async (t) => {
  const redis = await startRedis(t);
  await redis.kill();
  const link = await openLink(t, redis.url);
  assert.equal(link.isUp(), false);
  const isBack = becomes(link, true);
  await redis.restart();
  await isBack;
});

test('an error of Redis is reported by its code, without a key or a value', options, async (t) => {
  const redis = await startRedis(t);
  const link = await openLink(t, redis.url);
  await link.run((each) => each.set('a key', 'a value'));
  await assert.rejects(
    link.run((each) => each.incr('a key')),
    (error: Error) => {
      assert.ok(error instanceof StoreError);
      assert.match(error.message, /^Redis refused a command \(ERR\)/);
      assert.equal(error.cause, undefined);
      return true;
    },
  );
  assert.equal(link.isUp(), true);
});
