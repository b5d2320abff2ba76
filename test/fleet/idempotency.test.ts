import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlow, startFleet } from '../support/fleet/fleet-processes.ts';
import { redisIsMissing } from '../support/start-redis.ts';

const options = { skip: redisIsMissing, timeout: 120_000 };

test('replicas that race with one idempotency key open one flow', options, async (t) => {
  const { sandbox, replicas } = await startFleet(t, 2);
  for (let round = 0; round < 10; round += 1) {
    const input = { applicationId: 'application-1', idempotencyKey: `key-${round}` };
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, place) => replicas[place % 2]?.ask(createFlow, { input })),
    );
    const uuids = answers.map((answer) => answer?.data?.createFlow?.flow?.uuid);
    assert.ok(uuids[0], JSON.stringify(answers[0]));
    assert.equal(new Set(uuids).size, 1);
    assert.equal(await sandbox.call('count', 'initFlow'), round + 1);
  }
});

test(
  'a flow that one replica opened is known to another: its application, its place in the list, its timeline',
  options,
  async (t) => {
    const { replicas, openFlow } = await startFleet(t, 2);
    const [one, other] = replicas;
    assert.ok(one && other);
    const uuid = await openFlow(one, 'application-1');
    const { data, errors } = await other.ask(
      `query ($uuid: String!) {
      flow(uuid: $uuid) { applicationId timeline(first: 5) { edges { node { kind } } } }
      flows(first: 5) { edges { node { uuid } } }
    }`,
      { uuid },
    );
    assert.equal(errors, undefined, JSON.stringify(errors));
    assert.equal(data.flow.applicationId, 'application-1');
    assert.equal(data.flow.timeline.edges[0].node.kind, 'CREATED');
    assert.deepEqual(data.flows.edges, [{ node: { uuid } }]);
  },
);
