import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readErrorEnvelope } from '../../src/atlas/error-envelope.ts';

for (const [body, reason, code] of [
  [{ error_code: 422, error_message: 'auth_url is not reachable' }, 'auth-url-unreachable', '422'],
  [{ error: 'The Auth URL did not answer' }, 'auth-url-unreachable', undefined],
  [{ message: 'Flow not found' }, 'flow-not-found', undefined],
  [['Flow not found'], 'unspecified', undefined],
  [undefined, 'unspecified', undefined],
] as const) {
  test(`${JSON.stringify(body)} is ${reason}`, () => {
    assert.deepEqual(readErrorEnvelope(body), { code, reason });
  });
}

test('an error of megabytes that looks like many holds nobody up', () => {
  // What looks at it again from each place in it would take hours.
  const error = 'auth'.repeat(1_000_000);
  assert.equal(readErrorEnvelope({ error }).reason, 'unspecified');
});
