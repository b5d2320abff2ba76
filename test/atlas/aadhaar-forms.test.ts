import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maskAadhaarIn } from '../../src/atlas/masking/aadhaar.ts';
import { isVerhoeffValid } from '../../src/atlas/masking/verhoeff.ts';
import { propertyRuns } from '../support/property-runs.ts';

/** By its form a number: only such are masked. */
const number = '234567890124';
const [first, second, third] = ['2345', '6789', '0124'];
const digits = [...number];
const fours = (gap: string) => [first, second, third].join(gap);
const inScript = (zero: number) =>
  digits.map((digit) => String.fromCodePoint(zero + Number(digit))).join('');

const seen: readonly [how: string, written: string][] = [
  ['in one', number],
  ...[
    ...['|', ' | ', '/', ',', ', ', ':', ' ', '.', '-', '][', '•', '\t'],
    ...['\u0301', '\u200d', '\u00ad', '\ufe0f\u20e3', '\u2060\u2060\u2060\u2060\u2060\u2060\u2060'],
  ].map((gap): [string, string] => [`a digit a box by ${JSON.stringify(gap)}`, digits.join(gap)]),
  ...[
    ...[' ', '-', '.', '/', ',', '_', ' | ', '·', '\\n', '\r\n', '          ', ') ('],
    ...['<br>', '<br/>', '<BR />', '</td><td class="a1">', '&nbsp;', '&#160;', '&#xA0;', '&ndash;'],
    ...['\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b', '\u0000', '\u3000', '\u2011', '\u0301'],
  ].map((gap): [string, string] => [`in fours by ${JSON.stringify(gap)}`, fours(gap)]),
  ['in comma groups of three', '234,567,890,124'],
  ['in comma groups of lakhs', '2,34,56,78,90,124'],
  ['in pairs by one sign', '23/45/67/89/01/24'],
  ['in pairs by blanks', '23 45 67 89 01 24'],
  ['in threes', '234 567 890 124'],
  ['in sixes', '234567 890124'],
  ['as eight and four', '23456789 0124'],
  ['behind one zero', `0${number}`],
  ['behind many zeros', `${'0'.repeat(40)}${number}`],
  ['behind a zero in fours', `0${fours(' ')}`],
  ['behind a box of zeros', `0000 ${fours(' ')}`],
  ['behind a zero of its own', `0-${fours('-')}`],
  ['with an entity for a digit', `&#50;${number.slice(1)}`],
  ['as a float of a table', `${number}.0`],
  ['beside a date', `${fours(' ')} issued 13-01-2025`],
  ['behind +91 in fours', `+${fours(' ')}`],
  ...[
    ...[
      0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0d66,
      0x0e50,
    ],
    ...[0x0f20, 0x1040, 0x17e0, 0x1c50, 0xa620, 0xabf0, 0xff10, 0x104a0, 0x11c50, 0x1d7ce, 0x1d7d8],
    ...[0x1d7f6, 0x1e950, 0x1fbf0],
  ].map((zero): [string, string] => [`in the digits from U+${zero.toString(16)}`, inScript(zero)]),
  ['within a tag', `<b data-id="${number}">`],
  ['in raised digits', digits.map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')],
  ['in circles', digits.map((digit) => '⓪①②③④⑤⑥⑦⑧⑨'[Number(digit)]).join('')],
];

for (const [how, written] of seen) {
  test(`a number written ${how} is masked`, () => {
    for (const text of [written, `UID ${written} of the holder`, `(${written})`]) {
      const shown = maskAadhaarIn(text);
      assert.ok(shown.includes('XXXX XXXX 0124'), shown);
      assert.ok(!/2\D*3\D*4\D*5/.test(shown.normalize('NFKC')), shown);
      assert.equal(maskAadhaarIn(shown), shown);
    }
  });
}

const twoDigits = (least: number, most: number) =>
  fc.integer({ min: least, max: most }).map((value) => String(value).padStart(2, '0'));
const day = twoDigits(1, 28);
const month = twoDigits(1, 12);
const year = fc.integer({ min: 1950, max: 2049 }).map(String);
const cents = twoDigits(0, 99);
const rupees = fc.integer({ min: 1, max: 999_999 }).map(String);
const tenDigits = fc.bigInt({ min: 1_000_000_000n, max: 9_999_999_999n }).map(String);
const four = fc.integer({ min: 1000, max: 9999 }).map(String);
const gap = fc.constantFrom(' - ', ' ', '-', ' – ', '\n', ' . ');
const dot = fc.constantFrom('-', '.', '/', ' ');

const dates = fc
  .tuple(day, month, year, dot, fc.boolean())
  .map(([d, m, y, sign, isIso]) => (isIso ? [y, m, d] : [d, m, y]).join(sign));
const amounts = fc.tuple(rupees, cents).map(([whole, part]) => `${whole}.${part}`);

/** Texts that can't be a number, though their digits may fit. */
const leftAlone: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'a range of dates': fc.tuple(dates, gap, dates).map((parts) => parts.join('')),
  'a range of dates with years of two digits': fc
    .tuple(day, month, cents, day, month, cents)
    .map(([a, b, c, d, e, f]) => `${a}-${b}-${c} - ${d}-${e}-${f}`),
  'a range of dates without zeros': fc
    .tuple(fc.integer({ min: 1, max: 9 }), year, fc.integer({ min: 1, max: 9 }), year)
    .map(([a, b, c, d]) => `${a}-${c}-${b} - ${c}-${a}-${d}`),
  'a range of compact dates': fc
    .tuple(day, month, year, day, month, year)
    .map(([a, b, c, d, e, f]) => `${a}${b}${c}-${d}${e}${f}`),
  'a date and a time': fc
    .tuple(year, month, day, twoDigits(0, 23), twoDigits(0, 59))
    .map(([y, m, d, hour, minute]) => `${y}-${m}-${d} ${hour}.${minute}`),
  'a range of financial years': fc
    .tuple(fc.integer({ min: 1990, max: 2040 }), fc.integer({ min: 1990, max: 2040 }))
    .map((years) => years.map((y) => `${y}-${String((y + 1) % 100).padStart(2, '0')}`).join(' ')),
  'an amount with decimals': fc.tuple(tenDigits, cents).map(([whole, part]) => `${whole}.${part}`),
  'amounts with decimals': fc
    .array(amounts, { minLength: 2, maxLength: 5 })
    .chain((all) => gap.map((sign) => all.join(sign))),
  'amounts in thousands with decimals': fc
    .tuple(cents, cents, cents, cents)
    .map(([a, b, c, d]) => `Rs 1,${a}0.${b} Rs 2,34,${c}0.${d}`),
  'a number that begins with 0 or 1': fc
    .tuple(fc.constantFrom('0', '1'), fc.bigInt({ min: 0n, max: 99_999_999_999n }))
    .map(([head, rest]) => head + String(rest).padStart(11, '0')),
  'fours that begin with 0 or 1': fc
    .tuple(fc.constantFrom('0', '1'), fc.integer({ min: 0, max: 999 }), four, four)
    .map(([head, rest, b, c]) => `${head}${String(rest).padStart(3, '0')} ${b} ${c}`),
  'a telephone number behind +91': fc
    .tuple(fc.constantFrom('+91', '+91 ', '+91-', '+91 - ', '+ 91 ', '0091 ', '(+91) '), tenDigits)
    .map((parts) => parts.join('')),
  'a telephone number behind 91-': fc
    .tuple(fc.constantFrom('91-', '91 - ', '91- '), tenDigits)
    .map((parts) => parts.join('')),
  'a telephone number in groups': fc
    .tuple(fc.constantFrom('+91 ', '+91-', '91-'), tenDigits, fc.constantFrom(' ', '-'))
    .map(([head, rest, sign]) => `${head}${rest.slice(0, 5)}${sign}${rest.slice(5)}`),
  'groups of 2-2-4': fc
    .tuple(cents, cents, four, four, dot)
    .map(([a, b, c, d, sign]) => [a, b, c, d].join(sign)),
  'groups of 4-2-2': fc
    .tuple(four, cents, cents, four, dot)
    .map(([a, b, c, d, sign]) => [a, b, c, d].join(sign)),
};

for (const [what, texts] of Object.entries(leftAlone)) {
  test(`${what} stays as it was read, whatever its check digit`, () => {
    fc.assert(
      fc.property(texts, (text) => {
        assert.equal(maskAadhaarIn(text), text);
      }),
      { numRuns: propertyRuns(2_000) },
    );
  });
}

test('the examples that stay do fit the check digit', () => {
  for (const [text, fitting] of [
    ['100000031676', '100000031676'],
    ['+91 9000079190', '919000079190'],
    ['13-01-2025 - 13-01-2026', '202513012026'],
    ['1006.00 2006.00', '100600200600'],
  ] as const) {
    assert.equal(isVerhoeffValid(fitting), true, fitting);
    assert.equal(maskAadhaarIn(text), text);
  }
});

/** Pieces of which texts are made that take long to search, if anything does. */
const pieces = [
  '1',
  '0',
  '12 ',
  '|1',
  '2345 ',
  '<a',
  '<a 1',
  '&#5',
  '०',
  '1\u0301',
  '1.',
  `${number} `,
];

/** The least processor time of a few runs, in milliseconds. */
function timeOf(act: () => void): number {
  let least = Infinity;
  for (let run = 0; run < 5; run += 1) {
    const before = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

test('the search takes time in proportion to the text', () => {
  for (const piece of pieces) {
    const text = piece.repeat(Math.ceil(50_000 / piece.length));
    const [once, often] = [
      timeOf(() => maskAadhaarIn(text)),
      timeOf(() => maskAadhaarIn(text.repeat(8))),
    ];
    // Eight times the text; a search of each part for each other would take 64 times as long.
    assert.ok(often < 24 * once + 40, `${JSON.stringify(piece)}: ${once} ms, then ${often} ms`);
    assert.ok(often < 2_000, `${JSON.stringify(piece)}: ${often} ms for 400,000 characters`);
  }
});
