import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthenticate } from '../../src/identity/authenticate.ts';
import { createFlowGrants } from '../../src/identity/flow-grants.ts';
import { createGrants } from '../../src/identity/grants.ts';
import { IdentityUnavailableError } from '../../src/identity/identity-error.ts';
import { createTenants } from '../../src/identity/tenants.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { StoreError } from '../../src/store/store.ts';
import { toKey, toSettings } from '../support/identity/tenant-settings.ts';
import { toKeyIssuer } from '../support/key-issuer.ts';
import { createFakeClock, settle } from '../support/live/fake-clock.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');
/** How often an open connection looks at its bearer. */
const lookMs = 12_000;

/** A tenant whose grants are written down in a register that can be out of reach. */
function openBearers() {
  const clock = createFakeClock();
  const { now, monotonicMs, after } = clock;
  const kept = openSqliteStore({ directory: ':memory:' }).grants;
  const open = { isDown: false, readings: 0 };
  const register = {
    ...kept,
    async revokedBefore(...which: Parameters<typeof kept.revokedBefore>) {
      open.readings += 1;
      if (open.isDown) throw new StoreError('Redis does not answer.');
      return await kept.revokedBefore(...which);
    },
  };
  const tenants = createTenants([toSettings('acme', { keys: [toKey('acme-key')] })]);
  const tokens = createFlowGrants({ secrets: ['a secret of this test'], now });
  const grants = createGrants({ tokens, register, now });
  const authenticate = createAuthenticate({
    tenants,
    grants: tokens,
    register,
    now,
    monotonicMs,
    after,
  });
  const recognise = async (token: string) => await authenticate(`Bearer ${token}`);
  async function issue(flowUuid = 'LOS-1') {
    const issuer = toKeyIssuer('sample', 'acme-key');
    const wanted = { tenantId: acme, flowUuid, canReadDocuments: false, issuer, ttlSeconds: 3_600 };
    const { token } = await grants.issue(wanted);
    const principal = await recognise(token);
    assert.ok(principal);
    return { token, principal };
  }
  return { clock, open, kept, grants, recognise, issue };
}

test('a revoked grant proves nobody from then on, and one issued after it does', async () => {
  const { grants, recognise, issue } = openBearers();
  const [before, other] = [await issue(), await issue('LOS-2')];
  await grants.revoke(acme, 'LOS-1');
  assert.equal(await recognise(before.token), null);
  assert.equal(await before.principal.recheck(), false);
  assert.equal(before.principal.isCurrent(), false);
  assert.ok(await recognise(other.token));
  const after = await issue();
  assert.ok(await recognise(after.token));
  assert.equal(await after.principal.recheck(), true);
});

test('an open connection sees a revocation made elsewhere at the second look', async () => {
  const { clock, kept, issue } = openBearers();
  const { principal } = await issue();
  await clock.advance(lookMs);
  assert.equal(principal.isCurrent(), true);
  // By another process, just after the look had read the register.
  await settle();
  await kept.revoke(acme, 'LOS-1', clock.now());
  await clock.advance(lookMs);
  principal.isCurrent();
  await clock.advance(lookMs);
  assert.equal(principal.isCurrent(), false);
});

test('a clock that is set back hides no revocation', async () => {
  const { clock, kept, issue } = openBearers();
  const { principal } = await issue();
  await kept.revoke(acme, 'LOS-1', clock.now());
  clock.stepWall(-3_600_000);
  await clock.advance(1_000);
  principal.isCurrent();
  await settle();
  assert.equal(principal.isCurrent(), false);
});

test('the register is read at most once a second for a bearer, however often it acts', async () => {
  const { clock, open, issue } = openBearers();
  const { principal } = await issue();
  open.readings = 0;
  for (let second = 0; second < 10; second += 1) {
    for (let act = 0; act < 100; act += 1) assert.equal(principal.isCurrent(), true);
    await clock.advance(1_000);
  }
  assert.ok(open.readings > 0 && open.readings <= 10, String(open.readings));
});

test('without the register no grant can be checked, and its caller is to come again', async () => {
  const { open, recognise, issue } = openBearers();
  const { token, principal } = await issue();
  open.isDown = true;
  await assert.rejects(recognise(token), IdentityUnavailableError);
  await assert.rejects(principal.recheck(), StoreError);
  open.isDown = false;
  assert.ok(await recognise(token));
});

test('an open connection outlives a register that is gone for ten seconds', async () => {
  const { clock, open, issue } = openBearers();
  const { principal } = await issue();
  for (let time = 0; time < 5; time += 1) {
    await clock.advance(lookMs);
    open.isDown = true;
    assert.equal(principal.isCurrent(), true);
    await clock.advance(9_000);
    open.isDown = false;
    await clock.advance(2_000);
  }
  assert.equal(principal.isCurrent(), true);
});

test('an open connection ends at the second look without the register, and reads no more', async () => {
  const { clock, open, issue } = openBearers();
  const { principal } = await issue();
  open.isDown = true;
  await clock.advance(lookMs);
  assert.equal(principal.isCurrent(), true);
  await clock.advance(lookMs);
  assert.equal(principal.isCurrent(), false);
  await clock.advance(2_000);
  open.readings = 0;
  await clock.advance(600_000);
  assert.equal(open.readings, 0);
  assert.equal(clock.countTimers(), 0);
});
