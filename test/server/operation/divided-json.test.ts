import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { GraphQLError } from 'graphql';
import { writeDivided } from '../../../src/server/operation/divided-json.ts';
import { createTurns } from '../../../src/turns.ts';
import { propertyRuns } from '../../support/property-runs.ts';

const owner = {};
const write = (value: object) => writeDivided(value, createTurns(), owner);
const long = 'क'.repeat(20_000);

test('a divided text is the one that JSON.stringify writes', async () => {
  const error = new GraphQLError('no', { path: ['a', 1], extensions: { code: 'FORBIDDEN' } });
  const values: object[] = [
    {},
    [],
    { a: undefined, b: null },
    { data: { a: [{}, [], null, undefined, 1.5, true, '"\\\u2028'], long }, errors: [error] },
    {
      long,
      a: undefined,
      again: long,
      date: new Date(0),
      big: JSON.rawJSON('12345678901234567890'),
    },
    Array.from({ length: 5_000 }, (_, place) => ({ place, name: `n${place}`, none: undefined })),
    [undefined, long, undefined, long],
    Object.assign(Object.create(null), { '': long, ['__proto__']: [long, long] }),
  ];
  for (const value of values) assert.equal(await write(value), JSON.stringify(value));
});

test('whatever JSON holds is written the same, divided or not', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 5 }), async (value) => {
      const result = { value, long, more: [value, long, value, long] };
      assert.equal(await write(result), JSON.stringify(result));
    }),
    { numRuns: propertyRuns(50) },
  );
});

test('a long text is written over several turns', async () => {
  let atMs = 0;
  const now = () => {
    atMs += 5;
    return atMs;
  };
  const turns = createTurns({ sliceMs: 20, now });
  let isWritten = false;
  let others = 0;
  const value = Array.from({ length: 100 }, () => ({ long }));
  const writing = writeDivided(value, turns, owner).then(() => {
    isWritten = true;
  });
  function count(): void {
    if (isWritten) return;
    others += 1;
    setImmediate(count);
  }
  setImmediate(count);
  await writing;
  assert.ok(others > 5, `${others} turns`);
});
