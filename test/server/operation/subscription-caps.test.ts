import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createSubscriptionCaps } from '../../../src/server/operation/subscription-caps.ts';
import { createFakeClock } from '../../support/live/fake-clock.ts';
import { type OpenGateway, openGateway } from '../../support/open-gateway.ts';
import {
  overWebSocket,
  type Subscribe,
  type Subscription,
  transports,
  watchFlow,
} from '../../support/server/transports.ts';
import { toTenantId } from '../../support/tenant-id.ts';

const timeout = 20_000;
const callerOf = (name: string, tenantId = 'acme') => ({ tenantId: toTenantId(tenantId), name });

test('a caller gets its places and no more, and takes none of another', () => {
  const caps = createSubscriptionCaps({ perCaller: () => 2, perProcess: 10 });
  assert.ok(caps.take(callerOf('acme')));
  assert.ok(caps.take(callerOf('acme')));
  assert.equal(caps.take(callerOf('acme')), null);
  assert.ok(caps.take(callerOf('bolt')));
  assert.equal(caps.count(), 3);
});

test('callers of two tenants are two, whatever their names', () => {
  const caps = createSubscriptionCaps({
    perCaller: (tenantId) => (tenantId === 'acme' ? 1 : 2),
    perProcess: 10,
  });
  assert.ok(caps.take(callerOf('backend', 'acme')));
  assert.equal(caps.take(callerOf('backend', 'acme')), null);
  assert.ok(caps.take(callerOf('backend', 'bolt')));
  assert.ok(caps.take(callerOf('backend', 'bolt')));
  assert.equal(caps.take(callerOf('backend', 'bolt')), null);
  assert.ok(caps.take(callerOf('other', 'acme')));
  assert.equal(caps.count(callerOf('backend', 'bolt')), 2);
});

test('the bearer of one grant takes half of what its issuer has, and all of them no more than all', () => {
  const caps = createSubscriptionCaps({ perCaller: () => 5, perProcess: 100 });
  const issuer = callerOf('key a');
  const phone = { ...issuer, grantId: 'grant-1' };
  const releases = [caps.take(phone), caps.take(phone)];
  assert.ok(releases.every(Boolean));
  assert.equal(caps.take(phone), null);
  assert.ok(caps.take({ ...issuer, grantId: 'grant-2' }));
  releases[0]?.();
  releases[0]?.();
  assert.ok(caps.take(phone));
  assert.equal(caps.take(phone), null);
  for (let count = 0; count < 2; count += 1) assert.ok(caps.take(issuer));
  assert.equal(caps.take(issuer), null);
  assert.equal(caps.take({ ...issuer, grantId: 'grant-3' }), null);
  assert.equal(caps.count(issuer), 5);
});

test('where a caller has one permit the bearer of its grant may have it', () => {
  const caps = createSubscriptionCaps({ perCaller: () => 1, perProcess: 100 });
  const issuer = callerOf('key a');
  assert.ok(caps.take({ ...issuer, grantId: 'grant-1' }));
  assert.equal(caps.take(issuer), null);
});

test('all callers together get the places of the process and no more', () => {
  const caps = createSubscriptionCaps({ perCaller: () => 10, perProcess: 3 });
  for (const caller of ['one', 'two', 'three']) assert.ok(caps.take(callerOf(caller)));
  assert.equal(caps.take(callerOf('four')), null);
  assert.equal(caps.count(), 3);
});

test('a place is given back once, however often it is given back', () => {
  const caps = createSubscriptionCaps({ perCaller: () => 2, perProcess: 2 });
  const release = caps.take(callerOf('acme'));
  caps.take(callerOf('acme'));
  release?.();
  release?.();
  assert.equal(caps.count(), 1);
  assert.ok(caps.take(callerOf('acme')));
  assert.equal(caps.take(callerOf('acme')), null);
});

test('a refusal takes no place', () => {
  const caps = createSubscriptionCaps({ perCaller: () => 1, perProcess: 2 });
  caps.take(callerOf('acme'));
  for (let count = 0; count < 10; count += 1) caps.take(callerOf('acme'));
  assert.equal(caps.count(), 1);
  assert.ok(caps.take(callerOf('bolt')));
});

test('once closed, no place is given, and those that are held are given back', () => {
  const caps = createSubscriptionCaps({ perCaller: () => 2, perProcess: 2 });
  const release = caps.take(callerOf('acme'));
  caps.close();
  assert.equal(caps.take(callerOf('acme')), null);
  release?.();
  assert.equal(caps.count(), 0);
});

const codeOf = (result: Awaited<ReturnType<Subscription['next']>>): string | null =>
  result.errors?.[0].extensions.code ?? null;

async function codeOfFirst(
  subscribe: Subscribe,
  t: TestContext,
  gateway: OpenGateway,
  uuid: string,
): Promise<string | null> {
  const attempt = await subscribe(t, gateway, uuid);
  const code = codeOf(await attempt.next());
  attempt.leave();
  return code;
}

for (const [name, subscribe] of Object.entries(transports)) {
  test(`${name} takes a place among all transports and gives it back when it is left`, {
    timeout,
  }, async (t) => {
    const gateway = await openGateway(t, {
      clock: createFakeClock(),
      env: { MAX_SUBSCRIPTIONS_PER_CALLER: '1' },
    });
    const uuid = await gateway.openFlow();
    const held = await subscribe(t, gateway, uuid);
    assert.equal(codeOf(await held.next()), null);

    for (const attempt of Object.values(transports)) {
      assert.equal(await codeOfFirst(attempt, t, gateway, uuid), 'RATE_LIMITED');
    }
    gateway.sandbox.setFlowStatus(uuid, { master_status: 'IN_PROGRESS' });
    await gateway.sandbox.sendCallback(uuid);
    const { data } = await held.next();
    assert.equal(data.flowUpdated.status.state, 'IN_PROGRESS');

    held.leave();
    // The gateway hears of it in its own time.
    while ((await codeOfFirst(subscribe, t, gateway, uuid)) !== null) await setImmediate();
  });

  test(`${name} gives its place back at the end of its flow`, { timeout }, async (t) => {
    const gateway = await openGateway(t, { env: { MAX_SUBSCRIPTIONS_PER_CALLER: '1' } });
    for (const id of ['one', 'two', 'three']) {
      const uuid = await gateway.openFlow(id);
      gateway.sandbox.finishFlow(uuid, 'SUCCESS');
      const reading = await subscribe(t, gateway, uuid);
      const { data } = await reading.next();
      assert.equal(data?.flowUpdated.status.state, 'SUCCESS');
      while ((await codeOfFirst(subscribe, t, gateway, uuid)) !== null) await setImmediate();
    }
  });

  test(`an operation that is refused on ${name} takes no place`, { timeout }, async (t) => {
    const gateway = await openGateway(t, { env: { MAX_SUBSCRIPTIONS_PER_CALLER: '1' } });
    for (let count = 0; count < 3; count += 1) {
      assert.equal(await codeOfFirst(subscribe, t, gateway, 'no-such-flow'), 'NOT_FOUND');
    }
    const uuid = await gateway.openFlow();
    while ((await codeOfFirst(subscribe, t, gateway, uuid)) !== null) await setImmediate();
  });

  test(`Atlas is asked no more once the last reader on ${name} has left`, {
    timeout,
  }, async (t) => {
    const clock = createFakeClock();
    const gateway = await openGateway(t, { clock });
    const uuid = await gateway.openFlow();
    const readers = [await subscribe(t, gateway, uuid), await subscribe(t, gateway, uuid)];
    for (const reader of readers) await reader.next();
    gateway.sandbox.clearCalls();
    readers[0]?.leave();
    await clock.advance(100);
    await gateway.sandbox.waitForCall('flowStatus', ({ status }) => status === 200);

    readers[1]?.leave();
    while (gateway.app.countWatched() > 0) await setImmediate();
    gateway.sandbox.clearCalls();
    await clock.advance(10 * 60_000);
    assert.equal(gateway.sandbox.countCalls(), 0);
  });
}

test('a full process refuses whoever comes, of whatever caller', { timeout }, async (t) => {
  const gateway = await openGateway(t, { env: { MAX_SUBSCRIPTIONS: '2' } });
  const uuid = await gateway.openFlow();
  const held = [await overWebSocket(t, gateway, uuid), await overWebSocket(t, gateway, uuid)];
  for (const reading of held) assert.equal(codeOf(await reading.next()), null);
  const { 'a stream of events': overEvents } = transports;
  const refused = await overEvents?.(t, gateway, uuid);
  assert.ok(refused);
  const { errors } = await refused.next();
  assert.deepEqual(
    { ...errors[0], extensions: { ...errors[0].extensions, requestId: '' } },
    {
      message: 'Too many subscriptions are open. End some, or try again later.',
      extensions: { code: 'RATE_LIMITED', retryable: true, requestId: '' },
    },
  );
});

for (const accept of ['application/json', 'application/graphql-response+json', 'multipart/mixed']) {
  test(`a subscription that is sent for ${accept} is refused, holds no place and reads nothing`, async (t) => {
    const gateway = await openGateway(t, { env: { MAX_SUBSCRIPTIONS_PER_CALLER: '1' } });
    const uuid = await gateway.openFlow();
    gateway.sandbox.clearCalls();
    for (let count = 0; count < 3; count += 1) {
      const response = await fetch(gateway.graphqlUrl, {
        method: 'POST',
        headers: { ...gateway.headers, accept },
        body: JSON.stringify({ query: watchFlow, variables: { uuid } }),
      });
      const text = await response.text();
      if (accept === 'multipart/mixed') assert.equal(response.status, 406);
      else assert.equal(JSON.parse(text).errors[0].extensions.code, 'BAD_USER_INPUT');
    }
    assert.equal(gateway.app.countWatched(), 0);
    assert.equal(gateway.sandbox.countCalls(), 0);
  });
}

test('a subscription that finds no way to be sent is left', { timeout }, async (t) => {
  const gateway = await openGateway(t, { env: { MAX_SUBSCRIPTIONS_PER_CALLER: '1' } });
  const uuid = await gateway.openFlow();
  for (let count = 0; count < 3; count += 1) {
    const response = await fetch(gateway.graphqlUrl, {
      method: 'POST',
      headers: { ...gateway.headers, accept: 'image/png, text/event-stream;charset=latin1' },
      body: JSON.stringify({ query: watchFlow, variables: { uuid } }),
    });
    assert.equal(response.status, 406);
    while (gateway.app.countWatched() > 0) await setImmediate();
  }
});

test('the callers of a tenant together have the permits of the tenant and leave the rest', () => {
  const caps = createSubscriptionCaps({ perCaller: () => 2, perTenant: () => 3, perProcess: 10 });
  for (const name of ['one', 'two', 'three']) assert.ok(caps.take(callerOf(name)));
  assert.equal(caps.take(callerOf('four')), null);
  const release = caps.take(callerOf('one', 'bolt'));
  assert.ok(release);
  assert.deepEqual([caps.countOf(toTenantId('acme')), caps.countOf(toTenantId('bolt'))], [3, 1]);
  release();
  release();
  assert.equal(caps.countOf(toTenantId('bolt')), 0);
});
