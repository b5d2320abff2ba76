import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TenantId } from '../../src/tenant-id.ts';
import { createToTenantKey } from '../../src/tenant-key.ts';
import { toTenantId } from '../support/tenant-id.ts';

test('two keys are the same exactly where tenant and name are, in whatever order they are made', () => {
  const toKey = createToTenantKey();
  const tenantId = fc.constantFrom('a', 'b', 'ab').map(toTenantId);
  const name = fc.constantFrom('', 'a', 'b', 'ab', 'b\na', '\n');
  const pairs = fc.array(fc.tuple(tenantId, name), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(pairs, (made) => {
      const keyOf = ([tenant, of]: readonly [TenantId, string]) => toKey(tenant, of);
      const keys = new Map(made.map((pair) => [JSON.stringify(pair), keyOf(pair)]));
      assert.equal(new Set(keys.values()).size, keys.size);
      for (const pair of made) assert.equal(keyOf(pair), keys.get(JSON.stringify(pair)));
    }),
  );
});
