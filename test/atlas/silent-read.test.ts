import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDeadlines } from '../../src/atlas/deadline/deadline.ts';
import { failureOf, openClient, openFlow } from '../support/atlas/open-client.ts';
import { createFakeClock } from '../support/live/fake-clock.ts';

const timeoutMs = 10_000;

test('a match that is silent is not joined for ever: after half its time whoever comes asks anew', async (t) => {
  const clock = createFakeClock();
  const startDeadline = createDeadlines({ timeoutMs, ...clock });
  const { client, sandbox, tenant } = await openClient(t, { ...clock, startDeadline });
  const addresses = {
    application_id: 'app-0001',
    source_address: '1 Sample Road, Testpur',
    target_addresses: [{ address: '1 Sample Rd, Testpur', index: 0 }],
  };
  const ask = () => client.call(tenant, 'matchAddresses', addresses);
  sandbox.fault('matchAddresses', { hang: true });
  const first = failureOf(ask());
  await sandbox.waitForCall('matchAddresses');
  await clock.advance(timeoutMs / 2);
  const second = failureOf(ask());
  await clock.advance(1);
  assert.equal((await ask())?.match_data.length, 1);
  assert.equal(sandbox.countCalls('matchAddresses'), 2);
  await clock.advance(timeoutMs);
  assert.deepEqual([(await first).failure, (await second).failure], ['deadline', 'deadline']);
});

test('a read whose first try is silent is answered by the second, in half its time', async (t) => {
  const clock = createFakeClock();
  const startDeadline = createDeadlines({ timeoutMs, ...clock });
  const { client, sandbox, tenant } = await openClient(t, { ...clock, startDeadline });
  const flow_uuid = await openFlow(client, tenant);
  sandbox.fault('flowStatus', { hang: true });
  const read = client.call(tenant, 'flowStatus', { flow_uuid });
  await sandbox.waitForCall('flowStatus');
  await clock.advance(timeoutMs / 2 - 1);
  assert.equal(sandbox.countCalls('flowStatus'), 1);
  await clock.advance(1);
  assert.ok(await read);
  assert.equal(sandbox.countCalls('flowStatus'), 2);
});
