import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlow, startFleet } from '../support/fleet/fleet-processes.ts';
import { redisIsMissing } from '../support/start-redis.ts';

const options = { skip: redisIsMissing, timeout: 120_000 };
const createBatch =
  'mutation ($input: CreateBatchInput!) { createBatch(input: $input) { batch { batchId } userErrors { code message } } }';

test(
  'a thousand first calls at three replicas fetch one token of each family',
  options,
  async (t) => {
    // Room and time for all at once: what is tested is not who has to wait.
    const room = { ATLAS_CONCURRENCY: '1000', OPERATION_TIMEOUT_MS: '60000' };
    const { sandbox, replicas } = await startFleet(t, 3, room);
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, place) => {
        const replica = replicas[place % replicas.length] ?? assert.fail();
        if (place % 2 === 0) {
          return replica.ask(createFlow, { input: { applicationId: `application-${place}` } });
        }
        const files = [{ documentId: 'aadhaar', url: 'https://files.example/aadhaar.jpg' }];
        return replica.ask(createBatch, { input: { service: 'BULK', files } });
      }),
    );
    for (const { data, errors } of answers) {
      assert.equal(errors, undefined);
      assert.ok(data?.createFlow?.flow ?? data?.createBatch?.batch, JSON.stringify(data));
    }
    assert.equal(await sandbox.call('count', 'verificationToken'), 1);
    assert.equal(await sandbox.call('count', 'bulkToken'), 1);
  },
);

test('a replica that starts later uses the token that is there', options, async (t) => {
  const { sandbox, replicas, openFlow } = await startFleet(t, 2);
  const [one, other] = replicas;
  assert.ok(one && other);
  await openFlow(one, 'application-1');
  await other.stop();
  await other.restart();
  await openFlow(other, 'application-2');
  assert.equal(await sandbox.call('count', 'verificationToken'), 1);
});
