import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { createAuthenticate } from '../../src/identity/authenticate.ts';
import { createFlowGrants } from '../../src/identity/flow-grants.ts';
import { createTenants } from '../../src/identity/tenants.ts';
import { openGrantRegister } from '../support/identity/grant-register.ts';
import { toKey, toSettings } from '../support/identity/tenant-settings.ts';
import { toKeyIssuer } from '../support/key-issuer.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');
const bolt = toTenantId('bolt');

const issuer = toKeyIssuer('sample', 'acme-key');
const boltIssuer = toKeyIssuer('sample', 'bolt-key');
const wanted = {
  tenantId: acme,
  flowUuid: 'LOS-1',
  canReadDocuments: false,
  issuer,
  ttlSeconds: 60,
};
const acmeSettings = toSettings('acme', { keys: [toKey('acme-key')] });
const boltSettings = toSettings('bolt', { keys: [toKey('bolt-key')] });

/** Grants, and whom they make of a bearer, under a clock that stands where it is set. */
function openGrants(secrets: readonly [string, ...string[]] = ['the first secret']) {
  const clock = { now: Date.UTC(2026, 0) };
  const now = () => clock.now;
  const grants = createFlowGrants({ secrets, now });
  const tenants = createTenants([acmeSettings, boltSettings]);
  const authenticate = createAuthenticate({ tenants, grants, ...openGrantRegister(), now });
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
    issuer,
    issuedAt: clock.now,
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
  const { token } = await grants.issue({ ...wanted, tenantId: bolt, issuer: boltIssuer });
  const principal = await recognise(token);
  assert.equal(principal?.tenant, tenants.find(bolt));
  tenants.replace([acmeSettings, boltSettings]);
  assert.equal(principal?.isCurrent(), true);
  tenants.replace([acmeSettings]);
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

/** The claims of a grant, and a signature over any others by whoever has the secret. */
async function openForge({ grants, recognise }: ReturnType<typeof openGrants>) {
  const { token } = await grants.issue(wanted);
  const body = token.split('.')[1] ?? '';
  const whole = JSON.parse(Buffer.from(body, 'base64url').toString());
  const key = new TextEncoder().encode('flow-grant the first secret');
  const recogniseWith = async (claims: object) => {
    const jwt = new SignJWT({ ...whole, ...claims }).setProtectedHeader({ alg: 'HS256' });
    return await recognise(`agg_${await jwt.sign(key)}`);
  };
  return { whole, body, recogniseWith };
}

test('a token that lacks a claim, or was made for something else, proves nobody', async () => {
  const { recogniseWith } = await openForge(openGrants());
  assert.ok(await recogniseWith({}));
  for (const name of ['sub', 'jti', 'exp', 'iat', 'aud', 'flow', 'by']) {
    for (const value of [undefined, null, '', 7, {}, ['acme']]) {
      if (name === 'aud' && Array.isArray(value)) continue;
      assert.equal(await recogniseWith({ [name]: value }), null, `${name}: ${value}`);
    }
  }
  assert.equal(await recogniseWith({ aud: 'something-else' }), null);
  assert.equal(await recogniseWith({ jti: 'the id of another grant' }), null);
});

test('a grant as earlier versions signed it, without an issuer, proves nobody', async () => {
  const open = openGrants();
  const { whole, recogniseWith } = await openForge(open);
  const { sub, aud, jti, exp, flow, documents } = whole;
  const cleared = { iat: undefined, by: undefined };
  assert.equal(await recogniseWith({ sub, aud, jti, exp, flow, documents, ...cleared }), null);
});

test('a grant that claims more than a day proves nobody, whoever signed it', async () => {
  const open = openGrants();
  const { recogniseWith } = await openForge(open);
  const seconds = Math.floor(open.clock.now / 1000);
  const day = 24 * 60 * 60;
  assert.ok(await recogniseWith({ exp: seconds + day }));
  for (const claims of [
    { exp: seconds + day + 1 },
    { exp: seconds + 3_650 * day },
    // In the last day of ten years, and as if it were issued in ten years.
    { iat: seconds - 3_649 * day, exp: seconds + day },
    { iat: seconds + 3_650 * day, exp: seconds + 3_651 * day },
    { exp: Number.MAX_SAFE_INTEGER },
    { iat: -1e308, exp: 1e308 },
  ]) {
    assert.equal(await recogniseWith(claims), null, JSON.stringify(claims));
  }
});

test('a grant issued by a clock that is ahead holds, and by one far ahead does not', async () => {
  const { clock, grants, recognise } = openGrants();
  const issue = (issuedAt: number) => grants.issue({ ...wanted, issuedAt });
  assert.ok(await recognise((await issue(clock.now + 59_000)).token));
  assert.equal(await recognise((await issue(clock.now + 61_000)).token), null);
});

test('the name of the issuer is not in the token for its bearer to read', async () => {
  const { grants } = openGrants();
  const { token } = await grants.issue({
    ...wanted,
    issuer: { ...issuer, callerId: 'jwt officer@lender.example' },
  });
  const body = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('latin1');
  assert.doesNotMatch(body, /officer|lender|sample/);
  const { by } = JSON.parse(body);
  assert.doesNotMatch(Buffer.from(by, 'base64url').toString('latin1'), /officer|lender/);
});
