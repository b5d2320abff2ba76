import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiKey, hashKey } from '../../src/identity/api-keys.ts';
import { createAuthenticate } from '../../src/identity/authenticate.ts';
import { createFlowGrants } from '../../src/identity/flow-grants.ts';
import { createTenants, type TenantSettings } from '../../src/identity/tenants.ts';
import { openGrantRegister } from '../support/identity/grant-register.ts';
import { toKey, toSettings } from '../support/identity/tenant-settings.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');
const bolt = toTenantId('bolt');

/** Tenants, and whom they make of a text, under a clock that stands where it is set. */
function openTenants(...settings: TenantSettings[]) {
  const clock = { now: Date.UTC(2026, 0) };
  const now = () => clock.now;
  const tenants = createTenants(settings);
  const grants = createFlowGrants({ secrets: ['the newest secret'], now });
  const authenticate = createAuthenticate({ tenants, grants, ...openGrantRegister(), now });
  return { clock, tenants, recognise: async (key: string) => authenticate(`Bearer ${key}`) };
}

const tenants = createTenants([toSettings('acme', { keys: [toKey('sample-key')] })]);
const grants = createFlowGrants({ secrets: ['the newest secret'] });
const authenticate = createAuthenticate({
  tenants,
  grants,
  ...openGrantRegister(),
  now: Date.now,
});

for (const authorization of [
  'Bearer sample-key',
  'bearer sample-key',
  'BEARER sample-key',
  'Bearer   sample-key',
  ' Bearer sample-key ',
]) {
  test(`"${authorization}" proves the tenant`, async () => {
    assert.equal((await authenticate(authorization))?.tenant, tenants.find(acme));
  });
}

for (const authorization of [
  undefined,
  '',
  ' ',
  'Bearer',
  'Bearer ',
  'Bearer sample-ke',
  'Bearer sample-key2',
  'Bearer Sample-Key',
  'Bearer sample-key sample-key',
  'Bearer "sample-key"',
  'Bearersample-key',
  'Basic sample-key',
  'sample-key',
  'Token sample-key',
  'Bearer sample-kéy',
  'Bearer \0',
  `Bearer ${'x'.repeat(100_000)}`,
]) {
  test(`${JSON.stringify(authorization?.slice(0, 40))} proves nobody`, async () => {
    assert.equal(await authenticate(authorization), null);
  });
}

test('keys of any length are compared without a fault', async () => {
  for (const key of ['k', 'k'.repeat(64), 'k'.repeat(1000)]) {
    const { recognise } = openTenants(toSettings('acme', { keys: [toKey(key)] }));
    assert.ok(await recognise(key));
    assert.equal(await recognise(`${key}k`), null);
    assert.equal(await recognise('other'), null);
  }
});

test('the hash of a key is not the key', async () => {
  const key = createApiKey();
  const { recognise } = openTenants(toSettings('acme', { keys: [toKey(key)] }));
  assert.ok(await recognise(key));
  assert.equal(await recognise(hashKey(key)), null);
});

test('a new key holds 256 bits that were never there before', () => {
  const made = Array.from({ length: 100 }, createApiKey);
  assert.equal(new Set(made).size, 100);
  for (const key of made) assert.match(key, /^agk_[\w-]{43}$/);
});

test('a key proves its own tenant, with its own name and scopes', async () => {
  const { tenants: live, recognise } = openTenants(
    toSettings('acme', {
      keys: [
        toKey('read-key', { name: 'reader', scopes: new Set(['flows:read']) }),
        toKey('write-key', { name: 'writer', scopes: new Set(['flows:write']) }),
      ],
    }),
    toSettings('bolt', { keys: [toKey('bolt-key', { name: 'reader', scopes: new Set() })] }),
  );
  const told = async (key: string) => {
    const { tenant, callerId, scopes } = (await recognise(key)) ?? {};
    return [tenant?.id, callerId, [...(scopes ?? [])]];
  };
  assert.deepEqual(await told('read-key'), ['acme', 'reader', ['flows:read']]);
  assert.deepEqual(await told('write-key'), ['acme', 'writer', ['flows:write']]);
  assert.deepEqual(await told('bolt-key'), ['bolt', 'reader', []]);
  assert.equal((await recognise('bolt-key'))?.tenant, live.find(bolt));
});

test('two keys of one name hold at once, and are one caller', async () => {
  const { recognise } = openTenants(
    toSettings('acme', { keys: [toKey('old-key'), toKey('new-key')] }),
  );
  const both = [await recognise('old-key'), await recognise('new-key')];
  assert.deepEqual(
    both.map((principal) => principal?.callerId),
    ['sample', 'sample'],
  );
});

test('a key ends with its time, also for who is here already', async () => {
  const expiresAt = Date.UTC(2026, 0) + 1000;
  const { clock, recognise } = openTenants(
    toSettings('acme', { keys: [toKey('sample-key', { expiresAt })] }),
  );
  const principal = await recognise('sample-key');
  clock.now = expiresAt - 1;
  assert.equal(principal?.isCurrent(), true);
  clock.now = expiresAt;
  assert.equal(principal?.isCurrent(), false);
  assert.equal(await recognise('sample-key'), null);
});

const before = () => toSettings('acme', { keys: [toKey('sample-key')] });
const changes: readonly [change: string, after: TenantSettings[], holds: boolean][] = [
  ['nothing', [before()], true],
  ['a tenant beside it', [before(), toSettings('bolt')], true],
  ['its limits', [{ ...before(), limits: { requestsPerMinute: 1 } }], true],
  ['another key', [{ ...before(), keys: [toKey('sample-key'), toKey('other-key')] }], true],
  ['its tenant gone', [toSettings('bolt')], false],
  ['the key gone', [{ ...before(), keys: [] }], false],
  ['the key at another tenant', [toSettings('bolt', { keys: [toKey('sample-key')] })], false],
  ['the key over', [{ ...before(), keys: [toKey('sample-key', { expiresAt: 1 })] }], false],
  ['the key of another name', [{ ...before(), keys: [toKey('sample-key', { name: 'x' })] }], false],
  ['fewer scopes', [{ ...before(), keys: [toKey('sample-key', { scopes: new Set() })] }], false],
];
for (const [change, after, holds] of changes) {
  test(`after ${change} whoever is here ${holds ? 'stays' : 'may stay no longer'}`, async () => {
    const { tenants: live, recognise } = openTenants(before());
    const principal = await recognise('sample-key');
    assert.equal(principal?.isCurrent(), true);
    live.replace(after);
    assert.equal(principal?.isCurrent(), holds);
  });
}

test('a tenant stays the same object, and shows what is set now', () => {
  const live = createTenants([toSettings('acme', { productType: 'OLD' })]);
  const tenant = live.find(acme);
  const credentials = { ...toSettings('acme').credentials, clientSecret: 'another' };
  const told = live.replace([toSettings('acme', { productType: 'NEW', credentials })]);
  assert.equal(live.find(acme), tenant);
  assert.equal(tenant?.productType, 'NEW');
  assert.equal(tenant?.credentials.clientSecret, 'another');
  assert.deepEqual(told, { added: [], removed: [], recredentialed: [tenant] });
  assert.deepEqual(live.replace([]), { added: [], removed: [tenant], recredentialed: [] });
  assert.equal(live.find(acme), undefined);
  assert.deepEqual(live.replace([toSettings('acme', { credentials })]).added, [tenant]);
});
