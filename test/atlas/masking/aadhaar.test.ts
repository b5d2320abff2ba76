import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lastFourOf, maskAadhaar, maskAadhaarIn } from '../../../src/atlas/masking/aadhaar.ts';
import { isAadhaarName } from '../../../src/atlas/masking/aadhaar-names.ts';
import { findDigitGroups } from '../../../src/atlas/masking/digit-groups.ts';
import { maskAadhaarDeep } from '../../../src/atlas/masking/masked-answer.ts';
import { parseMasked } from '../../../src/atlas/masking/masked-json.ts';
import { isVerhoeffValid } from '../../../src/atlas/masking/verhoeff.ts';
import { answers, checkDigitOf, partsOf, texts } from '../../support/atlas/aadhaar-texts.ts';
import { propertyRuns } from '../../support/property-runs.ts';

/** A number by its form: only such are masked. */
const number = `23412341234${checkDigitOf('23412341234')}`;
const spaced = number.replace(/(\d{4})(?=\d)/g, '$1 ');
const lastFour = number.slice(-4);
const masked = `XXXX XXXX ${lastFour}`;
const invalid = `${number.slice(0, 11)}${(Number(number[11]) + 1) % 10}`;

for (const [digits, isValid] of [
  ['2363', true],
  ['123451', true],
  ['1428570', true],
  ['84736430954837284567892', true],
  ['0', true],
  ['2364', false],
  ['123450', false],
  ['1428507', false],
  ['84736430954837284567893', false],
] as const) {
  test(`${digits} ${isValid ? 'ends' : 'does not end'} in its check digit`, () => {
    assert.equal(isVerhoeffValid(digits), isValid);
  });
}

test('the check finds every single wrong digit and every swap of neighbours', () => {
  for (let place = 0; place < number.length; place += 1) {
    for (const digit of '0123456789') {
      const wrong = number.slice(0, place) + digit + number.slice(place + 1);
      assert.equal(isVerhoeffValid(wrong), digit === number[place]);
    }
    const [one, other] = [number[place], number[place + 1]];
    if (other === undefined || one === other) continue;
    const swapped = number.slice(0, place) + other + one + number.slice(place + 2);
    assert.equal(isVerhoeffValid(swapped), false);
  }
});

for (const gap of [
  '',
  ' ',
  '-',
  '.',
  '  ',
  ' - ',
  '\u00a0',
  '\u2009',
  '\t',
  '\n',
  '\r\n',
  '–',
  '‑',
]) {
  test(`a number whose groups are parted by ${JSON.stringify(gap)} is masked`, () => {
    const written = spaced.replaceAll(' ', gap);
    assert.equal(maskAadhaarIn(written), masked);
    assert.equal(maskAadhaarIn(`No. ${written}, issued.`), `No. ${masked}, issued.`);
  });
}

for (const gap of [
  '/',
  ',',
  '_',
  ':',
  '|',
  '\u00b7',
  '\u2022',
  ' / ',
  '\u00ad',
  '\u200b ',
  '    ',
]) {
  test(`a number whose fours are parted by ${JSON.stringify(gap)} is masked`, () => {
    assert.equal(maskAadhaarIn(spaced.replaceAll(' ', gap)), masked);
  });
}

for (const zero of [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0be6, 0x0d66, 0xff10]) {
  const written = [...number].map((digit) => String.fromCharCode(zero + Number(digit))).join('');
  test(`a number written as ${written} is masked`, () => {
    assert.equal(maskAadhaarIn(`No. ${written}`), `No. ${masked}`);
    assert.deepEqual(parseMasked(JSON.stringify([written])), [masked]);
  });
}

test('signs that are no gap of a number part it, unless it is in fours', () => {
  const [one, two, three] = [number.slice(0, 2), number.slice(2, 7), number.slice(7)];
  assert.equal(maskAadhaarIn(`${one}/${two}/${three}`), `${one}/${two}/${three}`);
});

for (const written of [
  [...number].join(' '),
  `${number.slice(0, 6)} ${number.slice(6)}`,
  `${number.slice(0, 3)}-${number.slice(3, 8)}-${number.slice(8)}`,
]) {
  test(`a number written as ${written} is masked`, () => {
    assert.equal(maskAadhaarIn(written), masked);
  });
}

const boxed = (write: (digit: string) => string) => [...number].map(write).join('');
const drawn = (zero: number, one: number) => (digit: string) =>
  String.fromCodePoint(digit === '0' ? zero : one + Number(digit) - 1);
const [one, two, three] = spaced.split(' ');

for (const [how, written] of [
  ['in digits of a circle', boxed(drawn(0x24ea, 0x2460))],
  ['in digits of a black circle', boxed(drawn(0x24ff, 0x2776))],
  ['in digits of a double circle', boxed(drawn(0x24ea, 0x24f5))],
  ['in raised digits', boxed((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'.charAt(Number(digit)))],
  ['in cells of a table', boxed((digit) => `<td>${digit}</td>`)],
  ['in cells with attributes', boxed((digit) => `<td class="c1" width=10>${digit}</td>\n`)],
  [
    'in words that were found on a page',
    [one, two, three]
      .map((part) => `<span id='w_1' title='bbox 10 20 30 40; x_wconf 96'>${part}</span>`)
      .join(' '),
  ],
  ['around breaks', `${one}<br/>${two}<BR />${three}`],
  ['around comments', `${one}<!-- 1 -->${two}<!--2-->${three}`],
  ['around entities that few know', `${one}&emsp13;${two}&ZeroWidthSpace;${three}`],
  ['around entities without an end', `${one}&nbsp${two}&nbsp${three}`],
  ['around a long line', `${one}----------${two} . . . . ${three}`],
  ['in escapes', boxed((digit) => `\\u003${digit}`)],
  ['in short escapes', boxed((digit) => `\\x3${digit}`)],
  ['with an exponent', `${number[0]}.${number.slice(1)}E+11`],
  ['in eight and four', `${one}${two}/${three}`],
] as const) {
  test(`a number written ${how} is masked`, () => {
    const shown = maskAadhaarIn(`No. ${written}`);
    assert.ok(shown.startsWith('No. ') && shown.includes('XXXX XXXX '), shown);
    assert.equal(
      findDigitGroups(shown).reduce((sum, { digits }) => sum + digits.length, 0),
      4,
    );
  });
}

test('a number within a tag is masked, and one beside it', () => {
  assert.equal(maskAadhaarIn(`<qr uid="${number}"/>`), `<qr uid="${masked}"/>`);
  assert.equal(maskAadhaarIn(`<i a=${number}>${spaced}</i>`), `<i a=${masked}>${masked}</i>`);
});

test('years, amounts and telephone numbers are left alone, though its check digit fits', () => {
  const years = (first: number) =>
    Array.from({ length: 10 }, (_, last) => `${first} 1994 201${last}`);
  const amounts = Array.from({ length: 10 }, (_, last) => `2500/- 3${last}00/- 4500/-`);
  const phones = Array.from({ length: 10 }, (_, last) => `+9198 1004 178${last}`);
  for (const text of [...years(2023), ...amounts, ...phones]) {
    assert.equal(maskAadhaarIn(text), text);
  }
});

test('digits beside a number do not hide it', () => {
  assert.equal(maskAadhaarIn(`HOUSE 12 ${number}`), `HOUSE 12 ${masked}`);
  assert.equal(maskAadhaarIn(`${spaced} 000001`), `${masked} 000001`);
  assert.equal(maskAadhaarIn(`7. ${spaced}. 8`), `7. ${masked}. 8`);
  assert.equal(maskAadhaarIn(`${number} ${number}`), `${masked} ${masked}`);
});

test('letters beside a number do not hide it', () => {
  assert.equal(maskAadhaarIn(`UID${number}X`), `UID${masked}X`);
});

test('a number inside a longer one is not one', () => {
  assert.equal(maskAadhaarIn(`9${number}`), `9${number}`);
  assert.equal(maskAadhaarIn(`${number}9`), `${number}9`);
});

test('twelve digits that fail the check stay in free text', () => {
  assert.equal(maskAadhaarIn(`Account ${invalid}`), `Account ${invalid}`);
});

test('other numbers stay', () => {
  for (const text of [
    '98765 43210',
    '15/01/2026',
    '000001',
    'BATCH-10482-QWERT-20260115093000',
    '1 SAMPLE ROAD, TESTPUR, 000001',
    '',
  ]) {
    assert.equal(maskAadhaarIn(text), text);
  }
});

for (const written of ['9111111111111111', '9111 1111 1111 1111', '9111-1111-1111-1111']) {
  test(`a VID written as ${written} is masked`, () => {
    assert.equal(maskAadhaarIn(`VID : ${written}`), 'VID : XXXX XXXX 1111');
  });
}

test('digits in uneven groups make no VID', () => {
  assert.equal(maskAadhaarIn('98765 43210 98765 4'), '98765 43210 98765 4');
});

test('a masked number shows at most four digits', () => {
  assert.equal(maskAadhaar(number), masked);
  assert.equal(maskAadhaar(`**** **** ${lastFour}`), masked);
  assert.equal(maskAadhaar('xxxxxxxx1'), 'XXXX XXXX XXXX');
  assert.equal(maskAadhaar(''), 'XXXX XXXX XXXX');
  assert.equal(lastFourOf(`${spaced} .`), lastFour);
  assert.equal(lastFourOf('none'), null);
});

for (const name of ['aadhaar_number', 'aadhaarNumber', 'AADHAAR_NO', 'aadhar_number', 'aadhaar']) {
  test(`a field called ${name} is masked whatever its digits`, () => {
    const answer = { [name]: { value: invalid, confidence_score: 0.4 }, bare: { [name]: invalid } };
    assert.deepEqual(maskAadhaarDeep(answer), {
      [name]: { value: maskAadhaar(invalid), confidence_score: 0.4 },
      bare: { [name]: maskAadhaar(invalid) },
    });
    const unquoted = { [name]: Number(invalid) };
    assert.deepEqual(maskAadhaarDeep(unquoted), { [name]: maskAadhaar(invalid) });
  });
}

test('a text that only mentions an Aadhaar number is not masked', () => {
  for (const name of [
    'name_as_per_aadhaar',
    'aadhaar_notes',
    'aadhaar_number_verified',
    'radar_no',
  ]) {
    assert.equal(isAadhaarName(name), false, name);
  }
  const answer = { aadhaar_number: { value: '', redact_url: 'https://bucket.example/r.jpg?s=1' } };
  assert.deepEqual(maskAadhaarDeep(structuredClone(answer)), answer);
});

test('a number is masked wherever it stands in an answer', () => {
  const answer = {
    ocr_data: [{ file_data: { address: { value: `C/O ${spaced}` } }, notes: [[number]] }],
    flow_params: {
      uid: Number(number),
      back: -Number(number),
      half: Number(number) + 0.5,
      share: Number(number) / 1e12,
    },
    [number]: true,
  };
  assert.deepEqual(maskAadhaarDeep(answer), {
    ocr_data: [{ file_data: { address: { value: `C/O ${masked}` } }, notes: [[masked]] }],
    flow_params: { uid: masked, back: `-${masked}`, half: masked, share: Number(number) / 1e12 },
    [masked]: true,
  });
});

test('a number that is no Aadhaar stays a number', () => {
  const answer = [Number(invalid), 3600, 0.97, 1e21, Number.MAX_SAFE_INTEGER * 4, true, null];
  assert.deepEqual(maskAadhaarDeep([...answer]), answer);
});

test('a VID without quotes is masked', () => {
  assert.equal(maskAadhaarDeep(8111111111111111), 'XXXX XXXX 1111');
});

test('ids by which answers are matched are left alone', () => {
  for (const name of [
    ...['access_token', 'refresh_token', 'flow_uuid', 'flow_id', 'session_id'],
    ...['batch_id', 'document_id', 'file_uuid', 'application_id'],
  ]) {
    const answer = { [name]: number, inside: [{ [name]: Number(number) }, { [name]: spaced }] };
    assert.deepEqual(maskAadhaarDeep(structuredClone(answer)), answer);
  }
});

function textsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [String(value)];
  return Object.entries(value).flatMap(([name, entry]) => [name, ...textsIn(entry)]);
}

/** The numbers that were written into a text and can still be read in what is shown of it. */
function numbersLeft(given: string, shown: string): string[] {
  return partsOf(given).filter((part) => shown.includes(part));
}

test('no number survives in any text, and masking twice is masking once', () => {
  fc.assert(
    fc.property(texts, (given) => {
      const shown = maskAadhaarIn(given);
      assert.deepEqual(numbersLeft(given, shown), []);
      assert.equal(maskAadhaarIn(shown), shown);
    }),
    { numRuns: propertyRuns(2_000) },
  );
});

test('no number survives in any answer', () => {
  fc.assert(
    fc.property(answers, (given) => {
      const shown = maskAadhaarDeep(JSON.parse(JSON.stringify(given)));
      const all = textsIn(shown).join('\n');
      assert.deepEqual(
        textsIn(given).flatMap((text) => numbersLeft(text, all)),
        [],
      );
    }),
    { numRuns: 1_000 },
  );
});

test('a text without twelve digits is given back as it is', () => {
  fc.assert(
    fc.property(fc.string(), (given) => {
      fc.pre((given.match(/\d/g) ?? []).length < 12);
      assert.equal(maskAadhaarIn(given), given);
    }),
  );
});

test('a text of very many digits is masked to its end', () => {
  const long = `${number} `.repeat(100_000);
  assert.deepEqual(new Set(maskAadhaarIn(long).trim().split(`${masked} `)), new Set(['', masked]));
  const endless = '1'.repeat(2_000_000);
  assert.equal(maskAadhaarIn(endless), endless);
});
