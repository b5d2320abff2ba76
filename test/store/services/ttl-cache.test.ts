import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTtlCache } from '../../../src/store/services/ttl-cache.ts';
import { toTenantId } from '../../support/tenant-id.ts';

const acme = toTenantId('acme');
const other = toTenantId('other');

interface Thing {
  readonly size: number;
}

function openMemory(ttlMs: number) {
  const time = { nowMs: 0 };
  const memory = createTtlCache<Thing>({
    ttlMs,
    sizeOf: ({ size }) => size,
    maxSize: 10,
    now: () => time.nowMs,
  });
  return { memory, time };
}

test('a value is there until its time is over, and no longer', () => {
  const { memory, time } = openMemory(1000);
  memory.set(acme, 'a', { size: 1 });
  time.nowMs = 999;
  assert.deepEqual(memory.get(acme, 'a'), { size: 1 });
  time.nowMs = 1001;
  assert.equal(memory.get(acme, 'a'), undefined);
});

test('looking at a value does not keep it longer', () => {
  const { memory, time } = openMemory(1000);
  memory.set(acme, 'a', { size: 1 });
  for (time.nowMs = 100; time.nowMs <= 1000; time.nowMs += 100) memory.get(acme, 'a');
  time.nowMs = 1001;
  assert.equal(memory.get(acme, 'a'), undefined);
});

test('with no time at all nothing is kept', () => {
  const { memory } = openMemory(0);
  memory.set(acme, 'a', { size: 1 });
  assert.equal(memory.get(acme, 'a'), undefined);
});

test('one tenant finds nothing of another, and deletes nothing of it', () => {
  const { memory } = openMemory(1000);
  memory.set(acme, 'a', { size: 1 });
  memory.delete(other, 'a');
  assert.equal(memory.get(other, 'a'), undefined);
  assert.deepEqual(memory.get(acme, 'a'), { size: 1 });
});

test('a value over the size limit evicts the one used longest ago', () => {
  const { memory } = openMemory(1000);
  memory.set(acme, 'a', { size: 6 });
  memory.set(acme, 'b', { size: 6 });
  assert.equal(memory.get(acme, 'a'), undefined);
  assert.deepEqual(memory.get(acme, 'b'), { size: 6 });
});
