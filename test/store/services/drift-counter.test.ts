import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDriftCounter } from '../../../src/store/services/drift-counter.ts';

test('each kind is counted by itself and told of once', () => {
  const told: string[] = [];
  const { count, counts } = createDriftCounter<'one' | 'two'>((kind) => told.push(kind));
  for (const kind of ['one', 'two', 'one', 'one'] as const) count(kind);
  assert.deepEqual(
    [...counts],
    [
      ['one', 3],
      ['two', 1],
    ],
  );
  assert.deepEqual(told, ['one', 'two']);
});
