import assert from 'node:assert/strict';
import test from 'node:test';
import { bombs } from '../negative/broken-requests.ts';
import { openGateway } from '../support/open-gateway.ts';
import { codesOf } from './transports.ts';

test('no bomb goes off where limits are only measured', async (t) => {
  const gateway = await openGateway(t, { env: { LIMITS_MODE: 'measure' } });
  for (const [what, query] of bombs) {
    const { errors = [] } = await gateway.ask(query);
    const codes = codesOf({ errors }).filter((code) => code === 'INTERNAL');
    assert.deepEqual(codes, [], what);
  }
  assert.equal((await gateway.ask('{ __typename }')).errors, undefined);
});
