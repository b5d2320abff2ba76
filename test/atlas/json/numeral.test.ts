import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  toBoolean,
  toNumber,
  toNumberWithin,
  toWholeNumber,
} from '../../../src/atlas/json/numeral.ts';

for (const [value, number] of [
  [0.97, 0.97],
  ['0.97', 0.97],
  [' 0.97\n', 0.97],
  ['.5', 0.5],
  ['5.', 5],
  ['+5', 5],
  ['-3', -3],
  ['9.7e-1', 0.97],
  ['91.40000000000000568', 91.4],
  ['1e400', null],
  [Number.NaN, null],
  [Number.POSITIVE_INFINITY, null],
  ['NaN', null],
  ['Infinity', null],
  ['', null],
  [' ', null],
  ['97%', null],
  ['0,97', null],
  ['0x10', null],
  ['1_000', null],
  ['1'.repeat(100_000), null],
  [true, null],
  [null, null],
  [undefined, null],
  [['1'], null],
  [{ value: 1 }, null],
] as const) {
  test(`${JSON.stringify(value)?.slice(0, 40)} stands for the number ${number}`, () => {
    assert.equal(toNumber(value), number);
  });
}

test('the bounds of a number belong to its range', () => {
  assert.deepEqual(
    [0, '1', -0.01, '1.01'].map((value) => toNumberWithin(value, 0, 1)),
    [0, 1, null, null],
  );
});

test('a whole number is exact', () => {
  assert.deepEqual([3, '3', '3.0', 3.5, '9007199254740993', 2 ** 53].map(toWholeNumber), [
    3,
    3,
    3,
    null,
    null,
    null,
  ]);
});

for (const [value, flag] of [
  [true, true],
  [false, false],
  ['true', true],
  [' False ', false],
  ['TRUE', true],
  [1, true],
  ['0', false],
  [2, null],
  ['yes', null],
  ['', null],
  [null, null],
  [undefined, null],
  [[], null],
] as const) {
  test(`${JSON.stringify(value)} stands for the boolean ${flag}`, () => {
    assert.equal(toBoolean(value), flag);
  });
}
