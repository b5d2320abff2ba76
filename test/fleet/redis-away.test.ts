import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlow, type Replica, startFleet } from '../support/fleet/fleet-processes.ts';
import { openReaders } from '../support/fleet/readers.ts';
import { redisIsMissing } from '../support/start-redis.ts';

const options = { skip: redisIsMissing, timeout: 120_000 };
/** Longer than any lease or time-out of Redis. */
const pausedMs = 10_000;
const readFlow = 'query ($uuid: String!) { flow(uuid: $uuid) { applicationId status { state } } }';
const listFlows = '{ flows(first: 100) { edges { node { uuid } } } }';

async function readiness({ url }: Replica) {
  const response = await fetch(`${url}/ready`);
  return { ...(await response.json()), httpStatus: response.status };
}

/** Asks until it is so: each answer is waited for, and the test has its time. */
async function until<Value>(ask: () => Promise<Value>, isSo: (value: Value) => boolean) {
  for (;;) {
    const value = await ask();
    if (isSo(value)) return value;
  }
}

test(
  'while Redis hangs every replica goes on, says so, refuses what could be done twice, and heals',
  options,
  async (t) => {
    const { redis, sandbox, replicas, openFlow } = await startFleet(t, 2);
    const [one, other] = replicas;
    assert.ok(one && other);
    const uuid = await openFlow(one, 'application-1', true);
    const uuidOfAnother = await openFlow(one, 'application-2', true);
    const readers = openReaders(
      t,
      [uuid, uuidOfAnother].flatMap((flowUuid) =>
        replicas.map((replica) => ({ flowUuid, replica: () => replica })),
      ),
    );
    await readers.told;
    assert.equal((await readiness(one)).redis, 'answers');

    redis.pause();
    const pausedAt = Date.now();
    t.after(redis.resume);
    for (const replica of replicas) {
      const { httpStatus, redis: detail } = await until(
        () => readiness(replica),
        (ready) => ready.redis !== 'answers',
      );
      assert.equal(httpStatus, 200);
      assert.match(detail, /^does not answer: this process works without it/);
    }
    const seen = await one.ask(readFlow, { uuid });
    assert.deepEqual(seen.data, {
      flow: { applicationId: 'application-1', status: { state: 'NOT_STARTED' } },
    });
    await sandbox.call('finish', [uuid]);

    const before = await sandbox.call('count', 'initFlow');
    const keyed = { applicationId: 'application-3', idempotencyKey: 'key-3' };
    const refused = await one.ask(createFlow, { input: keyed });
    assert.equal(refused.errors?.[0]?.extensions.code, 'STORE_UNAVAILABLE');
    assert.equal(refused.errors?.[0]?.extensions.retryable, true);
    assert.equal(await sandbox.call('count', 'initFlow'), before);

    const opened = await openFlow(one, 'application-4', true);
    const known = await one.ask(readFlow, { uuid: opened });
    assert.equal(known.data.flow.applicationId, 'application-4');
    const list = await one.ask(listFlows);
    assert.equal(list.errors?.[0]?.extensions.code, 'STORE_UNAVAILABLE');
    assert.match((await readiness(one)).redis, /[1-9]\d* writes wait/);

    await until(
      () => other.ask(readFlow, { uuid }),
      ({ errors }) => {
        assert.equal(errors, undefined);
        return Date.now() - pausedAt > pausedMs;
      },
    );
    redis.resume();
    for (const replica of replicas) {
      await until(
        () => readiness(replica),
        (ready) => ready.redis === 'answers',
      );
    }
    // Writes of the outage are there, and the other replica sees them.
    await until(
      () => other.ask(listFlows),
      ({ data }) => JSON.stringify(data).includes(opened),
    );
    const again = await other.ask(createFlow, { input: keyed });
    assert.ok(again.data?.createFlow?.flow?.uuid, JSON.stringify(again));
    await sandbox.call('finish', [uuidOfAnother]);
    await readers.ended;
  },
);

test('replicas start without Redis, serve, and are one when it comes', options, async (t) => {
  const { redis, replicas, openFlow } = await startFleet(t, 2);
  const [one, other] = replicas;
  assert.ok(one && other);
  await redis.kill();
  await one.stop();
  await one.restart();
  const uuid = await openFlow(one, 'application-1', true);
  assert.equal((await one.ask(readFlow, { uuid })).errors, undefined);
  await redis.restart();
  await until(
    () => other.ask(readFlow, { uuid }),
    ({ data }) => data?.flow?.applicationId === 'application-1',
  );
});
