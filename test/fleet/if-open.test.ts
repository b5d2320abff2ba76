import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSandbox } from '../../src/sandbox/start-sandbox.ts';
import {
  createFlow,
  type Replica,
  startFleet,
  startReplica,
} from '../support/fleet/fleet-processes.ts';
import { redisIsMissing } from '../support/start-redis.ts';
import { makeDirectory } from '../support/store/adapters.ts';

const timeout = 120_000;
const rounds = 6;
const callers = 12;

/** The results of these concurrent calls: the flows, and the codes of the refused ones. */
async function race(replicas: readonly Replica[], input: object) {
  const answers = await Promise.all(
    Array.from({ length: callers }, (_, place) =>
      replicas[place % replicas.length]?.ask(createFlow, { input }),
    ),
  );
  const flows: string[] = [];
  const refused: string[] = [];
  for (const answer of answers) {
    assert.equal(answer?.errors, undefined, JSON.stringify(answer));
    const { flow, userErrors } = answer?.data?.createFlow ?? {};
    if (flow === null) refused.push(...userErrors.map(({ code }: { code: string }) => code));
    else flows.push(flow.uuid);
  }
  return { flows, refused };
}

/** Races for one application a round, and counts what reached Atlas. */
async function assertOneFlowEach(
  replicas: readonly Replica[],
  countOpened: () => number | Promise<number>,
): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const applicationId = `application-${round}`;
    const ifOpen = round % 2 === 0 ? 'RETURN_EXISTING' : 'REFUSE';
    const { flows, refused } = await race(replicas, { applicationId, ifOpen });
    assert.equal(await countOpened(), round + 1);
    assert.equal(new Set(flows).size, 1);
    assert.equal(flows.length, ifOpen === 'REFUSE' ? 1 : callers);
    assert.equal(refused.length, callers - flows.length);
    assert.ok(refused.every((code) => code === 'FLOW_ALREADY_OPEN'));

    // It is open for both ways of asking, at every process.
    const again = await race(replicas, { applicationId, ifOpen: 'RETURN_EXISTING' });
    assert.deepEqual(new Set(again.flows), new Set(flows));
    assert.equal(await countOpened(), round + 1);
  }
}

test('of many calls at once at three replicas over Redis one opens a flow', {
  timeout,
  skip: redisIsMissing,
}, async (t) => {
  const { sandbox, replicas } = await startFleet(t, 3);
  await assertOneFlowEach(replicas, () => sandbox.call('count', 'initFlow'));
});

test('of many calls at once at three workers over a file one opens a flow', {
  timeout,
}, async (t) => {
  const sandbox = await startSandbox({ stageMs: 3_600_000 });
  t.after(() => sandbox.close());
  const gateway = await startReplica(t, {
    ATLAS_BASE_URL: sandbox.url,
    WORKERS: '3',
    DATA_DIR: makeDirectory(t),
  });
  await assertOneFlowEach([gateway], () => sandbox.countCalls('initFlow'));
});
