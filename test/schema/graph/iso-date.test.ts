import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { toIsoDate } from '../../../src/schema/graph/iso-date.ts';

const zeros = { ASCII: 0x30, Devanagari: 0x966, Tamil: 0xbe6, Telugu: 0xc66, Urdu: 0x6f0 };
const fullNames =
  'January February March April May June July August September October November December'.split(
    ' ',
  );

/** Any day from the year 1000 to 9999, as it is counted. */
const anyDay = fc
  .date({
    min: new Date('1000-01-01T00:00:00Z'),
    max: new Date('9999-12-31T00:00:00Z'),
    noInvalidDate: true,
  })
  .map((date) => ({
    iso: date.toISOString().slice(0, 10),
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
  }));
type Day = typeof anyDay extends fc.Arbitrary<infer Value> ? Value : never;

const pad = (number: number) => String(number).padStart(2, '0');
const nameOf = ({ month }: Day) => fullNames[month - 1] ?? '';
const ordinalOf = (day: number) =>
  `${day}${['st', 'nd', 'rd'][(day % 10) - 1 + (day > 10 && day < 20 ? 9 : 0)] ?? 'th'}`;

const forms: Readonly<Record<string, (day: Day) => string>> = {
  'day first, two digits': ({ day, month, year }) => `${pad(day)}/${pad(month)}/${year}`,
  'day first, bare digits': ({ day, month, year }) => `${day}-${month}-${year}`,
  'day first, dots': ({ day, month, year }) => `${pad(day)}.${pad(month)}.${year}`,
  'day first, blanks': ({ day, month, year }) => `${pad(day)} / ${pad(month)} / ${year}`,
  'day first with a time': ({ day, month, year }) => `${day}/${month}/${year} 23:59:59`,
  'day first with half a day': ({ day, month, year }) => `${day}-${month}-${year} 11:59 PM`,
  ISO: ({ iso }) => iso,
  'ISO with a time': ({ iso }) => `${iso}T00:00:00.000Z`,
  'ISO with an offset': ({ iso }) => `${iso} 23:30:00+05:30`,
  'year first, slashes': ({ iso }) => iso.replaceAll('-', '/'),
  'year first, bare digits': ({ day, month, year }) => `${year}-${month}-${day}`,
  'an ordinal': (each) => `${ordinalOf(each.day)} ${nameOf(each)} ${each.year}`,
  'an ordinal of': (each) => `${ordinalOf(each.day)} of ${nameOf(each)}, ${each.year}`,
  'the month first': (each) => `${nameOf(each)} ${each.day}, ${each.year}`,
  'a short month': (each) => `${pad(each.day)}-${nameOf(each).slice(0, 3)}-${each.year}`,
  'a short month in capitals': (each) =>
    `${pad(each.day)}${nameOf(each).slice(0, 3).toUpperCase()}${each.year}`,
  'a short month with a dot': (each) => `${nameOf(each).slice(0, 3)}. ${each.day}, ${each.year}`,
  'a label': ({ day, month, year }) => `Date of Birth : ${day}/${month}/${year}`,
  'a label without a colon': ({ day, month, year }) => `DOB ${day}/${month}/${year}`,
  'a short label': ({ day, month, year }) => `Dt. ${day}/${month}/${year}`,
  'words of issue': ({ day, month, year }) => `Issued on ${day}-${month}-${year}`,
  'words of validity': (each) => `valid till ${ordinalOf(each.day)} ${nameOf(each)} ${each.year}`,
  'an article': (each) => `the ${ordinalOf(each.day)} of ${nameOf(each)} ${each.year}`,
  brackets: ({ day, month, year }) => `(${day}/${month}/${year})`,
  'bars of boxes': ({ day, month, year }) => `${pad(day)}|${pad(month)}|${year}`,
  'a backslash': ({ day, month, year }) => `${pad(day)}\\${pad(month)}\\${year}`,
  'ISO with an offset and its zone': ({ iso }) => `${iso} 00:00:00 +0000 UTC`,
};

/** Ways to print the same signs. */
const prints: Record<string, (text: string) => string> = {
  'as it is': (text) => text,
  'en dashes': (text) => text.replaceAll('-', '\u2013'),
  'joiners between the signs': (text) => [...text].join('\u200d'),
  'grapheme joiners between the signs': (text) => [...text].join('\u034f'),
  'direction marks around': (text) => `\u202a${text}\u202c`,
  'hard blanks': (text) => ` ${text} `.replaceAll(' ', '\u00a0'),
  'a point at the end': (text) => `${text}.`,
};
for (const [script, zero] of Object.entries(zeros)) {
  prints[`${script} digits`] = (text) =>
    text.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
}

for (const [form, write] of Object.entries(forms)) {
  test(`a date is read however it is printed: ${form}`, () => {
    fc.assert(
      fc.property(anyDay, fc.constantFrom(...Object.values(prints)), (day, print) => {
        assert.equal(toIsoDate(print(write(day))), day.iso);
      }),
    );
  });
}

test('a day that its month does not have is no date in any form', () => {
  const missing = [
    { year: 2023, month: 2, day: 29 },
    { year: 1900, month: 2, day: 29 },
    { year: 2021, month: 4, day: 31 },
    { year: 2021, month: 1, day: 32 },
    { year: 2021, month: 1, day: 0 },
  ];
  for (const each of missing) {
    const iso = `${each.year}-${pad(each.month)}-${pad(each.day)}`;
    for (const [form, write] of Object.entries(forms)) {
      assert.equal(toIsoDate(write({ ...each, iso })), null, `${form} ${iso}`);
    }
  }
});

test('a date that could be two, or none, is null', () => {
  for (const text of [
    '05/06/21',
    "6 May '21",
    '20210506',
    '06052021',
    '2021-126',
    '2021-W18-4',
    'May 2021',
    '05/2021',
    '05/13/2021',
    '2021-13-05',
    '06/05/2021 - 07/05/2021',
    '06/05/2021 07/05/2021',
    'DOB (MM/DD/YYYY): 05/06/2021',
    'DOB (YYYY-DD-MM): 2021-05-06',
    'Wednesday, 6 May 2021',
    'before 06/05/2021',
    'not valid till 06/05/2021',
    'valid 06/05/2021 till 06/05/2031',
    'only 06/05/2021',
    '(06/05/2021',
    'Dt 06/05/21',
    '06/05/2021 25:00',
    '2021-05-06T10:61:00Z',
    '06/05/0000',
    '106/05/2021',
    '06/05/20210',
    '6th Mayday 2021',
    '',
    ' ',
    '\u200b',
  ]) {
    assert.equal(toIsoDate(text), null, JSON.stringify(text));
  }
  assert.equal(toIsoDate(null), null);
});

test('months are read in Hindi, and weekdays where they are right', () => {
  assert.equal(toIsoDate('६ मई २०२१'), '2021-05-06');
  assert.equal(toIsoDate('जन्म तिथि: ६ सितम्बर २०२१'), '2021-09-06');
  assert.equal(toIsoDate('Thu, 06 May 2021 00:00:00 GMT'), '2021-05-06');
  const printed = 'Thu May 06 2021 00:00:00 GMT+0530 (India Standard Time)';
  assert.equal(toIsoDate(printed), '2021-05-06');
});

test('any text is read as a day of the calendar or as none', () => {
  const signs = fc.constantFrom(...'0123456789/-. T:MayJunth,६०\u2013\u200b');
  const texts = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: signs, maxLength: 24 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const date = toIsoDate(text);
      if (date !== null)
        assert.equal(new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10), date);
    }),
    { numRuns: 2_000 },
  );
});
