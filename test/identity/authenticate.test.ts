import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthenticate } from '../../src/identity/authenticate.ts';
import { createFlowGrants } from '../../src/identity/flow-grants.ts';

const tenant = {
  id: 'acme',
  credentials: { clientId: 'a', clientSecret: 'b', addressClientId: 'c', addressClientSecret: 'd' },
};
const grants = createFlowGrants({ secrets: ['the newest secret'] });
const authenticate = createAuthenticate({
  tenant,
  apiKey: 'sample-key',
  grants,
  now: Date.now,
});

for (const authorization of [
  'Bearer sample-key',
  'bearer sample-key',
  'BEARER sample-key',
  'Bearer   sample-key',
  ' Bearer sample-key ',
]) {
  test(`"${authorization}" proves the tenant`, async () => {
    assert.equal((await authenticate(authorization))?.tenant, tenant);
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
  test(`${JSON.stringify(authorization?.slice(0, 40))} proves nobody`, async () => {
    assert.equal(await authenticate(authorization), null);
  });
}

test('keys of any length are compared without a fault', async () => {
  for (const apiKey of ['k', 'k'.repeat(64), 'k'.repeat(1000)]) {
    const check = createAuthenticate({ tenant, apiKey, grants, now: Date.now });
    assert.ok(await check(`Bearer ${apiKey}`));
    assert.equal(await check(`Bearer ${apiKey}k`), null);
    assert.equal(await check('Bearer other'), null);
  }
});
