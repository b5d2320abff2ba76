import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doAtOnce } from '../../../src/atlas/json/work.ts';
import { aadhaarMeaningOf } from '../../../src/atlas/masking/aadhaar-names.ts';
import { maskAadhaarDeep } from '../../../src/atlas/masking/masked-answer.ts';
import { parseMasked, parseMaskedInSteps } from '../../../src/atlas/masking/masked-json.ts';

const number = '234567890124';
const parts = ['2345', '6789', '0124'];
const shown = ['XXXX', 'XXXX', '0124'];
const field = (value: unknown) => ({ value, confidence_score: 0.9 });

const parted: readonly [how: string, given: unknown, masked: unknown][] = [
  ['the entries of a list', parts, shown],
  [
    'the members of an object',
    { a: '2345', b: '6789', c: '0124' },
    { a: 'XXXX', b: 'XXXX', c: '0124' },
  ],
  [
    'fields in their envelopes',
    {
      name: field('TEST'),
      a: field('2345'),
      b: field('6789'),
      c: field('0124'),
      d: field('411001'),
    },
    {
      name: field('TEST'),
      a: field('XXXX'),
      b: field('XXXX'),
      c: field('0124'),
      d: field('411001'),
    },
  ],
  ['lists of one entry', parts.map((part) => [part]), shown.map((part) => [part])],
  [
    'named values',
    parts.map((value, at) => ({ name: `p${at}`, value })),
    shown.map((value, at) => ({ name: `p${at}`, value })),
  ],
  [
    'a column',
    parts.map((text, x) => ({ text, x, y: 1 })),
    shown.map((text, x) => ({ text, x, y: 1 })),
  ],
  [
    'a column with a link and a text among it',
    [
      { text: '2345', x: 1 },
      { text: 'https://h/7', x: 1 },
      { text: 'ROAD', x: 1 },
    ]
      .concat([{ text: '6789', x: 1 }])
      .concat([{ text: '0124', x: 1 }]),
    [
      { text: 'XXXX', x: 1 },
      { text: 'https://h/7', x: 1 },
      { text: 'ROAD', x: 1 },
    ]
      .concat([{ text: 'XXXX', x: 1 }])
      .concat([{ text: '0124', x: 1 }]),
  ],
  [
    'a column of single digits behind another number',
    ['02', ...number].map((text) => ({ text, of: 'x' })),
    ['02', ...'XXXXXXXX0124'].map((text) => ({ text, of: 'x' })),
  ],
  [
    'a column of single digits with a zero in front',
    [`0${number[0]}`, ...number.slice(1)].map((text) => ({ text, of: 'x' })),
    ['XX', ...'XXXXXXX0124'].map((text) => ({ text, of: 'x' })),
  ],
  ['whole numbers that fit', [2345, 6789, '0124'], ['XXXX', 'XXXX', '0124']],
  ['entries with words around', ['UID: 2345', '6789', '0124 ok'], ['UID: XXXX', 'XXXX', '0124 ok']],
  [
    'rows of a table',
    [
      ['2', '3', '4', '5'],
      [6, 7, 8, 9],
      ['0', '1', '2', '4'],
    ],
    [
      ['X', 'X', 'X', 'X'],
      ['X', 'X', 'X', 'X'],
      ['0', '1', '2', '4'],
    ],
  ],
  [
    'objects in each other',
    { a: '2345', b: { c: '6789', d: { e: '0124', f: '' } } },
    { a: 'XXXX', b: { c: 'XXXX', d: { e: '0124', f: '' } } },
  ],
  [
    'a text that is JSON',
    JSON.stringify({ a: '2345', b: parts.slice(1) }),
    '{"a":"XXXX","b":["XXXX","0124"]}',
  ],
  ['two entries', ['2345 6789', '0124'], ['XXXX XXXX', '0124']],
  ['eight digits and four', ['23456789', '0124'], ['XXXXXXXX', '0124']],
  ['digits of their own', [...number], [...'XXXXXXXX', '0', '1', '2', '4']],
  [
    'entries with empty ones',
    ['2345', '', null, '6789', '0124'],
    ['XXXX', '', null, 'XXXX', '0124'],
  ],
  [
    'a list that is named for it',
    { aadhaar: ['2345', '6789', '0125'] },
    { aadhaar: ['XXXX XXXX XXXX', 'XXXX XXXX XXXX', 'XXXX XXXX 0125'] },
  ],
];

for (const [how, given, masked] of parted) {
  test(`a number parted over ${how} is crossed out but for its last four digits`, () => {
    assert.deepEqual(maskAadhaarDeep(structuredClone(given)), masked);
    const within = { ocr_data: [{ file_data: { lines: given } }] };
    assert.deepEqual(maskAadhaarDeep(structuredClone(within)), {
      ocr_data: [{ file_data: { lines: masked } }],
    });
  });
}

test('the link beside a masked number is no part of it', () => {
  const redact_url = 'https://files.example/redacted/1.jpg?X-Sig=a%2Fb&X-Date=20260115';
  const aadhaar_number = { ...field('**** **** 0094'), redact_url };
  assert.deepEqual(maskAadhaarDeep({ aadhaar_number }), {
    aadhaar_number: { ...field('XXXX XXXX 0094'), redact_url },
  });
});

test('lists that hold no number stay', () => {
  for (const given of [
    [2345, 6789, 1240, 9999],
    [2345, 6789, 1250],
    ['1345', '6789', '0124'],
    ['13/01/1990', '01/02/2030'],
    { dob: '13/01/1990', valid_till: '01/02/2030', pin: '411001' },
    { document_id: '2345', a: '6789', b: '0124' },
    ['2345', 'ROAD', '6789', '0124'],
    Array.from({ length: 40 }, (_, at) => ({ amount: 2345 + 117 * at, day: at })),
  ]) {
    assert.deepEqual(maskAadhaarDeep(structuredClone(given)), given);
  }
});

for (const name of [
  ...['uid', 'UID', 'uidai', 'UID_NO', 'uidNumber', 'vid', 'VID', 'virtual_id', 'virtualId', 'eid'],
  ...['aadhaar', 'aadhaarNumber', 'AADHAAR_NO', 'aadhar_number', 'adhar_no', 'aadhaarcardno'],
  ...['aadhaar_card_number', 'Aadhaar No.', 'UID No', 'enrolment_id', 'father_uid', 'आधार संख्या'],
]) {
  test(`a field called ${name} is masked whatever its check digit says`, () => {
    for (const value of [
      '111111111111',
      '999999999999',
      '9999 9999 9999',
      '12345678',
      999999999999,
    ]) {
      const last = String(value).slice(-4);
      assert.deepEqual(maskAadhaarDeep({ [name]: value }), { [name]: `XXXX XXXX ${last}` });
      assert.deepEqual(maskAadhaarDeep({ [name]: field(value) }), {
        [name]: field(`XXXX XXXX ${last}`),
      });
      assert.deepEqual(maskAadhaarDeep([{ name, value }]), [{ name, value: `XXXX XXXX ${last}` }]);
    }
  });
}

const other = '987654321011';
const named: readonly (readonly [how: string, given: unknown, masked: unknown])[] = [
  [
    'a list within the field',
    { uid: { digits: [...other] } },
    { uid: { digits: [...'XXXXXXXX1011'] } },
  ],
  [
    'members within the field',
    { uid: { parts: { a: '9876', b: '5432', c: '1011' } } },
    { uid: { parts: { a: 'XXXX', b: 'XXXX', c: '1011' } } },
  ],
  ['a text of JSON', { raw: `{"uid":"${other}"}` }, { raw: '{"uid":"XXXX XXXX 1011"}' }],
  ['the cell beside', [['Aadhaar No.', other]], [['Aadhaar No.', 'XXXX XXXX 1011']]],
  [
    'the value of a title',
    [{ title: 'UID', value: other }],
    [{ title: 'UID', value: 'XXXX XXXX 1011' }],
  ],
  [
    'the number of a proof',
    { idProofType: 'AADHAAR', idProofNumber: other },
    { idProofType: 'AADHAAR', idProofNumber: 'XXXX XXXX 1011' },
  ],
  ['the query of a link', { link: `https://h.example/?uid=${other}` }, { link: null }],
  ['a link', { uid: `https://h.example/${other}.jpg` }, { uid: null }],
  ...['আধার নম্বর', 'ஆதார்', 'ఆధార్ సంఖ్య', 'ಆಧಾರ್', 'આધાર', 'ਆਧਾਰ', 'ആധാർ', 'ଆଧାର', 'ｕｉｄ'].map(
    (name) => [`the field ${name}`, { [name]: '7654321' }, { [name]: 'XXXX XXXX 4321' }] as const,
  ),
];
for (const [how, given, masked] of named) {
  test(`a value with the name of a number is masked whatever its check digit says: ${how}`, () => {
    assert.deepEqual(parseMasked(JSON.stringify(given)), masked);
    assert.deepEqual(doAtOnce(parseMaskedInSteps(JSON.stringify(given))), masked);
  });
}

test('a number in the percent escapes of a text is masked', () => {
  assert.equal(maskAadhaarDeep('files/2345%206789%200124.jpg'), 'files/XXXX XXXX 0124.jpg');
  assert.equal(maskAadhaarDeep('5%2345 6789 0124'), '5%XXXX XXXX 0124');
  assert.equal(maskAadhaarDeep(`${number} and 2345%206789%200124`), null);
  assert.equal(maskAadhaarDeep('10% of 411001%20411002'), '10% of 411001%20411002');
});

test('a text of JSON without a number stays as it is', () => {
  const text = '{ "amount": 12345678901234567890,  "date": "13/01/1990" }';
  assert.equal(maskAadhaarDeep(text), text);
});

test('a field that speaks of an Aadhaar is masked by the form of a number alone', () => {
  for (const name of ['aadhaar_notes', 'name_as_per_aadhaar', 'aadhaar_linked_mobile']) {
    assert.equal(aadhaarMeaningOf(name), 'about', name);
    assert.deepEqual(maskAadhaarDeep({ [name]: 'ref 1234 5678 9012, TEST PERSON, 411001' }), {
      [name]: 'ref XXXX XXXX 9012, TEST PERSON, 411001',
    });
  }
});

test('other names say nothing of a number', () => {
  for (const name of [
    'uuid',
    'flow_uuid',
    'file_uid',
    'fluid',
    'video',
    'evidence',
    'radar_no',
    'id',
  ]) {
    assert.equal(aadhaarMeaningOf(name), null, name);
  }
});

const links = [
  `https://bucket.example/${number}.jpg`,
  `https://bucket.example/a?uid=${number}`,
  'https://bucket.example/2345-6789-0124/card.png',
  'https://bucket.example/2345/6789/0124',
  'https://bucket.example/2345%206789%200124.jpg',
  'https://bucket.example/2345%25206789%25200124.jpg',
  `https://bucket.example/%32%33%34%35${number.slice(4)}`,
  'https://bucket.example/?a=2345&b=6789&c=0124',
  `https://bucket.example/#${number}`,
  `https://${number}.bucket.example/`,
  `s3://bucket/${number}`,
];
for (const link of links) {
  test(`the link ${link} is null`, () => {
    assert.deepEqual(maskAadhaarDeep({ redact_url: link, file: link, many: [link] }), {
      redact_url: null,
      file: null,
      many: [null],
    });
  });
}

test('a link without a number stays as it is', () => {
  const hex = '0123456789abcdef'.repeat(4);
  for (const link of [
    `https://bucket.s3.example/9a0c4f1d-2345-4678-9012-444455556666?X-Amz-Date=20260115T093000Z&X-Amz-Expires=3600&X-Amz-Signature=${hex}`,
    'https://bucket.example/redacted.jpg?Expires=1767225600&Signature=a~b&Key-Pair-Id=APKA2345',
    'https://bucket.example/2026/01/15/1006.00-2006.00.jpg',
  ]) {
    assert.deepEqual(maskAadhaarDeep({ redact_url: link, other: link }), {
      redact_url: link,
      other: link,
    });
  }
});
