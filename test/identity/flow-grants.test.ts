import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { createAuthenticate } from '../../src/identity/authenticate.ts';
import { createFlowGrants } from '../../src/identity/flow-grants.ts';
import { createTenants } from '../../src/identity/tenants.ts';
import { toTenantId } from '../support/tenant-id.ts';
import { toSettings } from './tenant-settings.ts';

const acme = toTenantId('acme');
const bolt = toTenantId('bolt');

const wanted = {
  tenantId: acme,
  flowUuid: 'LOS-1',
  canReadDocuments: false,
  ttlSeconds: 60,
};

/** Grants, and whom they make of a bearer, under a clock that stands where it is set. */
function openGrants(secrets: readonly [string, ...string[]] = ['the first secret']) {
  const clock = { now: Date.UTC(2026, 0) };
  const now = () => clock.now;
  const grants = createFlowGrants({ secrets, now });
  const tenants = createTenants([toSettings('acme'), toSettings('bolt')]);
  const authenticate = createAuthenticate({ tenants, grants, now });
  return {
    clock,
    grants,
    tenants,
    recognise: async (token: string) => authenticate(`Bearer ${token}`),
  };
}

test('a grant says which flow, whether its documents, and until when', async () => {
  const { clock, grants } = openGrants();
  const { token, expiresAt } = await grants.issue({ ...wanted, canReadDocuments: true });
  const { id, ...grant } = (await grants.read(token)) ?? {};
  assert.deepEqual(grant, {
    tenantId: acme,
    flowUuid: 'LOS-1',
    canReadDocuments: true,
    expiresAt,
  });
  assert.equal(expiresAt, clock.now + 60_000);
  assert.match(String(id), /^[\da-f-]{36}$/);
});

test('the bearer of a grant has its flow and no scope', async () => {
  const { grants, tenants, recognise } = openGrants();
  const { token } = await grants.issue(wanted);
  const principal = await recognise(token);
  assert.equal(principal?.tenant, tenants.find(acme));
  assert.equal(principal?.scopes.size, 0);
  assert.equal(principal?.grant?.flowUuid, 'LOS-1');
});

test('grants for other sights are never shared as one', async () => {
  const { grants, recognise } = openGrants();
  const sights = await Promise.all(
    [wanted, { ...wanted, canReadDocuments: true }, { ...wanted, flowUuid: 'LOS-2' }].map(
      async (each) => (await recognise((await grants.issue(each)).token))?.visibility,
    ),
  );
  assert.equal(new Set(sights).size, 3);
});

test('a grant ends with its time, also for who is here already', async () => {
  const { clock, grants, recognise } = openGrants();
  const { token } = await grants.issue(wanted);
  const principal = await recognise(token);
  assert.equal(principal?.isCurrent(), true);
  clock.now += 60_001;
  assert.equal(principal?.isCurrent(), false);
  assert.equal(await recognise(token), null);
});

test('a grant is for the tenant that it names, and ends with it', async () => {
  const { grants, tenants, recognise } = openGrants();
  const { token } = await grants.issue({ ...wanted, tenantId: bolt });
  const principal = await recognise(token);
  assert.equal(principal?.tenant, tenants.find(bolt));
  tenants.replace([toSettings('acme'), toSettings('bolt')]);
  assert.equal(principal?.isCurrent(), true);
  tenants.replace([toSettings('acme')]);
  assert.equal(principal?.isCurrent(), false);
  assert.equal(await recognise(token), null);
});

test('a grant of a tenant that is not there, or under another secret, proves nobody', async () => {
  const { grants, recognise } = openGrants();
  const { token } = await grants.issue({ ...wanted, tenantId: toTenantId('other') });
  assert.equal(await recognise(token), null);
  const elsewhere = openGrants(['a secret from elsewhere']);
  assert.equal(await recognise((await elsewhere.grants.issue(wanted)).token), null);
});

test('a grant outlives the rotation of its secret by one secret', async () => {
  const { token } = await openGrants(['the first secret']).grants.issue(wanted);
  assert.ok(await openGrants(['the second secret', 'the first secret']).recognise(token));
  assert.equal(await openGrants(['the third secret', 'the second secret']).recognise(token), null);
});

test('a token that was altered, or signed by nothing, proves nobody', async () => {
  const { grants, recognise } = openGrants();
  const { token } = await grants.issue(wanted);
  const [head = '', body = '', seal = ''] = token.slice('agg_'.length).split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const other = encode({ ...claims, flow: 'LOS-2' });
  for (const forged of [
    `agg_${head}.${other}.${seal}`,
    `agg_${encode({ alg: 'none' })}.${other}.`,
    `agg_${head}.${body}.`,
    `agg_${head}.${body}`,
    'agg_',
    'agg_..',
    token.slice('agg_'.length),
  ]) {
    assert.equal(await recognise(forged), null, forged);
  }
});

test('a token that lacks a claim, or was made for something else, proves nobody', async () => {
  const { clock, recognise } = openGrants();
  const key = new TextEncoder().encode('flow-grant the first secret');
  const soon = Math.floor(clock.now / 1000) + 60;
  const whole = { sub: 'acme', jti: '1', exp: soon, aud: 'atlas-gateway/flow', flow: 'LOS-1' };
  const sign = async (claims: object) =>
    `agg_${await new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(key)}`;
  assert.ok(await recognise(await sign(whole)));
  for (const name of ['sub', 'jti', 'exp', 'aud', 'flow']) {
    assert.equal(await recognise(await sign({ ...whole, [name]: undefined })), null, name);
  }
  assert.equal(await recognise(await sign({ ...whole, aud: 'something-else' })), null);
});
