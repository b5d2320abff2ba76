import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isVerhoeffValid } from '../../src/atlas/aadhaar.ts';

/** The digit that makes eleven digits an Aadhaar number. */
export function checkDigitOf(digits: string): string {
  const found = [...'0123456789'].find((digit) => isVerhoeffValid(digits + digit));
  assert.ok(found, `no check digit fits ${digits}`);
  return found;
}

/** Digits with a right check digit at their end, in groups, as anything may write them. */
const written = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 11, maxLength: 11 }),
    fc.array(fc.constantFrom('', '', '', ' ', '-', '.', ' - '), { minLength: 11, maxLength: 11 }),
  )
  .map(([digits, gaps]) => {
    const all = [...digits, checkDigitOf(digits.join(''))];
    return all.map((digit, place) => `${digit}${gaps[place] ?? ''}`).join('');
  });

/** A text as OCR gives it, with such numbers in it or not. */
export const texts = fc
  .array(
    fc.oneof(
      written,
      fc.string(),
      fc.constantFrom(' ', '-', ' 12 ', '\n', 'Road '),
      fc.integer({ min: 0, max: 99_999 }).map(String),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

/** JSON of any shape with such texts, and numbers that are one, as names and as values. */
export const { answers } = fc.letrec((tie) => ({
  answers: fc.oneof(
    { maxDepth: 4 },
    texts,
    fc.bigInt(10n ** 11n, 10n ** 12n - 1n).map(Number),
    fc.constantFrom(null, true, 0.5),
    fc.array(tie('answers'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), texts), tie('answers'), { maxKeys: 4 }),
  ),
}));
