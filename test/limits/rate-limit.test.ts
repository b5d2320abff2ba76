import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { createLog } from '../../src/logging/log.ts';
import {
  type Counted,
  createRateLimit,
  type RateLimitOptions,
} from '../../src/server/operation/rate-limit.ts';
import { codesOf, transports } from '../support/limits/transports.ts';
import { createFakeClock } from '../support/live/fake-clock.ts';
import { openGateway } from '../support/open-gateway.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toCounted('acme', 'key a');

function toCounted(tenantId: string, name: string): Counted {
  return { tenantId: toTenantId(tenantId), name };
}

function openRateLimit(t: TestContext, options: Partial<RateLimitOptions> = {}) {
  const clock = createFakeClock();
  const log = { ...createLog('silent', { write: () => {} }), warn: t.mock.fn() };
  const rateLimit = createRateLimit({
    isEnforced: true,
    perMinute: () => 2,
    log,
    clock,
    ...options,
  });
  return { rateLimit, log, clock, pass: (ms: number) => clock.advance(ms) };
}

test('so many requests in a minute are let through, and the next is told when to come', async (t) => {
  const { rateLimit, pass } = openRateLimit(t);
  assert.equal(await rateLimit.take(acme), null);
  await pass(20_000);
  assert.equal(await rateLimit.take(acme), null);
  assert.equal(await rateLimit.take(acme), 40_000);
  await pass(39_999);
  assert.equal(await rateLimit.take(acme), 1);
  await pass(1);
  assert.equal(await rateLimit.take(acme), null);
});

test('a caller does not use up the limit of another, of the same tenant or the same name', async (t) => {
  const { rateLimit } = openRateLimit(t, { perMinute: () => 1 });
  const others = [
    acme,
    toCounted('acme', 'key b'),
    toCounted('bolt', 'key a'),
    toCounted('acm', 'e\nkey a'),
  ];
  for (const counted of others) assert.equal(await rateLimit.take(counted), null);
  for (const counted of others) assert.equal(await rateLimit.take(counted), 60_000);
});

test('the remaining requests are reported, and the report costs none', async (t) => {
  const { rateLimit, clock, pass } = openRateLimit(t);
  const resetsAt = clock.now() + 60_000;
  assert.deepEqual(rateLimit.left(acme), { remaining: 2, resetsAt: null });
  await rateLimit.take(acme);
  await pass(10_000);
  assert.deepEqual(rateLimit.left(acme), { remaining: 1, resetsAt });
  for (let times = 0; times < 3; times += 1) await rateLimit.take(acme);
  assert.deepEqual(rateLimit.left(acme), { remaining: 0, resetsAt });
  await pass(50_000);
  assert.deepEqual(rateLimit.left(acme), { remaining: 2, resetsAt: null });
});

test('each tenant has a limit of its own, which may change', async (t) => {
  const most = new Map([[acme.tenantId, 1]]);
  const { rateLimit } = openRateLimit(t, { perMinute: (tenantId) => most.get(tenantId) ?? 2 });
  await rateLimit.take(acme);
  assert.equal(await rateLimit.take(acme), 60_000);
  most.set(acme.tenantId, 3);
  assert.equal(await rateLimit.take(acme), null);
});

test('a request over a measured limit passes, and is logged once a minute', async (t) => {
  const { rateLimit, log, pass } = openRateLimit(t, { isEnforced: false });
  for (let times = 0; times < 5; times += 1) assert.equal(await rateLimit.take(acme), null);
  const fields = { tenant: 'acme', limit: 'requestsPerMinute', figure: 3, most: 2 };
  assert.deepEqual(
    log.warn.mock.calls.map(({ arguments: given }) => given),
    [['a caller is over a limit', fields]],
  );
  await pass(60_000);
  for (let times = 0; times < 3; times += 1) await rateLimit.take(acme);
  assert.equal(log.warn.mock.callCount(), 2);
});

test('the operations of a caller are counted together over all transports', async (t) => {
  for (const [transport, ask] of transports) {
    // One connection for all operations is reserved, opened and posted to: three requests. A socket
    // is opened, and an operation sent on it: two.
    const most = String(transports.length + 3);
    const gateway = await openGateway(t, { env: { RATE_LIMIT_PER_MINUTE: most } });
    for (const [, askBefore] of transports) {
      const { errors } = await askBefore(gateway, { query: '{ __typename }' });
      assert.equal(errors, undefined);
    }
    if (transport === 'WebSocket') {
      await assert.rejects(ask(gateway, { query: '{ __typename }' }), { code: 1013 });
      continue;
    }
    const { errors = [] } = await ask(gateway, { query: '{ __typename }' });
    assert.deepEqual(codesOf({ errors }), ['RATE_LIMITED'], transport);
    const { retryable, retryAfterMs } = errors[0]?.extensions ?? {};
    assert.equal(retryable, true, transport);
    assert.ok(Number(retryAfterMs) > 0 && Number(retryAfterMs) <= 60_000, transport);
  }
});

test('a subscription that somebody else reads already is counted too', async (t) => {
  const gateway = await openGateway(t, { env: { RATE_LIMIT_PER_MINUTE: '4' } });
  const uuid = await gateway.openFlow();
  const watch = { query: 'subscription ($uuid: String!) { flowUpdated(uuid: $uuid) { uuid } }' };
  const [, askBySse] = transports[1] ?? [];
  assert.ok(askBySse);
  const readings = Array.from({ length: 4 }, () =>
    askBySse(gateway, { ...watch, variables: { uuid } }),
  );
  const refused = await Promise.race(readings);
  assert.deepEqual(codesOf(refused), ['RATE_LIMITED']);
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const codes = (await Promise.all(readings)).map(codesOf);
  assert.deepEqual(
    codes.filter((each) => each.length > 0),
    [['RATE_LIMITED']],
  );
});

test('a flood over HTTP is a 429 that says when to come again', async (t) => {
  const gateway = await openGateway(t, { env: { RATE_LIMIT_PER_MINUTE: '1' } });
  await gateway.ask('{ __typename }');
  const response = await fetch(gateway.graphqlUrl, {
    method: 'POST',
    headers: gateway.headers,
    body: '{"query":"{ __typename }"}',
  });
  assert.equal(response.status, 429);
  const seconds = Number(response.headers.get('retry-after'));
  assert.ok(seconds > 0 && seconds <= 60);
  await response.text();
});

test('a flood of callbacks is a 429, and the graph goes on', async (t) => {
  const gateway = await openGateway(t, { env: { RATE_LIMIT_PER_MINUTE: '2' } });
  await gateway.openFlow();
  const opening = await gateway.sandbox.waitForCall('initFlow');
  const { callback_url, auth_url } = opening.body as Record<string, string>;
  assert.ok(callback_url !== undefined && auth_url !== undefined);
  const statusOf = async (url: string) => {
    const response = await fetch(url, { method: 'POST' });
    await response.text();
    return response.status;
  };
  assert.deepEqual([await statusOf(auth_url), await statusOf(callback_url)], [200, 401]);
  assert.deepEqual([await statusOf(auth_url), await statusOf(callback_url)], [429, 429]);
  assert.equal(await statusOf(`${new URL('/atlas/auth/forged', auth_url)}`), 404);
  assert.equal((await gateway.ask('{ __typename }')).errors, undefined);
});

test('the callers of a tenant together have the limit of the tenant, and refused requests none of it', async (t) => {
  const { rateLimit } = openRateLimit(t, { perMinute: () => 3, tenantPerMinute: () => 4 });
  const [one, two] = [toCounted('bolt', 'one'), toCounted('bolt', 'two')];
  for (let times = 0; times < 10; times += 1) await rateLimit.take(one);
  assert.equal(rateLimit.leftOf(one.tenantId).remaining, 1);
  assert.equal(await rateLimit.take(two), null);
  assert.equal(await rateLimit.take(two), 60_000);
  assert.equal(await rateLimit.take(toCounted('other', 'one')), null);
});

test('all tenants together have the limit of the process', async (t) => {
  const { rateLimit } = openRateLimit(t, { processPerMinute: 2 });
  for (const tenant of ['one', 'two']) {
    assert.equal(await rateLimit.take(toCounted(tenant, 'backend')), null);
  }
  assert.equal(await rateLimit.take(toCounted('three', 'backend')), 60_000);
});
