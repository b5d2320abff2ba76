import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createAuthenticate } from '../../src/identity/authenticate.ts';
import { createFlowGrants } from '../../src/identity/flow-grants.ts';
import { createJwtReader } from '../../src/identity/jwt.ts';
import type { Scope } from '../../src/identity/scopes.ts';
import { createTenants, type TenantSettings } from '../../src/identity/tenants.ts';
import { openGrantRegister } from '../support/identity/grant-register.ts';
import { openProvider } from '../support/identity/open-provider.ts';
import { toKey, toSettings } from '../support/identity/tenant-settings.ts';

const every: readonly Scope[] = ['flows:read', 'flows:write', 'pii:read'];
const allBut = (...left: Scope[]) => new Set(every.filter((scope) => !left.includes(scope)));
const start = Date.UTC(2026, 0);

/** Grants that a caller of a tenant issued, and what becomes of them when the settings change. */
async function openIssued(
  t: TestContext,
  credential: 'key' | 'jwt',
  ...settings: TenantSettings[]
) {
  const clock = { now: start };
  const now = () => clock.now;
  const provider = await openProvider(t, now);
  const jwts = createJwtReader({ trust: provider.trust, now });
  const tenants = createTenants(settings);
  const grants = createFlowGrants({ secrets: ['a secret of this test'], now });
  const authenticate = createAuthenticate({ tenants, grants, ...openGrantRegister(), jwts, now });
  const bearer =
    credential === 'key' ? 'acme-key' : await provider.sign({ scope: every.join(' ') });
  const caller = await authenticate(`Bearer ${bearer}`);
  assert.ok(caller);
  const open = async (canReadDocuments: boolean) => {
    const { token } = await grants.issue({
      tenantId: caller.tenant.id,
      flowUuid: 'LOS-1',
      canReadDocuments,
      issuer: caller.issuer,
      ttlSeconds: 86_400,
    });
    const principal = await authenticate(`Bearer ${token}`);
    assert.equal(principal?.isCurrent(), true);
    return { token, principal };
  };
  const issued = { status: await open(false), documents: await open(true) };
  /** Which of the two hold, for an open connection and for the next request alike. */
  async function holding(by = authenticate): Promise<string[]> {
    const names: string[] = [];
    for (const [name, { token, principal }] of Object.entries(issued)) {
      const again = await by(`Bearer ${token}`);
      if (by === authenticate) assert.equal(principal?.isCurrent(), again !== null, name);
      if (again !== null) names.push(name);
    }
    return names;
  }
  return { clock, tenants, grants, caller, issued, holding, authenticate };
}

const both = ['status', 'documents'];
const key = (given: Parameters<typeof toKey>[1] = {}) =>
  toKey('acme-key', { name: 'backend', scopes: allBut(), ...given });
const acme = (given: Partial<TenantSettings> = {}) =>
  toSettings('acme', { keys: [key()], ...given });

const keyChanges: readonly [change: string, after: TenantSettings[], holding: string[]][] = [
  ['nothing', [acme()], both],
  ['other limits of the tenant', [acme({ limits: { atlasCalls: 1 } })], both],
  ['another key beside it', [acme({ keys: [key(), toKey('other-key')] })], both],
  ['a key that lost pii:read', [acme({ keys: [key({ scopes: allBut('pii:read') })] })], both],
  ['a key that lost flows:write', [acme({ keys: [key({ scopes: allBut('flows:write') })] })], []],
  [
    'a key that lost flows:read',
    [acme({ keys: [key({ scopes: allBut('flows:read') })] })],
    ['status'],
  ],
  ['a key that lost every scope', [acme({ keys: [key({ scopes: new Set() })] })], []],
  ['a key that has expired', [acme({ keys: [key({ expiresAt: start })] })], []],
  ['no key', [acme({ keys: [] })], []],
  ['another key of its name', [acme({ keys: [toKey('next-key', { name: 'backend' })] })], []],
  ['the key under another name', [acme({ keys: [key({ name: 'frontend' })] })], []],
  ['the key at another tenant', [acme({ keys: [] }), toSettings('bolt', { keys: [key()] })], []],
  ['no grants before now', [acme({ grantsNotBefore: start })], both],
  ['no grants before later', [acme({ grantsNotBefore: start + 1 })], []],
  ['no tenant', [toSettings('bolt')], []],
];
for (const [change, after, expected] of keyChanges) {
  test(`after a reload with ${change} the grants of a key that hold: ${expected}`, async (t) => {
    const { tenants, holding } = await openIssued(t, 'key', acme());
    tenants.replace(after);
    assert.deepEqual(await holding(), expected);
  });
}

const jwtChanges: readonly [change: string, after: TenantSettings[], holding: string[]][] = [
  ['no key', [acme({ keys: [] })], both],
  ['a tenant without flows:write', [acme({ scopes: allBut('flows:write') })], []],
  ['a tenant without flows:read', [acme({ scopes: allBut('flows:read') })], ['status']],
  ['another tenant claim', [acme({ jwtTenants: ['acme-eu'] })], []],
  [
    'its tenant claim at another tenant',
    [acme({ jwtTenants: [] }), toSettings('bolt', { jwtTenants: ['acme'] })],
    [],
  ],
];
for (const [change, after, expected] of jwtChanges) {
  test(`after a reload with ${change} the grants of a JWT that hold: ${expected}`, async (t) => {
    const { tenants, holding } = await openIssued(t, 'jwt', acme());
    tenants.replace(after);
    assert.deepEqual(await holding(), expected);
  });
}

test('the grants of a JWT outlive it, and end with the trust in its provider', async (t) => {
  const { clock, tenants, grants, holding } = await openIssued(t, 'jwt', acme());
  clock.now += 3_600_000;
  assert.deepEqual(await holding(), both);
  const now = () => clock.now;
  assert.deepEqual(
    await holding(createAuthenticate({ tenants, grants, ...openGrantRegister(), now })),
    [],
  );
  const provider = await openProvider(t, now);
  const jwts = createJwtReader({ trust: { ...provider.trust, issuer: 'https://other/' }, now });
  assert.deepEqual(
    await holding(createAuthenticate({ tenants, grants, ...openGrantRegister(), jwts, now })),
    [],
  );
});

test('the bearer of a grant has the authority of its issuer, and is a caller of its own', async (t) => {
  const { caller, issued } = await openIssued(t, 'key', acme());
  const { issuer, callerId } = issued.status.principal ?? {};
  assert.deepEqual(issuer, caller.issuer);
  assert.equal(issuer?.callerId, caller.callerId);
  assert.match(String(callerId), /^grant /);
});
