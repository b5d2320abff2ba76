import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallMeter } from '../../../src/atlas/api/call-meter.ts';
import { createDeadlines } from '../../../src/atlas/deadline/deadline.ts';
import {
  failureOf,
  flowToOpen,
  oneFile,
  openClient,
  openFlow,
  tenantNamed,
} from '../../support/atlas/open-client.ts';
import { createHandClock } from '../../support/sandbox/hand-clock.ts';

const invalidToken = { status: 401, body: { error: 'Invalid token' } };

test('a token is fetched once for many calls', async (t) => {
  const { client, sandbox, tenant } = await openClient(t);
  const flow_uuid = await openFlow(client, tenant);
  await client.call(tenant, 'flowStatus', { flow_uuid });
  await client.call(tenant, 'flowExtracts', { flow_uuid });
  assert.equal(sandbox.countCalls('verificationToken'), 1);
});

test('an expired token is renewed once and the call made again', async (t) => {
  const { client, sandbox, tenant } = await openClient(t);
  const flow_uuid = await openFlow(client, tenant);
  sandbox.revokeTokens();
  sandbox.clearCalls();
  const status = await client.call(tenant, 'flowStatus', { flow_uuid });
  assert.equal(status?.master_status, 'NOT_STARTED');
  assert.deepEqual(
    sandbox.calls.map(({ name, status }) => `${name} ${status}`),
    ['flowStatus 401', 'verificationToken 201', 'flowStatus 200'],
  );
  const [first, , second] = sandbox.calls;
  assert.notEqual(first?.headers.token, second?.headers.token);
});

test('a write that meets an expired token is made once in all', async (t) => {
  const { client, sandbox, tenant } = await openClient(t);
  await openFlow(client, tenant);
  sandbox.revokeTokens();
  sandbox.clearCalls();
  assert.ok(await client.call(tenant, 'initFlow', flowToOpen));
  assert.deepEqual(
    sandbox.calls.map(({ name, status }) => `${name} ${status}`),
    ['initFlow 401', 'verificationToken 201', 'initFlow 201'],
  );
});

for (const name of ['flowStatus', 'uploadToFlow'] as const) {
  test(`a fresh token that ${name} refuses too ends the call, without a loop`, async (t) => {
    const { client, sandbox, tenant } = await openClient(t);
    const flow_uuid = await openFlow(client, tenant);
    sandbox.clearCalls();
    sandbox.fault(name, invalidToken, Number.POSITIVE_INFINITY);
    const failure = await failureOf(client.call(tenant, name, { flow_uuid, file_urls: oneFile }));
    assert.equal(failure.failure, 'unauthorized');
    assert.equal(failure.status, 401);
    assert.equal(failure.reason, 'token-invalid');
    assert.equal(sandbox.countCalls(name), 2);
    assert.equal(sandbox.countCalls('verificationToken'), 1);
  });
}

test('a token refused at the second try is not sent a third time', async (t) => {
  const { client, sandbox, tenant } = await openClient(t);
  const flow_uuid = await openFlow(client, tenant);
  sandbox.fault('flowStatus', invalidToken, 2);
  await failureOf(client.call(tenant, 'flowStatus', { flow_uuid }));
  assert.ok(await client.call(tenant, 'flowStatus', { flow_uuid }));
  const sent = sandbox.calls.filter(({ name }) => name === 'flowStatus');
  assert.equal(new Set(sent.map(({ headers }) => headers.token)).size, 3);
});

test('twenty calls that meet an expired token at once cause one renewal', async (t) => {
  const { client, sandbox, tenant } = await openClient(t);
  const flows: string[] = [];
  for (let flow = 0; flow < 20; flow += 1) flows.push(await openFlow(client, tenant));
  sandbox.revokeTokens();
  sandbox.clearCalls();
  const statuses = await Promise.all(
    flows.map((flow_uuid) => client.call(tenant, 'flowStatus', { flow_uuid })),
  );
  assert.ok(statuses.every((status) => status?.master_status === 'NOT_STARTED'));
  assert.equal(sandbox.countCalls('verificationToken'), 1);
  assert.equal(sandbox.countCalls('flowStatus'), 40);
});

test('credentials that Atlas does not know are refused after one exchange', async (t) => {
  const { client, sandbox } = await openClient(t);
  const stranger = tenantNamed('stranger', 'sandbox-client', 'another-secret');
  const failure = await failureOf(client.call(stranger, 'flowStatus', { flow_uuid: 'LOS-1' }));
  assert.equal(failure.failure, 'unauthorized');
  assert.equal(failure.endpoint, 'verificationToken');
  assert.equal(failure.reason, 'credentials-invalid');
  assert.equal(sandbox.countCalls(), 1);
});

test('an address match with unknown credentials is refused after one call', async (t) => {
  const { client, sandbox } = await openClient(t);
  const failure = await failureOf(
    client.call(tenantNamed('stranger', 'nobody', 'nothing'), 'matchAddresses', {
      application_id: 'app-0001',
      source_address: '1 Sample Road, Testpur',
      target_addresses: [{ address: '1 Sample Rd, Testpur', index: 0 }],
    }),
  );
  assert.equal(failure.failure, 'unauthorized');
  assert.equal(failure.reason, 'credentials-invalid');
  assert.equal(sandbox.countCalls(), 1);
});

/** A sandbox that answers a status only when its clock is turned. */
async function openSlow(t: Parameters<typeof openClient>[0]) {
  const clock = createHandClock();
  const bolt = tenantNamed('bolt', 'other-client', 'other-secret');
  const open = await openClient(t, {
    startDeadline: createDeadlines({ timeoutMs: 3000 }),
    sandbox: {
      clock,
      credentials: [
        { clientId: 'sandbox-client', clientSecret: 'sandbox-secret' },
        { clientId: 'other-client', clientSecret: 'other-secret' },
      ],
    },
  });
  const flow_uuid = await openFlow(open.client, open.tenant);
  const meter: CallMeter = { calls: 0, coalesced: 0, cached: 0 };
  open.sandbox.clearCalls();
  open.sandbox.fault('flowStatus', { delayMs: 1000 }, Number.POSITIVE_INFINITY);
  const ask = (tenant = open.tenant, isFresh = false) =>
    open.client.call(tenant, 'flowStatus', { flow_uuid }, { meter, isFresh });
  /** Lets Atlas answer once `count` reads are with it; the answers, or the deadline's failure. */
  async function answer<Reads extends readonly Promise<unknown>[]>(count: number, reads: Reads) {
    const arrival = open.sandbox.waitForCall(
      'flowStatus',
      () => open.sandbox.countCalls('flowStatus') >= count,
    );
    const answers = Promise.all(reads);
    await Promise.race([arrival, answers]);
    clock.advance(1000);
    return await answers;
  }
  return { ...open, bolt, flow_uuid, meter, ask, answer };
}

test('one read serves all that ask the same for the same tenant while it is under way', async (t) => {
  const { ask, answer, meter, sandbox } = await openSlow(t);
  const reads = [ask(), ask(), ask()];
  const [one, ...others] = await answer(1, reads);
  for (const other of others) assert.deepEqual(other, one);
  assert.equal(sandbox.countCalls('flowStatus'), 1);
  assert.deepEqual(meter, { calls: 1, coalesced: 2, cached: 0 });
});

test('a read that is over serves nobody who asks later', async (t) => {
  const { ask, answer, sandbox } = await openSlow(t);
  await answer(1, [ask()]);
  await answer(2, [ask()]);
  assert.equal(sandbox.countCalls('flowStatus'), 2);
});

test('another question of the same tenant is asked by itself', async (t) => {
  const { client, sandbox, tenant, ask, answer } = await openSlow(t);
  const other = client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-other' });
  assert.equal((await answer(2, [ask(), other]))[1], null);
  assert.equal(sandbox.countCalls('flowStatus'), 2);
});

test('the read of one tenant never serves another', async (t) => {
  const { ask, answer, bolt, sandbox, tenant } = await openSlow(t);
  const [mine, theirs] = await answer(2, [ask(tenant), ask(bolt)] as const);
  assert.equal(mine?.master_status, 'NOT_STARTED');
  assert.equal(theirs, null);
  assert.equal(sandbox.countCalls('flowStatus'), 2);
});

test('a read that fails fails for all who share it, and is not kept', async (t) => {
  const { client, sandbox, tenant } = await openClient(t);
  const flow_uuid = await openFlow(client, tenant);
  sandbox.fault('flowStatus', { status: 503 }, 3);
  const shared = [0, 1, 2].map(() => failureOf(client.call(tenant, 'flowStatus', { flow_uuid })));
  for (const failure of await Promise.all(shared)) assert.equal(failure.failure, 'unavailable');
  assert.equal(sandbox.countCalls('flowStatus'), 3);
  assert.ok(await client.call(tenant, 'flowStatus', { flow_uuid }));
});

test('a read after a write is not served by a read begun before it', async (t) => {
  const { ask, answer, client, flow_uuid, sandbox, tenant } = await openSlow(t);
  const before = ask();
  await sandbox.waitForCall('flowStatus');
  await client.call(tenant, 'uploadToFlow', { flow_uuid, file_urls: oneFile });
  await answer(2, [before, ask()]);
  assert.equal(sandbox.countCalls('flowStatus'), 2);
});

test('a read asked during a write is not served by a read begun before it', async (t) => {
  const { ask, answer, client, sandbox, tenant } = await openSlow(t);
  sandbox.fault('initFlow', { delayMs: 1000 });
  const before = ask();
  const write = client.call(tenant, 'initFlow', flowToOpen);
  const during = ask();
  await sandbox.waitForCall('initFlow');
  await answer(2, [before, during, write]);
  assert.equal(sandbox.countCalls('flowStatus'), 2);
});

test('a read after a write is not served by a read begun during it', async (t) => {
  const { ask, answer, client, flow_uuid, sandbox, tenant } = await openSlow(t);
  sandbox.fault('uploadToFlow', { hangUp: 'after' });
  const write = failureOf(client.call(tenant, 'uploadToFlow', { flow_uuid, file_urls: oneFile }));
  const during = ask();
  await write;
  await answer(2, [during, ask()]);
  assert.equal(sandbox.countCalls('flowStatus'), 2);
});

test("a write of one tenant leaves another tenant's reads shared", async (t) => {
  const { ask, answer, bolt, client, sandbox } = await openSlow(t);
  const first = ask();
  await client.call(bolt, 'initFlow', flowToOpen);
  await answer(1, [first, ask()]);
  assert.equal(sandbox.countCalls('flowStatus'), 1);
});

test('a fresh read never joins one under way, and may be joined itself', async (t) => {
  const { ask, answer, meter, sandbox, tenant } = await openSlow(t);
  await answer(2, [ask(), ask(tenant, true), ask()]);
  assert.equal(sandbox.countCalls('flowStatus'), 2);
  assert.deepEqual(meter, { calls: 2, coalesced: 1, cached: 0 });
});

test('two equal writes are two calls', async (t) => {
  const { client, sandbox, tenant } = await openClient(t);
  const flows = await Promise.all([openFlow(client, tenant), openFlow(client, tenant)]);
  assert.equal(new Set(flows).size, 2);
  assert.equal(sandbox.countCalls('initFlow'), 2);
});

test('every request is reported with its outcome and no values', async (t) => {
  const { client, reported, sandbox, tenant } = await openClient(t);
  await client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-unknown' });
  sandbox.fault('flowExtracts', { status: 503 });
  await client.call(tenant, 'flowExtracts', { flow_uuid: 'LOS-unknown' });
  const first = { tries: 1, isRetry: false };
  assert.deepEqual(
    reported.map(({ durationMs, meter: _, requestId, traceparent, ...call }) => {
      assert.match(requestId, /^[\w-]{36}$/);
      assert.equal(traceparent, undefined);
      return { ...call, isTimed: durationMs >= 0 };
    }),
    [
      { endpoint: 'verificationToken', outcome: 'answered', status: undefined, ...first },
      { endpoint: 'flowStatus', outcome: 'absent', status: undefined, ...first },
      { endpoint: 'flowExtracts', outcome: 'unavailable', status: 503, ...first },
      { endpoint: 'flowExtracts', outcome: 'absent', status: undefined, tries: 2, isRetry: true },
    ].map((call) => ({ ...call, tenantId: 'acme', queuedMs: 0, isTimed: true })),
  );
});

test('a probe says whether Atlas answers, be it with a refusal', async (t) => {
  const { client, sandbox, tenant } = await openClient(t);
  sandbox.fault('verificationToken', { hangUp: 'before' });
  assert.equal(await client.probe(tenant), false);
  assert.equal(client.hasAnswered(), false);
  assert.equal(await client.probe(tenantNamed('stranger', 'nobody', 'nothing')), true);
  assert.equal(client.hasAnswered(), true);
});

test('no Aadhaar number leaves the client, in any answer of Atlas', async (t) => {
  const { client, sandbox, tenant } = await openClient(t);
  const status = { master_status: 'SUCCESS', note: 'held by 2345 6789 0124', uid: 123412341234 };
  sandbox.fault('flowStatus', { status: 200, body: status });
  assert.deepEqual(await client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }), {
    master_status: 'SUCCESS',
    note: 'held by XXXX XXXX 0124',
    uid: 'XXXX XXXX 1234',
  });
});
