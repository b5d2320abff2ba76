import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { loadTenants } from '../../src/config/load-tenants.ts';
import { scopes } from '../../src/identity/scopes.ts';

const now = () => Date.UTC(2026, 0);
const hashOf = (digit: string) => digit.repeat(64);
const env = {
  ATLAS_BASE_URL: 'https://atlas.example',
  TENANTS_FILE: '/etc/tenants.json',
  ACME_SECRET: 'secret-of-acme',
  TWO_WORDS: 'two words',
};
const files: Readonly<Record<string, string>> = {
  '/run/secrets/acme': 'address-secret-of-acme\n',
  '/run/secrets/empty': '\n',
};
const atlas = { clientId: 'fixture-id', clientSecret: 'fixture-secret' };
const key = { name: 'backend', sha256: hashOf('a'), scopes: ['flows:read'] };
const acme = { id: 'acme', atlas, keys: [key] };

/** Reads the tenants out of a text, or of what is written as one. */
function sourcesOf(file: unknown, given: Readonly<Record<string, string>> = env) {
  const text = typeof file === 'string' ? file : JSON.stringify(file);
  const all: Readonly<Record<string, string>> = { ...files, '/etc/tenants.json': text };
  const readFile = (path: string) => {
    const found = all[path];
    if (found === undefined) throw new Error(`ENOENT: ${path}`);
    return found;
  };
  return { env: given, readFile, now };
}

function issuesOf(file: unknown, given = env): readonly string[] {
  try {
    loadTenants(sourcesOf(file, given));
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
}

test('a tenant of a file has all that is set for it', () => {
  const file = {
    tenants: [
      {
        id: 'acme',
        atlas: {
          clientId: 'acme-client',
          clientSecret: 'env:ACME_SECRET',
          addressClientId: 'acme-address',
          addressClientSecret: 'file:/run/secrets/acme',
        },
        keys: [{ ...key, sha256: hashOf('A'), expires: '2027-01-01T00:00:00+05:30' }],
        scopes: ['flows:read', 'flows:write'],
        limits: { requestsPerMinute: 600, atlasCalls: 50, subscriptions: 7 },
        origins: ['https://app.acme.example'],
        productType: 'ACME',
        fileHosts: ['files.acme.example', '*.acme.example'],
        allowHttpFiles: true,
        callbackHosts: ['hooks.acme.example', '*.hooks.example'],
        grantsNotBefore: '2025-12-31T23:00:00-01:00',
        persistedOnly: true,
        jwtTenants: ['acme-in', 'acme-eu'],
        sandboxCallbackToken: 'account-token-Jq4wXz81',
      },
    ],
  };
  assert.deepEqual(loadTenants(sourcesOf(file)), [
    {
      id: 'acme',
      credentials: {
        clientId: 'acme-client',
        clientSecret: 'secret-of-acme',
        addressClientId: 'acme-address',
        addressClientSecret: 'address-secret-of-acme',
      },
      keys: [
        {
          name: 'backend',
          sha256: hashOf('a'),
          scopes: new Set(['flows:read']),
          expiresAt: Date.UTC(2026, 11, 31, 18, 30),
        },
      ],
      scopes: new Set(['flows:read', 'flows:write']),
      limits: { requestsPerMinute: 600, atlasCalls: 50, subscriptions: 7 },
      origins: ['https://app.acme.example'],
      productType: 'ACME',
      fileHosts: ['files.acme.example', '*.acme.example'],
      allowHttpFiles: true,
      callbackHosts: ['hooks.acme.example', '*.hooks.example'],
      grantsNotBefore: Date.UTC(2026, 0),
      persistedOnly: true,
      jwtTenants: ['acme-in', 'acme-eu'],
      sandboxCallbackToken: 'account-token-Jq4wXz81',
    },
  ]);
});

test('a setting that a tenant omits has the value of its variable, or is open', () => {
  const given = { ...env, CORS_ORIGINS: 'https://app.example', ATLAS_PRODUCT_TYPE: 'COMMON' };
  const [tenant] = loadTenants(sourcesOf({ tenants: [acme] }, given));
  assert.deepEqual(tenant, {
    id: 'acme',
    credentials: {
      clientId: 'fixture-id',
      clientSecret: 'fixture-secret',
      addressClientId: 'fixture-id',
      addressClientSecret: 'fixture-secret',
    },
    keys: [
      {
        name: 'backend',
        sha256: hashOf('a'),
        scopes: new Set(['flows:read']),
        expiresAt: null,
      },
    ],
    scopes: new Set(scopes),
    limits: {},
    origins: ['https://app.example'],
    productType: 'COMMON',
    allowHttpFiles: false,
    callbackHosts: [],
    persistedOnly: false,
    jwtTenants: ['acme'],
  });
});

const rows: readonly [place: string, row: object][] = [
  ['id', { ...acme, id: 'two words' }],
  ['id', { ...acme, id: '' }],
  ['id', { ...acme, id: 'a\nb' }],
  ['atlas', { ...acme, atlas: undefined }],
  ['atlas', { ...acme, atlas: 'fixture-id:fixture-secret' }],
  ['atlas', { ...acme, atlas: { ...atlas, addressClientId: 'another' } }],
  ['atlas', { ...acme, atlas: { ...atlas, passwrd: 'another' } }],
  ['atlas.clientId', { ...acme, atlas: { clientSecret: 'another' } }],
  ['atlas.clientSecret', { ...acme, atlas: { ...atlas, clientSecret: 7 } }],
  ['atlas.clientSecret', { ...acme, atlas: { ...atlas, clientSecret: 'env:NOT_SET' } }],
  ['atlas.clientSecret', { ...acme, atlas: { ...atlas, clientSecret: 'env:TWO_WORDS' } }],
  ['atlas.clientSecret', { ...acme, atlas: { ...atlas, clientSecret: 'file:/nowhere' } }],
  ['atlas.clientSecret', { ...acme, atlas: { ...atlas, clientSecret: 'file:/run/secrets/empty' } }],
  ['keys', { ...acme, keys: {} }],
  ['keys[0]', { ...acme, keys: ['agk_in-the-clear'] }],
  ['keys[0]', { ...acme, keys: [{ ...key, key: 'agk_in-the-clear' }] }],
  ['keys[0].name', { ...acme, keys: [{ ...key, name: 'grant 1' }] }],
  ['keys[0].sha256', { ...acme, keys: [{ ...key, sha256: 'agk_in-the-clear' }] }],
  ['keys[0].scopes', { ...acme, keys: [{ ...key, scopes: 'flows:read' }] }],
  ['keys[0].scopes[1]', { ...acme, keys: [{ ...key, scopes: ['flows:read', 'flows:all'] }] }],
  ['keys[0].scopes', { ...acme, scopes: ['flows:write'] }],
  ['keys[0].expires', { ...acme, keys: [{ ...key, expires: 'tomorrow' }] }],
  ['keys[0].expires', { ...acme, keys: [{ ...key, expires: '2027-01-01' }] }],
  ['keys[1].sha256', { ...acme, keys: [key, { ...key, sha256: hashOf('A') }] }],
  ['scopes[0]', { ...acme, keys: [], scopes: ['everything'] }],
  ['limits', { ...acme, limits: { perMinute: 1 } }],
  ['limits.requestsPerMinute', { ...acme, limits: { requestsPerMinute: 0 } }],
  ['limits.atlasCalls', { ...acme, limits: { atlasCalls: '5' } }],
  ['limits.subscriptions', { ...acme, limits: { subscriptions: 1.5 } }],
  ['origins[0]', { ...acme, origins: ['https://app.example/'] }],
  ['origins[0]', { ...acme, origins: ['*'] }],
  ['productType', { ...acme, productType: '' }],
  ['fileHosts[0]', { ...acme, fileHosts: ['https://files.example'] }],
  ['callbackHosts[0]', { ...acme, callbackHosts: ['https://hooks.example'] }],
  ['callbackHosts[0]', { ...acme, callbackHosts: ['*'] }],
  ['allowHttpFiles', { ...acme, allowHttpFiles: 'yes' }],
  ['grantsNotBefore', { ...acme, grantsNotBefore: 'now' }],
  ['grantsNotBefore', { ...acme, grantsNotBefore: 1767225600 }],
  ['grantsNotBefore', { ...acme, grantsNotBefore: '2036-01-01T00:00:00Z' }],
  ['persistedOnly', { ...acme, persistedOnly: 'yes' }],
  ['jwtTenants', { ...acme, jwtTenants: 'acme' }],
  ['sandboxCallbackToken', { ...acme, sandboxCallbackToken: 'short' }],
];
for (const [place, row] of rows) {
  test(`${place} is told as the place of the fault in ${JSON.stringify(row)}`, () => {
    const other = { ...acme, id: 'first', keys: [] };
    const issues = issuesOf({ tenants: [other, row] });
    const at = `TENANTS_FILE is faulty at tenants[1].${place}: give `;
    assert.equal(issues.length, 1, issues.join('\n'));
    assert.ok(issues[0]?.startsWith(at), issues.join());
    assert.doesNotMatch(issues[0] ?? '', /in-the-clear|passwrd|two words|flows:all|nowhere|sample/);
  });
}

test('a value that two tenants share is reported at its second place', () => {
  const token = 'account-token-Jq4wXz81';
  const one = { ...acme, sandboxCallbackToken: token };
  assert.deepEqual(issuesOf({ tenants: [one, { ...one }] }), [
    'TENANTS_FILE is faulty at tenants[1].id: give each tenant an id of its own.',
    'TENANTS_FILE is faulty at tenants[1].keys[0].sha256: give each key once.',
    'TENANTS_FILE has a sandboxCallbackToken twice: give each tenant its own.',
  ]);
  const bolt = { id: 'bolt', atlas };
  for (const [place, claims] of [
    ['jwtTenants[1]', ['bolt', 'acme']],
    ['jwtTenants[1]', ['bolt', 'bolt']],
  ] as const) {
    assert.deepEqual(issuesOf({ tenants: [acme, { ...bolt, jwtTenants: claims }] }), [
      `TENANTS_FILE is faulty at tenants[1].${place}: give each value of the tenant claim to one tenant.`,
    ]);
  }
});

test('a client has two live keys at most, and what is over does not count', () => {
  const keyOf = (digit: string, given: object = {}) => ({
    ...key,
    sha256: hashOf(digit),
    ...given,
  });
  const two = [keyOf('1'), keyOf('2')];
  const over = { expires: '2025-12-31T23:59:59Z' };
  const tenantOf = (...keys: object[]) => ({ tenants: [{ ...acme, keys }] });
  assert.deepEqual(issuesOf(tenantOf(...two)), []);
  assert.deepEqual(issuesOf(tenantOf(...two, keyOf('3', over), keyOf('4', { name: 'app' }))), []);
  assert.deepEqual(issuesOf(tenantOf(...two, keyOf('3'), keyOf('4'))), [
    'TENANTS_FILE is faulty at tenants[0].keys[2]: give at most two keys of one name that have not expired.',
  ]);
});

test('all faults of a file are told at once', () => {
  const issues = issuesOf({
    tenants: [
      { ...acme, id: '', limits: { atlasCalls: 0 }, scopes: ['flows:write'] },
      { ...acme, persistedOnly: 1 },
      'bolt',
    ],
  });
  const places = issues.map((issue) => /at (\S+):/.exec(issue)?.[1]);
  assert.deepEqual(places.toSorted(), [
    'tenants[0].id',
    'tenants[0].keys[0].scopes',
    'tenants[0].limits.atlasCalls',
    'tenants[1].keys[0].sha256',
    'tenants[1].persistedOnly',
    'tenants[2]',
  ]);
});

test('a file that is not to be read is told of without its words', () => {
  for (const text of ['', '{"tenants":[{"id":"my-secret"', 'my-secret', '{}', '[]', 'null']) {
    const issues = issuesOf(text);
    assert.equal(issues.length, 1);
    assert.match(issues[0] ?? '', /^TENANTS_FILE can't be (read|used).*: give a file with JSON/);
    assert.doesNotMatch(issues[0] ?? '', /my-secret/);
  }
  assert.match(issuesOf('{\n "tenants": "a" "b"}')[0] ?? '', /\(line 2 column \d+\)/);
  assert.match(issuesOf({ tenants: [acme] }, { ...env, TENANTS_FILE: '/x' })[0] ?? '', /be read:/);
});

test('variables of the single tenant are refused beside a tenants file', () => {
  for (const name of [
    'ATLAS_CLIENT_ID',
    'ATLAS_CLIENT_SECRET',
    'ATLAS_ADDRESS_CLIENT_ID',
    'ATLAS_ADDRESS_CLIENT_SECRET',
    'GATEWAY_API_KEY',
    'SANDBOX_CALLBACK_TOKEN',
  ]) {
    assert.deepEqual(issuesOf({ tenants: [acme] }, { ...env, [name]: 'a-value-of-sixteen' }), [
      `${name} is set beside TENANTS_FILE: give it to a tenant there, and unset ${name}.`,
    ]);
  }
});

test('a file is taken with an Atlas alone, and if it lets anybody in', () => {
  const start = (file: unknown, more: Readonly<Record<string, string>> = {}) => {
    const { readFile } = sourcesOf(file);
    return loadConfig({ ...env, ...more }, { readFile, now });
  };
  const { tenants, shownApiKey } = start({ tenants: [acme] });
  assert.deepEqual([tenants.map(({ id }) => id), shownApiKey], [['acme'], null]);
  const over = { ...key, expires: '2025-01-01T00:00:00Z' };
  for (const closed of [[], [{ id: 'acme', atlas }], [{ ...acme, keys: [over] }]]) {
    assert.throws(() => start({ tenants: closed }), /TENANTS_FILE lets nobody in: give/);
  }
  const jwt = {
    JWT_JWKS_URL: 'https://login.example/keys',
    JWT_ISSUER: 'https://login.example/',
    JWT_AUDIENCE: 'gateway',
  };
  assert.equal(start({ tenants: [{ id: 'acme', atlas }] }, jwt).tenants.length, 1);
  assert.throws(
    () => start({ tenants: [acme] }, { ATLAS_BASE_URL: '' }),
    /TENANTS_FILE is set without ATLAS_BASE_URL/,
  );
});
