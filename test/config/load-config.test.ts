import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { defaultCrossCheckNames } from '../../src/atlas/answers/cross-checks.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { variables } from '../../src/config/variables.ts';
import { hashKey } from '../../src/identity/api-keys.ts';
import { defaultScopes } from '../../src/identity/scopes.ts';
import type { TenantSettings } from '../../src/identity/tenants.ts';
import { type Env, issuesOf, noEntrance, withAtlas } from '../support/config/issues-of.ts';
import { toTenantId } from '../support/tenant-id.ts';

/** The tenant of an environment that says no more of it. */
function ownTenant(clientId: string, clientSecret: string, apiKey: string): TenantSettings {
  return {
    id: toTenantId('default'),
    credentials: {
      clientId,
      clientSecret,
      addressClientId: clientId,
      addressClientSecret: clientSecret,
    },
    keys: [
      {
        name: 'gateway-key',
        sha256: hashKey(apiKey),
        scopes: new Set(defaultScopes),
        expiresAt: null,
      },
    ],
    scopes: new Set(defaultScopes),
    limits: {},
    origins: [],
    productType: undefined,
    allowHttpFiles: false,
    persistedOnly: false,
    jwtTenants: ['default'],
    sandboxCallbackToken: undefined,
  };
}

test('with nothing set the gateway brings its sandbox and listens on this machine', () => {
  const { callbackSecrets, audit, tenants, ...config } = loadConfig({});
  assert.deepEqual(tenants, [
    {
      ...ownTenant('sandbox-client', 'sandbox-secret', 'demo-key'),
      productType: 'POC_CDL',
    },
  ]);
  assert.deepEqual(config, {
    host: '127.0.0.1',
    port: 4000,
    atlas: null,
    jwt: null,
    shownApiKey: 'demo-key',
    crossCheckNames: defaultCrossCheckNames,
    publicUrl: undefined,
    sandboxStageMs: 5000,
    pollIntervalMs: 500,
    subscriptions: {
      perSocket: 100,
      perCaller: 25_000,
      perProcess: 50_000,
      pendingSockets: 5_000,
    },
    trustedProxies: [],
    limits: {
      isEnforced: true,
      depth: 12,
      tokens: 2000,
      aliases: 100,
      directives: 50,
      atlasCalls: 200,
      requestsPerMinute: 60_000,
      requestsPerMinuteOfAll: 600_000,
      answerBytes: 16 * 1024 * 1024,
      values: 200_000,
    },
    persistedOperations: new Map(),
    store: { directory: ':memory:', retentionDays: 400, eventRetentionDays: 30 },
    redisUrl: undefined,
    workers: 1,
    shutdownGraceMs: 2000,
    drainMs: 5000,
    piiCacheMs: 60_000,
    operationTimeoutMs: 15_000,
    atlasConcurrency: 256,
    atlasPipelining: 1,
    metricsPort: null,
    otlpEndpoint: undefined,
    logLevel: 'info',
    warnings: [],
  });
  assert.equal(callbackSecrets, undefined);
  assert.equal(audit.place, 'stdout');
  assert.notEqual(audit.secret, loadConfig({}).audit.secret);
});

test('with an Atlas the rest has its defaults', () => {
  const config = loadConfig(withAtlas);
  assert.deepEqual(config.atlas, {
    baseUrl: 'https://atlas.example',
    sandboxBaseUrl: 'https://atlas.example',
  });
  assert.deepEqual(config.tenants, [ownTenant('fixture-id', 'fixture-secret', 'fixture-key')]);
  assert.equal(config.shownApiKey, null);
  assert.equal(config.pollIntervalMs, 5000);
  assert.equal(config.store.directory, './data');
  assert.deepEqual(config.warnings, []);
});

test('every variable reaches its place', () => {
  const hash = createHash('sha256').update('{ __typename }').digest('hex');
  const readFile = (path: string) =>
    path === '/etc/operations.json' ? `{"${hash}":"{ __typename }"}` : '';
  const env = {
    ...withAtlas,
    HOST: '0.0.0.0',
    PORT: '8080',
    ATLAS_BASE_URL: 'https://atlas.example/prefix/',
    ATLAS_SANDBOX_BASE_URL: 'https://docstream.example',
    ATLAS_ADDRESS_CLIENT_ID: 'address-id',
    ATLAS_ADDRESS_CLIENT_SECRET: 'address-secret',
    ATLAS_PRODUCT_TYPE: 'SAMPLE',
    JWT_JWKS_URL: 'https://login.example/keys',
    JWT_ISSUER: 'https://login.example/',
    JWT_AUDIENCE: 'gateway',
    JWT_ALGORITHMS: 'ES256, EdDSA',
    JWT_TENANT_CLAIM: 'org',
    JWT_SCOPES_CLAIM: 'permissions',
    JWT_CLOCK_TOLERANCE_SECONDS: '0',
    ATLAS_CROSS_CHECK_NAMES: '{"field":["what"]}',
    PUBLIC_URL: 'https://gateway.example/',
    CALLBACK_SECRET: 'newer-secret-Jq4wXz81, older-secret-m6cRv2Tp',
    DATA_DIR: '/var/lib/gateway',
    RETENTION_DAYS: '30',
    EVENT_RETENTION_DAYS: '20',
    REDIS_URL: 'redis://cache.example:6379/1',
    WORKERS: '4',
    SANDBOX_STAGE_MS: '4000',
    POLL_INTERVAL_MS: '10000',
    MAX_SUBSCRIPTIONS_PER_SOCKET: '1',
    MAX_SUBSCRIPTIONS_PER_CALLER: '2',
    MAX_SUBSCRIPTIONS: '3',
    MAX_DEPTH: '4',
    MAX_TOKENS: '5',
    MAX_ALIASES: '6',
    MAX_DIRECTIVES: '7',
    MAX_ATLAS_CALLS: '8',
    MAX_VALUES: '10',
    MAX_ANSWER_BYTES: '11',
    RATE_LIMIT_PER_MINUTE: '9',
    MAX_REQUESTS_PER_MINUTE: '12',
    MAX_PENDING_SOCKETS: '4',
    TRUST_PROXY: '10.0.0.0/8, 2001:db8::1',
    LIMITS_MODE: 'measure',
    CORS_ORIGINS: 'https://app.example, http://localhost:3000',
    PERSISTED_OPERATIONS_FILE: '/etc/operations.json',
    SHUTDOWN_GRACE_MS: '7000',
    DRAIN_MS: '0',
    SANDBOX_CALLBACK_TOKEN: 'account-token-Jq4wXz81',
    PII_CACHE_SECONDS: '0',
    AUDIT_LOG: '/var/log/audit.log',
    AUDIT_SECRET: 'audit-secret-Jq4wXz81',
    OPERATION_TIMEOUT_MS: '8000',
    ATLAS_CONCURRENCY: '32',
    ATLAS_PIPELINING: '4',
    METRICS_PORT: '9464',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.example:4318/',
    LOG_LEVEL: 'debug',
  };
  assert.deepEqual(loadConfig(env, { readFile }), {
    host: '0.0.0.0',
    port: 8080,
    atlas: {
      baseUrl: 'https://atlas.example/prefix',
      sandboxBaseUrl: 'https://docstream.example',
    },
    tenants: [
      {
        ...ownTenant('fixture-id', 'fixture-secret', 'fixture-key'),
        credentials: {
          clientId: 'fixture-id',
          clientSecret: 'fixture-secret',
          addressClientId: 'address-id',
          addressClientSecret: 'address-secret',
        },
        origins: ['https://app.example', 'http://localhost:3000'],
        productType: 'SAMPLE',
        sandboxCallbackToken: 'account-token-Jq4wXz81',
      },
    ],
    jwt: {
      jwksUrl: 'https://login.example/keys',
      issuer: 'https://login.example/',
      audience: 'gateway',
      algorithms: ['ES256', 'EdDSA'],
      tenantClaim: 'org',
      scopesClaim: 'permissions',
      clockToleranceSeconds: 0,
    },
    shownApiKey: null,
    crossCheckNames: { ...defaultCrossCheckNames, field: ['what'] },
    publicUrl: 'https://gateway.example',
    callbackSecrets: ['newer-secret-Jq4wXz81', 'older-secret-m6cRv2Tp'],
    store: { directory: '/var/lib/gateway', retentionDays: 30, eventRetentionDays: 20 },
    redisUrl: 'redis://cache.example:6379/1',
    workers: 4,
    sandboxStageMs: 4000,
    pollIntervalMs: 10_000,
    subscriptions: { perSocket: 1, perCaller: 2, perProcess: 3, pendingSockets: 4 },
    trustedProxies: ['10.0.0.0/8', '2001:db8::1'],
    limits: {
      isEnforced: false,
      depth: 4,
      tokens: 5,
      aliases: 6,
      directives: 7,
      atlasCalls: 8,
      values: 10,
      answerBytes: 11,
      requestsPerMinute: 9,
      requestsPerMinuteOfAll: 12,
    },
    persistedOperations: new Map([[hash, '{ __typename }']]),
    shutdownGraceMs: 7000,
    drainMs: 0,
    piiCacheMs: 0,
    audit: { place: '/var/log/audit.log', secret: 'audit-secret-Jq4wXz81' },
    operationTimeoutMs: 8_000,
    atlasConcurrency: 32,
    atlasPipelining: 4,
    metricsPort: 9464,
    otlpEndpoint: 'http://collector.example:4318',
    logLevel: 'debug',
    warnings: [],
  });
});

test('a variable that is blank is one that is not set', () => {
  const blank = Object.fromEntries(Object.keys(variables).map((name) => [name, ' ']));
  const { audit: one, ...config } = loadConfig(blank);
  const { audit: other, ...expected } = loadConfig({});
  assert.deepEqual(config, expected);
  assert.equal(one.place, other.place);
});

const faults: readonly [variable: string, env: Env][] = [
  ...['abc', '-1', '65536', '80.5', '0x50', '1e3'].map((PORT): [string, Env] => ['PORT', { PORT }]),
  ...['http://0.0.0.0', '0.0.0.0/', 'a b', '[::1]'].map((HOST): [string, Env] => [
    'HOST',
    { HOST },
  ]),
  ...['49', '0', '-1', '3600001', 'fast'].map((POLL_INTERVAL_MS): [string, Env] => [
    'POLL_INTERVAL_MS',
    { POLL_INTERVAL_MS },
  ]),
  ...['verbose', 'INFO'].map((LOG_LEVEL): [string, Env] => ['LOG_LEVEL', { LOG_LEVEL }]),
  ...['atlas.example', 'ftp://atlas.example', 'https://a.example?x=1', 'https://a.example#x'].map(
    (ATLAS_BASE_URL): [string, Env] => ['ATLAS_BASE_URL', { ...withAtlas, ATLAS_BASE_URL }],
  ),
  ...['https://user@a.example', 'https://user:pw@a.example', 'https://:pw@a.example'].map(
    (PUBLIC_URL): [string, Env] => ['PUBLIC_URL', { PUBLIC_URL }],
  ),
  ['ATLAS_SANDBOX_BASE_URL', { ...withAtlas, ATLAS_SANDBOX_BASE_URL: 'nowhere' }],
  ['METRICS_PORT', { METRICS_PORT: '65536' }],
  ['METRICS_PORT', { METRICS_PORT: '4000' }],
  ['METRICS_PORT', { PORT: '9464', METRICS_PORT: '9464' }],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }],
  ...['not json', '[]', '{"field":"name"}', '{"score":["a"]}'].map(
    (ATLAS_CROSS_CHECK_NAMES): [string, Env] => [
      'ATLAS_CROSS_CHECK_NAMES',
      { ATLAS_CROSS_CHECK_NAMES },
    ],
  ),
  ...[
    'short',
    'long-enough-for-one,short',
    ',',
    'one-that-is-fine-x,two-that-is-fine-x,three-is-too-many',
  ].map((CALLBACK_SECRET): [string, Env] => ['CALLBACK_SECRET', { CALLBACK_SECRET }]),
  ...['two words', 'clé'].map((GATEWAY_API_KEY): [string, Env] => [
    'GATEWAY_API_KEY',
    { GATEWAY_API_KEY },
  ]),
  ['RETENTION_DAYS', { RETENTION_DAYS: '0' }],
  ['EVENT_RETENTION_DAYS', { EVENT_RETENTION_DAYS: '0' }],
  ['MAX_SUBSCRIPTIONS_PER_SOCKET', { MAX_SUBSCRIPTIONS_PER_SOCKET: '0' }],
  ['MAX_SUBSCRIPTIONS_PER_CALLER', { MAX_SUBSCRIPTIONS_PER_CALLER: '-1' }],
  ['MAX_SUBSCRIPTIONS', { MAX_SUBSCRIPTIONS: 'many' }],
  ...[
    'MAX_DEPTH',
    'MAX_TOKENS',
    'MAX_ALIASES',
    'MAX_DIRECTIVES',
    'MAX_ATLAS_CALLS',
    'RATE_LIMIT_PER_MINUTE',
  ].flatMap((name): [string, Env][] => [
    [name, { [name]: '0' }],
    [name, { [name]: '999999999' }],
  ]),
  ['LIMITS_MODE', { LIMITS_MODE: 'off' }],
  ...['*', 'app.example', 'https://app.example/', 'https://app.example,null', 'ws://a.example'].map(
    (CORS_ORIGINS): [string, Env] => ['CORS_ORIGINS', { CORS_ORIGINS }],
  ),
  ['PERSISTED_OPERATIONS_FILE', { PERSISTED_OPERATIONS_FILE: '/nowhere/operations.json' }],
  ['SHUTDOWN_GRACE_MS', { SHUTDOWN_GRACE_MS: '600001' }],
  ['DRAIN_MS', { DRAIN_MS: '600001' }],
  ...['short', 'a secret with some blanks'].map((AUDIT_SECRET): [string, Env] => [
    'AUDIT_SECRET',
    { AUDIT_SECRET },
  ]),
  ...['short', 'a token with some blanks'].map((SANDBOX_CALLBACK_TOKEN): [string, Env] => [
    'SANDBOX_CALLBACK_TOKEN',
    { SANDBOX_CALLBACK_TOKEN },
  ]),
  ['ATLAS_CLIENT_SECRET', { ...withAtlas, ATLAS_CLIENT_SECRET: 'two\nlines' }],
];
for (const [variable, env] of faults) {
  test(`${variable} = ${JSON.stringify(env[variable])} is refused, with a cure`, () => {
    const issues = issuesOf(env);
    assert.equal(issues.length, 1, issues.join('\n'));
    assert.match(issues[0] ?? '', new RegExp(`^${variable} .*: give .+`));
  });
}

test('persisted operations stand under the hash of their text, or are refused', () => {
  for (const text of ['no json', 'null', '"text"', '[1]', '{"abc":"{ a }"}', '{"abc":7}']) {
    assert.throws(
      () => loadConfig({ PERSISTED_OPERATIONS_FILE: 'operations.json' }, { readFile: () => text }),
      /PERSISTED_OPERATIONS_FILE can't be used: give a file with JSON/,
      text,
    );
  }
});

for (const name of ['ATLAS_CLIENT_ID', 'ATLAS_CLIENT_SECRET'] as const) {
  test(`${name} is needed once there is an Atlas`, () => {
    const issues = issuesOf({ ...withAtlas, [name]: '' });
    assert.deepEqual(issues, [`${name} is missing: it is needed once ATLAS_BASE_URL is set.`]);
  });
}

test('before an Atlas nothing is started that could recognise nobody', () => {
  const { GATEWAY_API_KEY: _, ...closed } = withAtlas;
  assert.deepEqual(issuesOf(closed), [noEntrance]);
  const jwt = { JWT_JWKS_URL: 'https://login.example/', JWT_ISSUER: 'a', JWT_AUDIENCE: 'b' };
  assert.deepEqual(issuesOf({ ...closed, ...jwt }), []);
  assert.deepEqual(loadConfig({ ...closed, ...jwt }).tenants[0]?.keys, []);
});

for (const [given, missing] of [
  ['ATLAS_ADDRESS_CLIENT_ID', 'ATLAS_ADDRESS_CLIENT_SECRET'],
  ['ATLAS_ADDRESS_CLIENT_SECRET', 'ATLAS_ADDRESS_CLIENT_ID'],
] as const) {
  test(`${given} alone is half a pair`, () => {
    const issues = issuesOf({ ...withAtlas, [given]: 'another' });
    assert.equal(issues.length, 1);
    assert.match(issues[0] ?? '', new RegExp(`^${missing} is missing: .+ go together\\.$`));
  });
}

for (const orphan of [
  'ATLAS_CLIENT_ID',
  'ATLAS_CLIENT_SECRET',
  'ATLAS_ADDRESS_CLIENT_ID',
  'ATLAS_ADDRESS_CLIENT_SECRET',
] as const) {
  test(`${orphan} without ATLAS_BASE_URL is refused: somebody meant another Atlas`, () => {
    assert.deepEqual(issuesOf({ [orphan]: 'another' }), [
      `${orphan} is set without ATLAS_BASE_URL: set that too, or unset ${orphan}.`,
    ]);
  });
}

test('ATLAS_SANDBOX_BASE_URL without ATLAS_BASE_URL is refused', () => {
  const issues = issuesOf({ ATLAS_SANDBOX_BASE_URL: 'https://docstream.example' });
  assert.match(issues.join('\n'), /^ATLAS_SANDBOX_BASE_URL is set without ATLAS_BASE_URL: set/);
});
