import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { isGuessable, isPlaceholder } from '../../src/config/guessable-secret.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { loadTenants } from '../../src/config/load-tenants.ts';
import { secretVariables } from '../../src/config/secret-files.ts';
import { issuesOf, withAtlas } from '../support/config/issues-of.ts';

const guessable = [
  'put-in-its-place',
  'PUT_IN_ITS_PLACE_2',
  'changeme12345678',
  'change-me-please!',
  'changeme-kqzvwtrm',
  'ChangeThisSecretNow',
  'your-callback-secret-here',
  'REPLACE_WITH_A_RANDOM_SECRET',
  'supersecretsecretkey',
  'S3cr3tS3cr3tS3cr3t',
  'P@ssw0rdP@ssw0rd',
  'xxxxxxxxxxxxxxxxxxxx',
  'aaaaaaaaaaaaaaaa',
  '00000000-0000-0000-0000-000000000000',
  'ababababababababab',
  'abcdabcdabcdabcd',
  'k9x2k9x2k9x2k9x2',
  '0123456789abcdef',
  'fedcba9876543210',
  'qwertyuiopasdfgh',
  '1q2w3e4r5t6y7u8i',
  'aabbccddeeffgghh',
  'deadbeefdeadbeefdeadbeef',
  'secret-2026-11-30',
  'demo-key',
  '<callback-secret>',
  `\${CALLBACK_SECRET}`,
  '{{ callback.secret }}',
  '$CALLBACK_SECRET',
  'openssl rand -hex 32',
];

for (const secret of guessable) {
  test(`${secret} is guessable`, () => assert.equal(isGuessable(secret), true));
}

for (const secret of ['sandbox-secret', 'correct-horse-battery-staple', 'q7Zk2mXvT9cR4wLpB8sNf3']) {
  test(`${secret} is taken`, () => assert.equal(isGuessable(secret), false));
}

test('a random secret is never guessable, in whatever alphabet it is written', () => {
  const bytes = fc.constantFrom(16, 24, 32, 48).map((length) => randomBytes(length));
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  const secret = fc.oneof(
    bytes.map((each) => each.toString('hex')),
    bytes.map((each) => each.toString('base64')),
    bytes.map((each) => each.toString('base64url')),
    bytes.map((each) => [...each].map((byte) => letters[byte % letters.length]).join('')),
    fc.constant(null).map(() => randomUUID()),
  );
  fc.assert(
    fc.property(secret, (each) => !isGuessable(each) && !isPlaceholder(each)),
    { numRuns: 3_000 },
  );
});

/** A variable's text with a secret in it. */
const textOf = (name: string, secret: string) =>
  name === 'REDIS_URL' ? `rediss://user:${encodeURIComponent(secret)}@redis.example:6379` : secret;

const sound = 'Jq4wXz81Jm6cRv2TpB5s';
const whole = {
  ATLAS_BASE_URL: 'https://atlas.example',
  ...Object.fromEntries(secretVariables.map((name) => [name, textOf(name, sound)])),
};

for (const name of secretVariables) {
  test(`${name} is no placeholder, by value or by file`, () => {
    for (const secret of ['put-in-its-place', 'your-secret-goes-here', '<secret>']) {
      const fault = new RegExp(`^${name} is (a placeholder|unusable).*: give `);
      const text = textOf(name, secret);
      const byValue = issuesOf({ ...whole, [name]: text });
      const byFile = issuesOf({ ...whole, [name]: 'file:/run/secret' }, () => `${text}\n`);
      for (const issues of [byValue, byFile]) {
        assert.equal(issues.length, 1, issues.join('\n'));
        assert.match(issues[0] ?? '', fault);
        assert.ok(!issues[0]?.includes(secret));
      }
    }
    assert.deepEqual(issuesOf(whole), []);
  });
}

test('neither of two callback secrets may be a placeholder', () => {
  for (const pair of [`${sound},put-in-its-place`, `put-in-its-place, ${sound}`]) {
    const [fault, ...rest] = issuesOf({ ...whole, CALLBACK_SECRET: pair });
    assert.match(fault ?? '', /^CALLBACK_SECRET is a placeholder/);
    assert.deepEqual(rest, []);
  }
});

test('the secrets that the files in ops show are refused', () => {
  const text = readFileSync(
    new URL('../../ops/kubernetes/secret.example.txt', import.meta.url),
    'utf8',
  );
  const stringData = parse(text);
  for (const [name, member] of [
    ['CALLBACK_SECRET', 'callback-secret'],
    ['AUDIT_SECRET', 'audit-secret'],
    ['REDIS_URL', 'redis-url'],
  ] as const) {
    const [fault] = issuesOf({ ...whole, [name]: stringData[member] });
    assert.match(fault ?? '', new RegExp(`^${name} is a placeholder`));
  }
});

test('the default key opens the embedded sandbox alone', () => {
  assert.equal(loadConfig({ GATEWAY_API_KEY: 'demo-key' }).shownApiKey, 'demo-key');
  assert.match(issuesOf({ GATEWAY_API_KEY: 'changeme' })[0] ?? '', /^GATEWAY_API_KEY is a place/);
  const [fault] = issuesOf({ ...withAtlas, GATEWAY_API_KEY: 'demo-key' });
  assert.match(fault ?? '', /^GATEWAY_API_KEY is a placeholder/);
});

test('a tenant has no placeholder for a secret, in whatever way it is named', () => {
  const files: Readonly<Record<string, string>> = { '/run/token': 'changeme-changeme\n' };
  const faultsOf = (more: object) => {
    const atlas = { clientId: 'acme-client', clientSecret: 'acme-secret' };
    const row = { id: 'acme', atlas, ...more };
    const file = JSON.stringify({ tenants: [row] });
    try {
      loadTenants({
        env: {
          ATLAS_BASE_URL: 'https://atlas.example',
          TENANTS_FILE: '/etc/tenants.json',
          ACME: '<secret>',
        },
        readFile: (path) => files[path] ?? file,
        now: Date.now,
      });
      return '';
    } catch (error) {
      return String(error);
    }
  };
  assert.equal(faultsOf({}), '');
  const atlas = { clientId: 'acme-client', clientSecret: 'env:ACME' };
  assert.match(faultsOf({ atlas }), /tenants\[0\]\.atlas\.clientSecret: give the one that Atlas/);
  assert.match(
    faultsOf({ sandboxCallbackToken: 'file:/run/token' }),
    /tenants\[0\]\.sandboxCallbackToken: give a random one/,
  );
});

test('the key of the one tenant is read from its file again, and not taken for its text', () => {
  const sources = {
    env: { ...withAtlas, GATEWAY_API_KEY: 'file:/run/key' },
    readFile: () => `${sound}\n`,
    now: Date.now,
  };
  const [again] = loadTenants(sources);
  const [first] = loadConfig(sources.env, sources).tenants;
  assert.deepEqual(again?.keys, first?.keys);
  const gone = () => loadTenants({ ...sources, readFile: () => '' });
  assert.throws(gone, /GATEWAY_API_KEY names a file that can't be read, or holds nothing/);
});
