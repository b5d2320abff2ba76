import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTenantPolicy, type TenantPolicyOptions } from '../../src/identity/tenant-policy.ts';
import { createTenants, type TenantSettings } from '../../src/identity/tenants.ts';
import { toSettings } from '../support/identity/tenant-settings.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');

function openPolicy(
  settings: readonly TenantSettings[],
  limits: Partial<TenantPolicyOptions['limits']> = {},
  publicUrl?: string,
) {
  const tenants = createTenants(settings);
  const policy = createTenantPolicy({
    tenants,
    publicUrl,
    limits: {
      isEnforced: true,
      requestsPerMinute: 60,
      requestsPerMinuteOfAll: 101,
      atlasCalls: 20,
      ...limits,
    },
    subscriptions: { perCaller: 5, perProcess: 55 },
  });
  return { tenants, policy };
}

function figuresOf({ policy }: ReturnType<typeof openPolicy>) {
  return [
    policy.requestsPerMinute(acme),
    policy.tenantRequestsPerMinute(acme),
    policy.subscriptions(acme),
    policy.tenantSubscriptions(acme),
    policy.atlasCalls(acme),
    policy.callsPerPoll(acme),
  ];
}

test('a tenant without limits has the defaults, and nine tenths of the process', () => {
  assert.deepEqual(figuresOf(openPolicy([toSettings('acme')])), [60, 91, 5, 50, 20, 20]);
});

test('limits of a tenant replace the defaults, one by one', () => {
  const limits = { requestsPerMinute: 7, atlasCalls: 3, tenant: { subscriptions: 9 } };
  const opened = openPolicy([toSettings('acme', { limits })]);
  assert.deepEqual(figuresOf(opened), [7, 91, 5, 9, 3, 3]);
});

test('the policy follows settings that are read anew', () => {
  const opened = openPolicy([toSettings('acme', { limits: { subscriptions: 1 } })]);
  opened.tenants.replace([
    toSettings('acme', { limits: { subscriptions: 2, tenant: { requestsPerMinute: 4 } } }),
  ]);
  assert.deepEqual(figuresOf(opened), [60, 4, 2, 50, 20, 20]);
});

test('a poll makes any number of calls where limits are only measured', () => {
  const { policy } = openPolicy([toSettings('acme')], { isEnforced: false });
  assert.equal(policy.callsPerPoll(acme), Number.POSITIVE_INFINITY);
  assert.equal(policy.atlasCalls(acme), 20);
});

test('a removed tenant keeps its last rules for callers that still leave', () => {
  const opened = openPolicy([toSettings('acme', { limits: { atlasCalls: 2 } })]);
  opened.tenants.replace([]);
  assert.equal(opened.policy.atlasCalls(acme), 2);
});

test('an origin is known for all, and is for the callers of its own tenant', () => {
  const page = 'https://loans.example';
  const opened = openPolicy(
    [toSettings('acme', { origins: [page] }), toSettings('bolt')],
    {},
    'https://gateway.example/path',
  );
  const { origins } = opened.policy;
  const principalOf = (id: string) => {
    const tenant = opened.tenants.find(toTenantId(id));
    assert.ok(tenant);
    // Of a principal the policy reads its tenant alone.
    return { tenant } as unknown as Parameters<typeof origins.isFor>[0];
  };
  assert.equal(origins.publicOrigin, 'https://gateway.example');
  assert.deepEqual(
    [origins.isKnown(page), origins.isKnown('https://other.example')],
    [true, false],
  );
  assert.deepEqual(
    ['acme', 'bolt'].map((id) => origins.isFor(principalOf(id), page)),
    [true, false],
  );
});

test('sandbox accounts are those of tenants with a callback token', () => {
  const opened = openPolicy([
    toSettings('acme', { sandboxCallbackToken: 'a' }),
    toSettings('bolt'),
  ]);
  assert.deepEqual(opened.policy.sandboxAccounts(), [{ tenantId: acme, token: 'a' }]);
});
