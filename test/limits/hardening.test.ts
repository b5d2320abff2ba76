import assert from 'node:assert/strict';
import test from 'node:test';
import { codesOf } from '../support/limits/transports.ts';
import { bombs } from '../support/negative/broken-requests.ts';
import { openGateway } from '../support/open-gateway.ts';

test('no bomb goes off where limits are only measured', async (t) => {
  const gateway = await openGateway(t, { env: { LIMITS_MODE: 'measure' } });
  for (const [what, query] of bombs) {
    const { errors = [] } = await gateway.ask(query);
    const codes = codesOf({ errors }).filter((code) => code === 'INTERNAL');
    assert.deepEqual(codes, [], what);
  }
  assert.equal((await gateway.ask('{ __typename }')).errors, undefined);
});
