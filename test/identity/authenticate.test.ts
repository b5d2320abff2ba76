import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthenticate } from '../../src/identity/api-keys.ts';

const tenant = {
  id: 'acme',
  credentials: { clientId: 'a', clientSecret: 'b', addressClientId: 'c', addressClientSecret: 'd' },
};
const authenticate = createAuthenticate({ apiKey: 'sample-key', tenant });

for (const authorization of [
  'Bearer sample-key',
  'bearer sample-key',
  'BEARER sample-key',
  'Bearer   sample-key',
  ' Bearer sample-key ',
]) {
  test(`"${authorization}" proves the tenant`, () => {
    assert.equal(authenticate(authorization)?.tenant, tenant);
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
  test(`${JSON.stringify(authorization?.slice(0, 40))} proves nobody`, () => {
    assert.equal(authenticate(authorization), null);
  });
}

test('keys of any length are compared without a fault', () => {
  for (const apiKey of ['k', 'k'.repeat(64), 'k'.repeat(1000)]) {
    const check = createAuthenticate({ apiKey, tenant });
    assert.ok(check(`Bearer ${apiKey}`));
    assert.equal(check(`Bearer ${apiKey}k`), null);
    assert.equal(check('Bearer other'), null);
  }
});
