import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Cancellation } from '../../../src/atlas/deadline/cancellation.ts';
import { createDeadlines } from '../../../src/atlas/deadline/deadline.ts';
import type { CircuitChange } from '../../../src/atlas/resilience/observer.ts';
import {
  failureOf,
  flowToOpen,
  openClient,
  openFlow,
  tenantNamed,
} from '../../support/atlas/open-client.ts';
import { createFakeClock } from '../../support/live/fake-clock.ts';

const always = Number.POSITIVE_INFINITY;

/** A client on a clock turned by hand, and a second tenant. */
async function openWatched(t: TestContext) {
  const clock = createFakeClock();
  const { now, after } = clock;
  const changes: CircuitChange[] = [];
  const opened = await openClient(t, {
    now,
    after,
    startDeadline: createDeadlines({ timeoutMs: 15_000, now, after }),
    onCircuitChange: (change) => changes.push(change),
    sandbox: {
      credentials: [
        { clientId: 'sandbox-client', clientSecret: 'sandbox-secret' },
        { clientId: 'other-client', clientSecret: 'other-secret' },
      ],
    },
  });
  const { client, sandbox, tenant } = opened;
  const flow_uuid = await openFlow(client, tenant);
  sandbox.clearCalls();
  const read = () => client.call(tenant, 'flowStatus', { flow_uuid }, { isFresh: true });
  /** Has reads fail until none is let through. */
  async function open(): Promise<void> {
    sandbox.fault('flowStatus', { status: 500 }, always);
    for (let call = 0; call < 10; call += 1) await failureOf(read());
    assert.equal(stateOf(), 'OPEN');
    sandbox.clearCalls();
  }
  const stateOf = (service = 'verification') =>
    client.health(tenant).find((each) => each.service === service)?.state;
  return { ...opened, clock, changes, read, open, stateOf };
}

test('when reads keep failing no more are sent, and each fails at once with the time to wait', async (t) => {
  const { read, open, sandbox } = await openWatched(t);
  await open();
  const failure = await failureOf(read());
  assert.deepEqual(
    [failure.failure, failure.reason, failure.retryAfterMs],
    ['unavailable', 'circuit-open', 5_000],
  );
  assert.equal(sandbox.countCalls(), 0);
});

test('one read goes through after that time, and closes the circuit', async (t) => {
  const { read, open, changes, clock, sandbox, stateOf } = await openWatched(t);
  await open();
  sandbox.clearFaults();
  await clock.advance(5_000);
  assert.ok(await read());
  assert.equal(stateOf(), 'CLOSED');
  assert.equal(sandbox.countCalls('flowStatus'), 1);
  assert.deepEqual(
    changes.map(({ tenantId, service, kind, from, to }) =>
      [tenantId, service, kind, from, to].join(' '),
    ),
    [
      'acme verification read CLOSED OPEN',
      'acme verification read OPEN HALF_OPEN',
      'acme verification read HALF_OPEN CLOSED',
    ],
  );
});

test('beside the one that tries, others fail at once; it tries once, for half its time', async (t) => {
  const { client, read, open, clock, sandbox, stateOf, tenant } = await openWatched(t);
  await open();
  sandbox.clearFaults();
  sandbox.fault('flowStatus', { hang: true });
  await clock.advance(5_000);
  const probe = failureOf(read());
  await sandbox.waitForCall('flowStatus');
  assert.equal(stateOf(), 'HALF_OPEN');
  const other = await failureOf(client.call(tenant, 'flowExtracts', { flow_uuid: 'LOS-1' }));
  assert.deepEqual([other.failure, other.retryAfterMs], ['unavailable', 1_000]);
  sandbox.clearCalls();
  await clock.advance(7_500);
  assert.equal((await probe).reason, 'circuit-open');
  assert.equal(sandbox.countCalls(), 0);
  assert.equal(stateOf(), 'OPEN');
});

test('the probe whose caller leaves makes room for another', async (t) => {
  const { client, read, open, clock, sandbox, stateOf, tenant } = await openWatched(t);
  await open();
  sandbox.clearFaults();
  sandbox.fault('flowStatus', { hang: true });
  await clock.advance(5_000);
  const caller = new Cancellation();
  const startDeadline = createDeadlines({ timeoutMs: 15_000 });
  const deadline = startDeadline({ cancellation: caller });
  const left = failureOf(
    client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-other' }, { deadline }),
  );
  await sandbox.waitForCall('flowStatus');
  caller.cancel();
  await left;
  while (stateOf() === 'HALF_OPEN') await new Promise(setImmediate);
  assert.ok(await read());
  assert.equal(stateOf(), 'CLOSED');
});

test('a circuit that opens for one tenant stays closed for another', async (t) => {
  const { client, open, sandbox } = await openWatched(t);
  await open();
  sandbox.clearFaults();
  const bolt = tenantNamed('bolt', 'other-client', 'other-secret');
  assert.equal(await client.call(bolt, 'flowStatus', { flow_uuid: 'LOS-1' }), null);
  assert.ok(client.health(bolt).every(({ state }) => state === 'CLOSED'));
});

test('while reads are shut, writes and other services are not', async (t) => {
  const { client, open, stateOf, tenant } = await openWatched(t);
  await open();
  assert.ok(await client.call(tenant, 'initFlow', flowToOpen));
  const query = { batch_id: 'BATCH-unknown', page: 1, per_page: 50 };
  assert.equal(await client.call(tenant, 'bulkExtracts', query), null);
  assert.equal(stateOf('bulk'), 'CLOSED');
});

for (const status of [400, 401, 422, 429]) {
  test(`however many ${status} there are, the circuit stays closed: Atlas answers`, async (t) => {
    const { client, sandbox, stateOf, tenant } = await openWatched(t);
    sandbox.fault('matchAddresses', { status }, always);
    for (let call = 0; call < 12; call += 1) {
      await failureOf(
        client.call(tenant, 'matchAddresses', {
          application_id: 'app-0001',
          source_address: `${call} Sample Road, Testpur`,
          target_addresses: [{ address: '1 Sample Rd, Testpur', index: 0 }],
        }),
      );
    }
    assert.equal(stateOf('address'), 'CLOSED');
  });
}

test('answers that are slow open the circuit like failures', async (t) => {
  const { client, clock, sandbox, stateOf, tenant } = await openWatched(t);
  sandbox.fault('flowStatus', { delayMs: 20 }, always);
  const slow = Array.from({ length: 10 }, (_, place) =>
    client.call(tenant, 'flowStatus', { flow_uuid: `LOS-${place}` }),
  );
  await sandbox.waitForCall('flowStatus', () => sandbox.countCalls('flowStatus') === 10);
  await clock.advance(5_000);
  await Promise.all(slow);
  assert.equal(stateOf(), 'OPEN');
});

test('readiness checks open no breaker, lengthen none, and find that Atlas is back', async (t) => {
  const { client, sandbox, tenant } = await openClient(t, { now: createFakeClock().monotonicMs });
  sandbox.fault('verificationToken', { hangUp: 'before' }, always);
  for (let check = 0; check < 20; check += 1) assert.equal(await client.probe(tenant), false);
  assert.equal(sandbox.countCalls('verificationToken'), 20);
  assert.equal(client.health(tenant)[0]?.state, 'CLOSED');
  const read = () => failureOf(client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }));
  while (client.health(tenant)[0]?.state !== 'OPEN') await read();
  for (let check = 0; check < 20; check += 1) assert.equal(await client.probe(tenant), false);
  assert.equal((await read()).retryAfterMs, 5_000);
  sandbox.clearFaults();
  assert.equal(await client.probe(tenant), true);
  assert.equal(client.health(tenant)[0]?.state, 'CLOSED');
});

test('health tells how long calls took, by service', async (t) => {
  const { client, clock, read, sandbox, tenant } = await openWatched(t);
  sandbox.fault('flowStatus', { delayMs: 20 });
  sandbox.clearCalls();
  const slow = read();
  await sandbox.waitForCall('flowStatus');
  await clock.advance(400);
  await slow;
  const [flows, bulk] = client.health(tenant);
  assert.equal(flows?.p95Ms, 400);
  assert.equal(bulk?.p95Ms, null);
});
