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
    fc.array(fc.constantFrom('', '', '', ' ', '-', '.', ' - ', '\u00ad', '\u200b '), {
      minLength: 11,
      maxLength: 11,
    }),
  )
  .map(([digits, gaps]) => {
    const all = [...digits, checkDigitOf(digits.join(''))];
    return all.map((digit, place) => `${digit}${gaps[place] ?? ''}`).join('');
  });

/** The same number in fours, with any sign between them, and in any script of digits. */
const inFours = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 11, maxLength: 11 }),
    fc.constantFrom('/', ',', ' | ', '_', '\u00b7', '    ', ':', ' \u2022 '),
    fc.constantFrom(0x30, 0x0966, 0xff10),
  )
  .map(([digits, gap, zero]) => {
    const all = [...digits, Number(checkDigitOf(digits.join('')))];
    const written = all.map((digit) => String.fromCharCode(zero + digit)).join('');
    return [written.slice(0, 4), written.slice(4, 8), written.slice(8)].join(gap);
  });

/** A text as OCR gives it, with such numbers in it or not. */
export const texts = fc
  .array(
    fc.oneof(
      written,
      inFours,
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
