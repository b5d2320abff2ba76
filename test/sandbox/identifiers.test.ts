import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchIdFor, fileUuidFor, flowUuidFor } from '../../src/sandbox/identifiers.ts';

test('a flow id follows from the application id and the number alone', () => {
  assert.equal(flowUuidFor('app-0001', 1), flowUuidFor('app-0001', 1));
  const ids = ['app-0001', 'app-0002'].flatMap((id) => [flowUuidFor(id, 1), flowUuidFor(id, 2)]);
  assert.equal(new Set(ids).size, 4);
  for (const id of ids) {
    assert.match(id, /^LOS-[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  }
});

test('a file id follows from its owner, document id and number', () => {
  assert.equal(fileUuidFor('flow', 'doc', 1), fileUuidFor('flow', 'doc', 1));
  assert.notEqual(fileUuidFor('flow', 'doc', 1), fileUuidFor('flow', 'doc', 2));
});

test('batch ids have the documented look and no two are the same', () => {
  const nowMs = Date.UTC(2026, 0, 15, 9, 30, 0, 999);
  assert.equal(batchIdFor(482, nowMs), 'BATCH-10482-QWERT-20260115093000');
  const ids = new Set(Array.from({ length: 200_000 }, (_, n) => batchIdFor(n + 1, nowMs)));
  assert.equal(ids.size, 200_000);
});
