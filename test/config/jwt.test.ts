import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load-config.ts';
import { type Env, issuesOf } from '../support/config/issues-of.ts';

const withJwt = {
  JWT_JWKS_URL: 'https://login.example/keys',
  JWT_ISSUER: 'https://login.example/',
  JWT_AUDIENCE: 'gateway',
};

for (const name of ['JWT_ISSUER', 'JWT_AUDIENCE'] as const) {
  test(`${name} goes together with JWT_JWKS_URL`, () => {
    assert.deepEqual(issuesOf({ ...withJwt, [name]: '' }), [
      `${name} is missing: it is needed once JWT_JWKS_URL is set.`,
    ]);
    assert.deepEqual(issuesOf({ [name]: 'sample' }), [
      `${name} is set without JWT_JWKS_URL: set that too, or unset ${name}.`,
    ]);
  });
}

test('keys in the clear are taken from this machine alone', () => {
  for (const JWT_JWKS_URL of ['http://127.0.0.1:1/keys', 'http://localhost/', 'http://[::1]:80/']) {
    assert.equal(loadConfig({ ...withJwt, JWT_JWKS_URL }).jwt?.jwksUrl, JWT_JWKS_URL);
  }
});

const faults: readonly [variable: string, env: Env][] = [
  ...[
    'login.example',
    'ftp://login.example',
    'http://login.example/keys',
    'http://127.0.0.1.evil.example/keys',
    'https://user:pw@login.example/keys',
  ].map((JWT_JWKS_URL): [string, Env] => ['JWT_JWKS_URL', { ...withJwt, JWT_JWKS_URL }]),
  ...['none', 'HS256', 'RS256,HS256', 'RS256,', 'rs256'].map((JWT_ALGORITHMS): [string, Env] => [
    'JWT_ALGORITHMS',
    { ...withJwt, JWT_ALGORITHMS },
  ]),
  ...['-1', '301', 'some'].map((JWT_CLOCK_TOLERANCE_SECONDS): [string, Env] => [
    'JWT_CLOCK_TOLERANCE_SECONDS',
    { ...withJwt, JWT_CLOCK_TOLERANCE_SECONDS },
  ]),
];
for (const [variable, env] of faults) {
  test(`${variable} = ${JSON.stringify(env[variable])} is refused, with a cure`, () => {
    const issues = issuesOf(env);
    assert.equal(issues.length, 1, issues.join('\n'));
    assert.match(issues[0] ?? '', new RegExp(`^${variable} .*: give .+`));
  });
}
