import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Replica, startFleet } from '../support/fleet/fleet-processes.ts';
import { openReaders } from '../support/fleet/readers.ts';
import { redisIsMissing } from '../support/start-redis.ts';

const options = { skip: redisIsMissing, timeout: 120_000 };
const flowCount = 300;
const readersOfFlow = 10;
const intervalMs = 2_000;

test(
  '300 flows with 3,000 readers at three replicas are polled once each, and every end arrives though the one that polls is killed',
  options,
  async (t) => {
    const { sandbox, replicas, openFlow } = await startFleet(t, 3);
    const [first, ...others] = replicas;
    assert.ok(first);
    const alive = () => replicas.filter((replica) => replica.isUp());
    const flowUuids = await Promise.all(
      Array.from({ length: flowCount }, (_, place) =>
        openFlow(replicas[place % replicas.length] ?? first, `application-${place}`, true),
      ),
    );
    /** A replica that runs; a reader goes to another when its own is gone. */
    const near =
      (place: number): (() => Replica) =>
      () => {
        const up = alive();
        return up[place % up.length] ?? first;
      };
    // The first replica has the first reader of every flow, so it is the one that polls.
    const early = openReaders(
      t,
      flowUuids.map((flowUuid) => ({
        flowUuid,
        replica: () => (first.isUp() ? first : near(1)()),
      })),
    );
    await early.told;
    const late = openReaders(
      t,
      flowUuids.flatMap((flowUuid) =>
        Array.from({ length: readersOfFlow - 1 }, (_, place) => ({
          flowUuid,
          replica: near(place),
        })),
      ),
    );
    await late.told;

    await sandbox.call('clear');
    const begunAt = performance.now();
    await sandbox.call('waitForStatusCalls', 3 * flowCount);
    const intervals = (performance.now() - begunAt) / (0.9 * intervalMs);
    const calls = await sandbox.call('count', 'flowStatus');
    assert.ok(
      calls <= flowCount * (intervals + 1),
      `${calls} calls in ${intervals.toFixed(1)} of the shortest intervals`,
    );

    const [half, rest] = [flowUuids.slice(0, flowCount / 2), flowUuids.slice(flowCount / 2)];
    await sandbox.call('finish', half);
    await first.kill();
    await sandbox.call('finish', rest);
    await Promise.all([early.ended, late.ended]);
    assert.equal(early.countEnded() + late.countEnded(), flowCount * readersOfFlow);
    // Nothing was wrong with those that went on.
    for (const { log } of others) assert.doesNotMatch(log(), /"level":"(error|fatal)"/);
  },
);
