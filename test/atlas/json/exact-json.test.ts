import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseExact } from '../../../src/atlas/json/exact-json.ts';

for (const [text, value] of [
  ['[50100234567890123]', ['50100234567890123']],
  ['{"a":-9007199254740993}', { a: '-9007199254740993' }],
  ['{"a": {"b":[1,\n12345678901234567890]}}', { a: { b: [1, '12345678901234567890'] } }],
  ['[5.0100234567890123e16]', ['50100234567890123']],
  ['[5.0100234567890123E+16]', ['50100234567890123']],
  ['[12345678901234567.89]', ['12345678901234567.89']],
  ['[99999999999999.99]', ['99999999999999.99']],
  ['[1.2345678901234567890e-3]', ['0.001234567890123456789']],
  ['[0.123456789012345678901]', ['0.123456789012345678901']],
  // A numeral that a double prints as the same number stays a number.
  ['[9007199254740992,10000000000000000,1e20]', [2 ** 53, 1e16, 1e20]],
  ['[0.30000000000000004,0.0012345678901234567]', [0.30000000000000004, 0.0012345678901234567]],
  ['[1.0,1e0,1E-7,-0,0e400]', [1, 1, 1e-7, -0, 0]],
] as const) {
  test(`${JSON.stringify(text)} keeps its digits`, () => {
    assert.deepEqual(parseExact(text), value);
  });
}

for (const written of [
  'NaN',
  'Infinity',
  '-Infinity',
  '+Infinity',
  '-NaN',
  'nan',
  'inf',
  '-inf',
  'INF',
  '1e400',
  '-1e400',
  '1E+999',
  '1e99999999999',
  '9'.repeat(400),
]) {
  test(`${written.slice(0, 20)} is null and costs nothing beside it`, () => {
    assert.deepEqual(parseExact(`{"a":${written},"b":[1,${written} ,"x"],"c":"y"}`), {
      a: null,
      b: [1, null, 'x'],
      c: 'y',
    });
  });
}

test('digits within a text or a name stay as they are', () => {
  const value = {
    'NaN, Infinity': 'NaN: \\" -Infinity, 1e400, 50100234567890123',
    'Infinity": NaN, "': '\\',
    12345678901234567890: 'x',
  };
  assert.deepEqual(parseExact(JSON.stringify(value)), value);
  const withNumbers = `[NaN,50100234567890123,${JSON.stringify(value)}]`;
  assert.deepEqual(parseExact(withNumbers), [null, '50100234567890123', value]);
});

test('a number too small for a double is zero, and takes no memory', () => {
  assert.deepEqual(parseExact('[1e-99999999999, 12345678901234567e-99999999]'), [0, 0]);
});

for (const text of [
  '',
  '{"a":',
  '[NaN',
  '[NaN,]',
  '[NaNx]',
  '[xNaN]',
  '[Infinity1]',
  'undefined',
  '[00050100234567890123]',
  '[50100234567890123.]',
  "['NaN']",
  '"NaN',
  '"\\',
]) {
  test(`${JSON.stringify(text)} is no JSON`, () => {
    assert.throws(() => parseExact(text), SyntaxError);
  });
}

test('JSON without such numbers is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.deepEqual(parseExact(text), JSON.parse(text));
    }),
  );
});

test('a long integer keeps its digits wherever it stands', () => {
  const long = fc.bigInt({ min: 2n ** 53n + 1n, max: 10n ** 40n - 1n });
  fc.assert(
    fc.property(fc.array(long, { minLength: 1 }), fc.boolean(), (integers, isNegative) => {
      const digits = integers.map((each) => `${isNegative ? '-' : ''}${each}`);
      const read = parseExact(`{"a":[${digits.join(' , ')}]}`) as { a: (string | number)[] };
      assert.deepEqual(
        read.a.map((each) => String(BigInt(each))),
        digits,
      );
    }),
  );
});

/** The best of three, so that what else the machine does counts less. */
function costMs(act: () => void): number {
  return Math.min(
    ...[1, 2, 3].map(() => {
      const before = process.cpuUsage();
      act();
      return process.cpuUsage(before).user / 1_000;
    }),
  );
}

test('the cost of a text grows with its length, whatever is in it', () => {
  for (const unit of [
    ',1',
    '-',
    '1.',
    'i',
    '"',
    '\\"',
    ' 1e',
    '1e5 ',
    '0',
    '[50100234567890123,',
  ]) {
    const parse = (times: number) => () => {
      try {
        parseExact(`[${unit.repeat(times)}`);
      } catch {}
    };
    const small = costMs(parse(20_000));
    const large = costMs(parse(200_000));
    assert.ok(large < 60 * small + 60, `${unit}: ${small} ms, then ${large} ms`);
  }
});
