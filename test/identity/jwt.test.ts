import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { generateKeyPair } from 'jose';
import { createAuthenticate } from '../../src/identity/authenticate.ts';
import { createFlowGrants } from '../../src/identity/flow-grants.ts';
import { IdentityUnavailableError } from '../../src/identity/identity-error.ts';
import { createJwtReader, type JwtTrust } from '../../src/identity/jwt.ts';
import { createTenants, type TenantSettings } from '../../src/identity/tenants.ts';
import { openGrantRegister } from '../support/identity/grant-register.ts';
import {
  openProvider,
  type Provider,
  type SigningHeader,
} from '../support/identity/open-provider.ts';
import { toKey, toSettings } from '../support/identity/tenant-settings.ts';
import { toKeyIssuer } from '../support/key-issuer.ts';

const read = new Set(['flows:read'] as const);
const acme = toSettings('acme', {
  keys: [toKey('acme-key')],
  jwtTenants: ['acme', 'acme-eu'],
});
const bolt = toSettings('bolt', { scopes: read });

/** Whom the JWTs of a provider make, under a clock that stands where it is set. */
async function openJwts(t: TestContext, given: Partial<JwtTrust> = {}) {
  const clock = { now: Date.now() };
  const now = () => clock.now;
  const provider = await openProvider(t, now);
  let warnings = 0;
  const jwts = createJwtReader({
    trust: {
      jwksUrl: provider.jwksUrl,
      issuer: 'https://login.example/',
      audience: 'atlas-gateway',
      algorithms: ['RS256'],
      tenantClaim: 'tenant',
      scopesClaim: 'scope',
      clockToleranceSeconds: 5,
      ...given,
    },
    now,
    monotonicMs: now,
    onUnavailable: () => {
      warnings += 1;
    },
  });
  const tenants = createTenants([acme, bolt]);
  const grants = createFlowGrants({ secrets: ['a secret of this test'], now });
  const authenticate = createAuthenticate({ tenants, grants, ...openGrantRegister(), jwts, now });
  const recognise = async (token: string) => authenticate(`Bearer ${token}`);
  return { clock, provider, tenants, grants, recognise, countWarnings: () => warnings };
}

test('a JWT proves its tenant, with its subject and the scopes that are known here', async (t) => {
  const { provider, tenants, recognise } = await openJwts(t);
  const token = await provider.sign({ scope: 'openid flows:read flows:delete pii:read' });
  const principal = await recognise(token);
  assert.equal(principal?.tenant, tenants.find(acme.id));
  assert.equal(principal?.callerId, 'jwt user-1');
  assert.deepEqual([...(principal?.scopes ?? [])], ['flows:read', 'pii:read']);
  assert.equal(principal?.grant, null);
});

type Forge = (provider: Provider, now: number) => Promise<string> | string;
const seconds = (now: number, after: number) => Math.floor(now / 1000) + after;
const claiming =
  (claims: (now: number) => Record<string, unknown>, header: SigningHeader = {}): Forge =>
  (provider, now) =>
    provider.sign(claims(now), header);
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

const refused: readonly [token: string, forge: Forge][] = [
  ['expired', claiming((now) => ({ exp: seconds(now, -6) }))],
  ['not valid yet', claiming((now) => ({ nbf: seconds(now, 6) }))],
  ['without an end', claiming(() => ({ exp: undefined }))],
  ['without a subject', claiming(() => ({ sub: undefined }))],
  ...[0, 7, 1e21, -1.5, true, null, '', [], ['user-1'], {}].map((sub): [string, Forge] => [
    `with the subject ${JSON.stringify(sub)}`,
    claiming(() => ({ sub })),
  ]),
  ['for another audience', claiming(() => ({ aud: 'another-gateway' }))],
  ['for no audience', claiming(() => ({ aud: undefined }))],
  ['of another issuer', claiming(() => ({ iss: 'https://evil.example/' }))],
  ['of no issuer', claiming(() => ({ iss: undefined }))],
  ['of a tenant that is not here', claiming(() => ({ tenant: 'corp' }))],
  ['of no tenant', claiming(() => ({ tenant: undefined }))],
  ['of two tenants', claiming(() => ({ tenant: ['acme', 'bolt'] }))],
  ['for logging out', claiming(() => ({}), { typ: 'logout+jwt' })],
  ['for proving possession', claiming(() => ({}), { typ: 'dpop+jwt' })],
  [
    'signed by somebody else',
    async (provider) => provider.sign({}, {}, (await generateKeyPair('RS256')).privateKey),
  ],
  [
    'signed with the public key as a shared secret',
    ({ publicKey, sign }) => sign({}, { alg: 'HS256' }, new TextEncoder().encode(publicKey)),
  ],
  [
    'of algorithm none',
    async ({ sign }) => {
      const [, claims = '', seal = ''] = (await sign()).split('.');
      return `${encode({ alg: 'none' })}.${claims}.${seal}`;
    },
  ],
  [
    'of algorithm none and no signature',
    async ({ sign }) => `${encode({ alg: 'none' })}.${(await sign()).split('.')[1]}.`,
  ],
  [
    'with its claims exchanged',
    async ({ sign }) => {
      const [one, other] = [(await sign()).split('.'), (await sign({ tenant: 'bolt' })).split('.')];
      return `${one[0]}.${other[1]}.${one[2]}`;
    },
  ],
  ['with more behind it', async ({ sign }) => `${await sign()}.x`],
  ['that is too long', claiming(() => ({ more: 'x'.repeat(8_192) }))],
  ['that is none', () => 'a.b.c'],
];
for (const [token, forge] of refused) {
  test(`a JWT ${token} proves nobody`, async (t) => {
    const { clock, provider, recognise } = await openJwts(t);
    assert.ok(await recognise(await provider.sign()));
    assert.equal(await recognise(await forge(provider, clock.now)), null);
  });
}

const taken: readonly [token: string, forge: Forge][] = [
  ['under a name that no published key has', claiming(() => ({}), { kid: 'key-2' })],
  ['over within the tolerance', claiming((now) => ({ exp: seconds(now, -3) }))],
  ['valid within the tolerance', claiming((now) => ({ nbf: seconds(now, 3) }))],
  ['of the type of access tokens', claiming(() => ({}), { typ: 'at+jwt' })],
  ['for several audiences', claiming(() => ({ aud: ['another', 'atlas-gateway'] }))],
  ['of a tenant by another of its names', claiming(() => ({ tenant: 'acme-eu' }))],
  ['with scopes in a list', claiming(() => ({ scope: ['flows:read', 7] }))],
];
for (const [token, forge] of taken) {
  test(`a JWT ${token} is taken`, async (t) => {
    const { clock, provider, recognise } = await openJwts(t);
    const principal = await recognise(await forge(provider, clock.now));
    assert.equal(principal?.tenant.id, 'acme');
    assert.deepEqual([...(principal?.scopes ?? [])], ['flows:read']);
  });
}

test('a JWT of an algorithm that is not pinned proves nobody', async (t) => {
  const { provider, recognise } = await openJwts(t, { algorithms: ['RS512', 'ES256'] });
  assert.equal(await recognise(await provider.sign()), null);
});

test('claims are read by the names that are configured', async (t) => {
  const { provider, recognise } = await openJwts(t, {
    tenantClaim: 'https://acme.example/org',
    scopesClaim: 'permissions',
  });
  const token = await provider.sign({
    tenant: 'acme',
    'https://acme.example/org': 'bolt',
    scope: 'pii:read',
    permissions: ['flows:read'],
  });
  const principal = await recognise(token);
  assert.equal(principal?.tenant.id, 'bolt');
  assert.deepEqual([...(principal?.scopes ?? [])], ['flows:read']);
});

test('a JWT gives no scope that its tenant has not', async (t) => {
  const { provider, recognise } = await openJwts(t);
  const claims = { tenant: 'bolt', scope: 'flows:read flows:write pii:read' };
  assert.deepEqual([...((await recognise(await provider.sign(claims)))?.scopes ?? [])], [...read]);
  const none = await recognise(await provider.sign({ scope: undefined }));
  assert.equal(none?.scopes.size, 0);
});

test('a subject that is not fit for a log has a name that is, and nobody else has', async (t) => {
  const { provider, recognise } = await openJwts(t);
  const names = new Set<unknown>();
  const subjects = [
    'a b',
    'a\nb',
    'x'.repeat(65),
    `${'x'.repeat(65)}y`,
    '<script>',
    'अ',
    'sha256:x',
  ];
  for (const sub of subjects) {
    const principal = await recognise(await provider.sign({ sub }));
    assert.match(principal?.callerId ?? '', /^jwt sha256:[\w-]{43}$/);
    names.add(principal?.callerId);
  }
  assert.equal(names.size, subjects.length);
});

test('a JWT that was checked is not checked again, and ends all the same', async (t) => {
  const { clock, provider, recognise } = await openJwts(t);
  const token = await provider.sign({ exp: seconds(clock.now, 30) });
  const principal = await recognise(token);
  provider.isUp = false;
  clock.now += 34_000;
  assert.ok(await recognise(token));
  assert.equal(principal?.isCurrent(), true);
  clock.now += 2_000;
  assert.equal(principal?.isCurrent(), false);
  assert.equal(await recognise(token), null);
  assert.equal(provider.countFetches(), 1);
});

const changes: readonly [change: string, after: TenantSettings[], holds: boolean][] = [
  ['a tenant beside it', [acme, bolt, toSettings('corp')], true],
  ['its tenant gone', [bolt], false],
  ['its claim gone', [{ ...acme, jwtTenants: [] }], false],
  ['its claim at another tenant', [{ ...bolt, jwtTenants: ['acme'] }], false],
  ['its scopes taken from the tenant', [{ ...acme, scopes: new Set() }], false],
];
for (const [change, after, holds] of changes) {
  test(`after ${change} the bearer of a JWT ${holds ? 'stays' : 'may stay no longer'}`, async (t) => {
    const { provider, tenants, recognise } = await openJwts(t);
    const token = await provider.sign();
    const principal = await recognise(token);
    tenants.replace(after);
    assert.equal(principal?.isCurrent(), holds);
    // A cached token does not bypass the change.
    const visibility = (await recognise(token))?.visibility;
    assert.equal(visibility === principal?.visibility, holds || change.includes('another'));
  });
}

test('while the provider is away nobody is called nobody, and it is asked now and then', async (t) => {
  const { clock, provider, recognise, countWarnings } = await openJwts(t);
  provider.isUp = false;
  const tokens = await Promise.all([provider.sign(), provider.sign({ sub: 'user-2' })]);
  for (const token of [...tokens, ...tokens]) {
    await assert.rejects(recognise(token), IdentityUnavailableError);
  }
  assert.deepEqual([provider.countFetches(), countWarnings()], [1, 1]);
  clock.now += 5_000;
  provider.isUp = true;
  for (const token of tokens) assert.ok(await recognise(token));
  assert.equal(provider.countFetches(), 2);
});

test("a token that can't be valid is refused without a request to the provider", async (t) => {
  const { provider, recognise } = await openJwts(t);
  provider.isUp = false;
  const secret = new TextEncoder().encode(provider.publicKey);
  assert.equal(await recognise(await provider.sign({}, { alg: 'HS256' }, secret)), null);
  assert.equal(await recognise(await provider.sign({}, { typ: 'logout+jwt' })), null);
  assert.equal(await recognise('a.b.c'), null);
  assert.equal(provider.countFetches(), 0);
});

test('a flow grant is no JWT, and a JWT no flow grant', async (t) => {
  const { grants, provider, recognise } = await openJwts(t);
  const wanted = {
    tenantId: acme.id,
    flowUuid: 'LOS-1',
    canReadDocuments: false,
    issuer: toKeyIssuer('sample', 'acme-key'),
    ttlSeconds: 60,
  };
  const { token } = await grants.issue(wanted);
  assert.ok((await recognise(token))?.grant);
  assert.equal(await recognise(token.replace('agg_', '')), null);
  assert.equal(await recognise(`agg_${await provider.sign({ flow: 'LOS-1' })}`), null);
});
