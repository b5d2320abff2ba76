import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCallLog } from '../../src/sandbox/call-log.ts';

test('the log keeps the last 50,000 calls and counts them all', () => {
  const log = createCallLog();
  for (let at = 0; at < 50_002; at += 1) {
    log.record({ name: 'flowStatus', at, headers: {}, query: {}, body: undefined })(200);
  }
  assert.equal(log.calls.length, 50_000);
  assert.equal(log.calls[0]?.at, 2);
  assert.equal(log.calls.at(-1)?.at, 50_001);
  assert.equal(log.count('flowStatus'), 50_002);
});
