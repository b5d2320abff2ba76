import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseExact } from '../../../src/atlas/json/exact-json.ts';
import { parseMasked } from '../../../src/atlas/masking/masked-json.ts';
import { maskValue } from '../../../src/atlas/masking/masked-values.ts';
import { answers, checkDigitOf } from '../../support/atlas/aadhaar-texts.ts';
import { chanceOf, trickyAnswer } from '../../support/atlas/tricky-answers.ts';
import { propertyRuns } from '../../support/property-runs.ts';

const number = `23412341234${checkDigitOf('23412341234')}`;
const masked = `XXXX XXXX ${number.slice(-4)}`;
const [first, second, third] = [number.slice(0, 4), number.slice(4, 8), number.slice(8)];

test('a text is read as its values would be masked, whatever it holds', () => {
  fc.assert(
    fc.property(answers, (given) => {
      const text = JSON.stringify(given);
      assert.deepEqual(parseMasked(text), maskWhole(text));
    }),
    { numRuns: propertyRuns(2_000) },
  );
});

test('an answer is masked as by the whole rule, however a number is written or parted in it', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const text = JSON.stringify(trickyAnswer(chanceOf(seed)));
      assert.equal(JSON.stringify(parseMasked(text)), JSON.stringify(maskWhole(text)), text);
    }),
    { numRuns: propertyRuns(1_000_000) },
  );
});

test('the answers of that property have numbers to mask, and parts of numbers, about as often as not', () => {
  let masked = 0;
  let parted = 0;
  for (let seed = 0; seed < 1_000; seed += 1) {
    const text = JSON.stringify(trickyAnswer(chanceOf(seed)));
    const shown = JSON.stringify(maskWhole(text));
    if (shown !== text) masked += 1;
    if (/[:[]"[^"]*X"/.test(shown)) parted += 1;
  }
  assert.ok(masked > 350 && masked < 650, `${masked} of 1,000 masked`);
  assert.ok(parted > 200 && parted < 500, `${parted} of 1,000 in parts`);
});

/** The result of the rule for a text when no value is left out. */
function maskWhole(text: string): unknown {
  return maskValue(parseExact(text), '', null, 0);
}

for (const [how, text, value] of [
  ['as text', `{"a":"${number}"}`, masked],
  ['as a number', `{"a":${number}}`, masked],
  ['as a number with an exponent', `{"a":${number}e0}`, masked],
  ['as a number with a great exponent', `{"a":${Number(number) / 1e4}E+4}`, masked],
  ['in groups', `{"a":"${first} ${second} ${third}"}`, masked],
  ['in groups that are escaped apart', `{"a":"${first}\\n\\n\\n${second}-${third}"}`, masked],
  ['apart by an escaped dash', `{"a":"${first}\\uff0d${second}\\uff0d${third}"}`, masked],
  ['with an escaped digit', `{"a":"\\u003${number[0]}${number.slice(1)}"}`, masked],
  ['by the name of its field', '{"AADHAAR_NO":"1234"}', 'XXXX XXXX 1234'],
  ['by a name that is escaped', '{"aadha\\u0061r":"1234"}', 'XXXX XXXX 1234'],
] as const) {
  test(`a number is masked ${how}`, () => {
    const [read] = Object.values(parseMasked(text) as object);
    assert.equal(read, value);
  });
}

test('a name that holds a number is masked', () => {
  assert.deepEqual(parseMasked(`{"${number}":true}`), { [masked]: true });
});

test('a text that is no JSON is nothing', () => {
  assert.equal(parseMasked('<html>'), undefined);
  assert.equal(parseMasked(''), undefined);
});
