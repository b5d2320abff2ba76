import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isVerhoeffValid } from '../../../src/atlas/masking/verhoeff.ts';

/** The digit that makes eleven digits an Aadhaar number. */
export function checkDigitOf(digits: string): string {
  const found = [...'0123456789'].find((digit) => isVerhoeffValid(digits + digit));
  assert.ok(found, `no check digit fits ${digits}`);
  return found;
}

/** Twelve digits with a right check digit, the first from 2 on, as UIDAI gives them out. */
const numbers = fc
  .tuple(
    fc.integer({ min: 2, max: 9 }),
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 10, maxLength: 10 }),
  )
  .map(([first, rest]) => {
    const digits = [first, ...rest].join('');
    return digits + checkDigitOf(digits);
  });

/** Ways to part the groups of four, and the digits, of a number. */
const fourGaps = [
  '',
  ' ',
  '-',
  '.',
  ' - ',
  '/',
  ',',
  ' | ',
  '_',
  '\u00b7',
  '<br>',
  '\u00ad',
  '\u200b ',
];
const boxGaps = [' ', '|', ' | ', '/', ',', ':', '\u0301', '\u200d'];
const zeros = [0x30, 0x0966, 0xff10, 0x1d7ce];

/** A number as anything may write it, between marks by which a test finds it again. */
const written = fc
  .tuple(
    numbers,
    fc.constantFrom(...fourGaps),
    fc.constantFrom(...boxGaps),
    fc.constantFrom(...zeros),
    fc.boolean(),
  )
  .map(([number, fourGap, boxGap, zero, isBoxed]) => {
    const digits = [...number].map((digit) => String.fromCodePoint(zero + Number(digit)));
    if (isBoxed) return digits.join(boxGap);
    return [digits.slice(0, 4), digits.slice(4, 8), digits.slice(8)]
      .map((group) => group.join(''))
      .join(fourGap);
  })
  .map((number) => `\u2045${number}\u2046`);

/** The parts of numbers that must be masked in a text: all but the last four digits. */
export function partsOf(text: string): string[] {
  return [...text.matchAll(/\u2045([^\u2046]*)\u2046/gu)].map(([, number = '']) => {
    const ends = [...number.matchAll(/\p{Nd}/gu)].map(({ index }) => index);
    return number.slice(0, ends.at(-4));
  });
}

/** A text as OCR gives it, with such numbers in it or not. */
export const texts = fc
  .array(
    fc.oneof(
      written,
      fc.string().map((text) => text.replace(/[\u2045\u2046\d]/g, '')),
      fc.constantFrom(' ', '-', '\n', 'Road ', ' no. '),
      fc.integer({ min: 0, max: 99_999 }).map((count) => ` no. ${count} of `),
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
