import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { nobody, startReplica } from '../support/fleet/fleet-processes.ts';
import { openReaders } from '../support/fleet/readers.ts';
import { redisIsMissing, startRedis } from '../support/start-redis.ts';
import { makeDirectory } from '../support/store/adapters.ts';

const options = { timeout: 120_000 };
const createFlow =
  'mutation ($input: CreateFlowInput!) { createFlow(input: $input) { flow { uuid } userErrors { code } } }';

for (const place of ['a file', 'Redis'] as const) {
  const skip = place === 'Redis' && redisIsMissing;
  test(`three workers over ${place} are one gateway: one poll, one token, one flow a key, every end`, {
    ...options,
    skip,
  }, async (t) => {
    const sandbox = await startSandbox({ stageMs: 3_600_000 });
    t.after(() => sandbox.close());
    const gateway = await startReplica(t, {
      ATLAS_BASE_URL: sandbox.url,
      WORKERS: '3',
      // Another port that the workers open, which must not be taken for the gateway's.
      METRICS_PORT: '0',
      ...(place === 'Redis'
        ? { REDIS_URL: (await startRedis(t)).url }
        : { DATA_DIR: makeDirectory(t) }),
    });
    const open = async (input: object): Promise<string> =>
      (await gateway.ask(createFlow, { input })).data.createFlow.flow.uuid;

    // Each socket of a batch may land at another worker.
    const keyed = { applicationId: 'application-1', idempotencyKey: 'key-1' };
    const opened = await Promise.all(Array.from({ length: 12 }, () => open(keyed)));
    assert.equal(new Set(opened).size, 1);
    assert.equal(sandbox.countCalls('initFlow'), 1);
    assert.equal(sandbox.countCalls('verificationToken'), 1);

    const flowUuid = await open({
      applicationId: 'application-2',
      callbackUrl: nobody,
      authUrl: nobody,
    });
    const readers = openReaders(
      t,
      Array.from({ length: 30 }, () => ({ flowUuid, replica: () => gateway })),
    );
    await readers.told;
    sandbox.clearCalls();
    const begunAt = performance.now();
    for (let seen = 0; seen < 4; seen = sandbox.countCalls('flowStatus')) {
      await sandbox.waitForCall('flowStatus', () => sandbox.countCalls('flowStatus') > seen);
    }
    const intervals = (performance.now() - begunAt) / (0.9 * 2_000);
    assert.ok(sandbox.countCalls('flowStatus') <= intervals + 2);
    sandbox.finishFlow(flowUuid, 'SUCCESS');
    await readers.ended;
    assert.equal(await gateway.stop(), 0);
    assert.doesNotMatch(gateway.log(), /"level":"(error|fatal)"/);
  });
}

test(
  'a worker that dies is replaced, and its readers are told the end by another',
  options,
  async (t) => {
    const sandbox = await startSandbox({ stageMs: 3_600_000 });
    t.after(() => sandbox.close());
    const gateway = await startReplica(t, {
      ATLAS_BASE_URL: sandbox.url,
      WORKERS: '2',
      DATA_DIR: makeDirectory(t),
    });
    const input = { applicationId: 'application-1', callbackUrl: nobody, authUrl: nobody };
    const flowUuid = (await gateway.ask(createFlow, { input })).data.createFlow.flow.uuid;
    const readers = openReaders(
      t,
      Array.from({ length: 20 }, () => ({ flowUuid, replica: () => gateway })),
    );
    await readers.told;
    const [worker] = gateway.children();
    assert.ok(worker);
    process.kill(worker, 'SIGKILL');
    sandbox.finishFlow(flowUuid, 'SUCCESS');
    await readers.ended;
    // Its last lines are written when it ends.
    assert.equal(await gateway.stop(), 0);
    assert.match(gateway.log(), /a worker ended and is replaced/);
  },
);

test(
  'workers whose file can not be used are not started, and the program says why',
  options,
  async (t) => {
    await assert.rejects(
      startReplica(t, {
        ATLAS_BASE_URL: 'http://127.0.0.1:9',
        WORKERS: '2',
        DATA_DIR: '/dev/null/nowhere',
      }),
      /ended with 78: .*can't be written/s,
    );
  },
);
