import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readErrorReason } from '../../../src/atlas/answers/error-envelope.ts';

for (const [body, reason] of [
  [{ error_code: 422, error_message: 'auth_url is not reachable' }, 'auth-url-unreachable'],
  [{ error: 'The Auth URL did not answer' }, 'auth-url-unreachable'],
  [{ message: 'Flow not found' }, 'flow-not-found'],
  [['Flow not found'], 'unspecified'],
  [undefined, 'unspecified'],
] as const) {
  test(`${JSON.stringify(body)} is ${reason}`, () => {
    assert.equal(readErrorReason(body), reason);
  });
}

test('an error of megabytes that looks like many holds nobody up', () => {
  // An implementation that scans again from each position would take hours.
  const error = 'auth'.repeat(1_000_000);
  assert.equal(readErrorReason({ error }), 'unspecified');
});
