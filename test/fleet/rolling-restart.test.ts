import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askAt, type Replica, startFleet } from '../support/fleet/fleet-processes.ts';
import { openReaders } from '../support/fleet/readers.ts';
import { redisIsMissing } from '../support/start-redis.ts';

const options = { skip: redisIsMissing, timeout: 120_000 };
const readFlow = 'query ($uuid: String!) { flow(uuid: $uuid) { status { state } } }';
const queriersAtOnce = 2;

test(
  'all three replicas are restarted under load, and no query fails and no end is lost',
  options,
  async (t) => {
    const { sandbox, replicas, openFlow } = await startFleet(t, 3);
    const [first] = replicas;
    assert.ok(first);
    const flowUuids = await Promise.all(
      Array.from({ length: 60 }, (_, place) =>
        openFlow(replicas[place % 3] ?? first, `application-${place}`, place % 2 === 0),
      ),
    );
    const choose = (place: number): Replica => {
      const up = replicas.filter((replica) => replica.isUp());
      return up[place % up.length] ?? first;
    };
    const readers = openReaders(
      t,
      flowUuids.flatMap((flowUuid) =>
        [0, 1, 2].map((place) => ({ flowUuid, replica: () => choose(place) })),
      ),
    );
    await readers.told;

    let isOver = false;
    let answered = 0;
    const failed: unknown[] = [];
    /** Asks one query after the other, and connects again where nobody listens or hangs up. */
    async function query(place: number): Promise<void> {
      for (let count = place; !isOver; count += 1) {
        const uuid = flowUuids[count % flowUuids.length];
        try {
          const { errors } = await askAt(choose(count).url, readFlow, { uuid });
          if (errors === undefined) answered += 1;
          else failed.push(...errors);
        } catch (error) {
          if (!(error instanceof TypeError)) throw error;
        }
      }
    }
    const queriers = Array.from({ length: queriersAtOnce }, (_, place) => query(place));

    const third = flowUuids.length / 3;
    for (const [place, replica] of replicas.entries()) {
      const ending = flowUuids.slice(place * third, (place + 1) * third);
      await sandbox.call('finish', ending.slice(0, third / 2));
      const stopped = replica.stop();
      await sandbox.call('finish', ending.slice(third / 2));
      assert.equal(await stopped, 0);
      await replica.restart();
    }
    await readers.ended;
    isOver = true;
    await Promise.all(queriers);
    assert.deepEqual(failed, []);
    assert.ok(answered > 0);
  },
);
