import assert from 'node:assert/strict';
import test from 'node:test';
import { openStillGateway, type StillGateway } from '../../support/schema/still-gateway.ts';

test('a date is read day before month, and not at all where it is none', async (t) => {
  const dates: Record<string, string | null> = {
    '14/09/1977': '1977-09-14',
    '05/06/2015': '2015-06-05',
    '5-6-2015': '2015-06-05',
    '05.06.2015': '2015-06-05',
    ' 29/02/2024 ': '2024-02-29',
    '2015-06-05': '2015-06-05',
    '2015-06-05T00:00:00Z': '2015-06-05',
    '5 Jun 2015': '2015-06-05',
    '05-JUN-2015': '2015-06-05',
    '5 September, 2015': '2015-09-05',
    '5 Sept 2015': '2015-09-05',
    '29/02/2023': null,
    '31/04/2015': null,
    '32/01/2015': null,
    '00/01/2015': null,
    '09/14/1977': null,
    '2015-13-01': null,
    '2015-06-31': null,
    '01/01/0000': null,
    '14/09/77': null,
    '5 Maybe 2015': null,
    '5 Jux 2015': null,
    'June 2015': null,
    '2015': null,
    nonsense: null,
  };
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow([]);
  gateway.answerExtracts(
    Object.keys(dates).map((value) => ({
      document_id: value,
      document_type: 'PAN',
      dob: { value },
    })),
  );
  const { data } = await gateway.ask(
    `query ($uuid: String!) {
      flow(uuid: $uuid) {
        documents { extraction { ... on PanExtraction { dateOfBirth { value date } } } }
      }
    }`,
    { uuid },
  );
  const read = data.flow.documents.map(
    ({ extraction }: { extraction: { dateOfBirth: unknown } }) => extraction.dateOfBirth,
  );
  assert.deepEqual(
    read,
    Object.entries(dates).map(([value, date]) => ({ value, date })),
  );
});

test('of an identifier all but the last four characters are crossed out, and half of a short one', async (t) => {
  const gateway = await openStillGateway(t);
  const values: Record<string, string> = {
    AAAPZ0000Q: 'XXXXXX000Q',
    'XX00 00000000094': 'XXXX XXXXXXX0094',
    'GJ-05 AB\n1234': 'XX-XX XX\n1234',
    '1234': 'XX34',
    '7': 'X',
  };
  for (const [value, masked] of Object.entries(values)) {
    const { panNumber } = await readPan(gateway, { pan_number: { value } }, 'panNumber { masked }');
    assert.deepEqual(panNumber, { masked });
  }
});

test('an Aadhaar number never comes in full, wherever and however Atlas writes it', async (t) => {
  // Each time Atlas says something else of the one finished flow.
  const gateway = await openStillGateway(t, { env: { PII_CACHE_SECONDS: '0' } });
  const uuid = await gateway.finishedFlow(['aadhaar-unmasked.jpg']);
  const everything = `extraction {
    fields { name value isMasked }
    ... on AadhaarExtraction {
      aadhaarNumber { masked lastFour }
      name { value }
    }
  }`;
  const whole = await gateway.askDocument(uuid, 'aadhaar-unmasked.jpg', everything);
  const { aadhaarNumber, fields } = whole.data.flow.document.extraction;
  assert.deepEqual(aadhaarNumber, { masked: 'XXXX XXXX 0094', lastFour: '0094' });
  assert.doesNotMatch(JSON.stringify(whole), /0000000000?94/);
  assert.deepEqual(
    fields.filter(({ isMasked }: { isMasked: boolean }) => isMasked),
    [{ name: 'aadhaar_number', value: 'XXXX XXXX 0094', isMasked: true }],
  );

  // 2345 6789 0124 ends in its check digit and belongs to nobody.
  for (const number of ['234567890124', 234567890124, '2345 6789 0124', '2345-6789-0124']) {
    gateway.answerExtracts(
      [
        {
          document_id: 'doc-1',
          document_type: 'AADHAAR',
          aadhaar_number: { value: number },
          name: { value: `SAMPLE ${number}` },
          remark: { value: { lines: [number] } },
        },
      ],
      [
        {
          field: 'aadhaar_number',
          value_1: number,
          value_2: `no. ${number}`,
          similarity_score: 100,
        },
      ],
    );
    const answer = await gateway.ask(
      `query ($uuid: String!) {
        flow(uuid: $uuid) {
          documents { ${everything} }
          crossChecks { left { value } right { value } }
        }
      }`,
      { uuid },
    );
    assert.equal(answer.errors, undefined);
    assert.doesNotMatch(JSON.stringify(answer), /2345\D{0,3}6789/, String(number));
    const [document] = answer.data.flow.documents;
    assert.equal(document.extraction.aadhaarNumber.masked, 'XXXX XXXX 0124');
    assert.equal(document.extraction.name.value, 'SAMPLE XXXX XXXX 0124');
  }
});

test('beside an Aadhaar number stands the link to its redacted image, as Atlas gave it', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow([]);
  const redact_url = 'https://files.example/redacted/1.jpg?X-Sig=a%2Fb&X-Date=20260115';
  gateway.answerExtracts([
    {
      document_id: 'doc-1',
      document_type: 'AADHAAR',
      aadhaar_number: { value: '**** **** 0094', confidence_score: 0.99, redact_url },
    },
  ]);
  const { data } = await gateway.askDocument(
    uuid,
    'doc-1',
    'extraction { ... on AadhaarExtraction { aadhaarNumber { redactedImageUrl confidence } } }',
  );
  assert.deepEqual(data.flow.document.extraction.aadhaarNumber, {
    redactedImageUrl: redact_url,
    confidence: 0.99,
  });
});

test('an Aadhaar number that could not be read is crosses only, and its image no link but http', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow([]);
  for (const redact_url of [
    'javascript:alert(1)',
    'data:image/png;base64,AA==',
    'nonsense',
    'https://a b',
    7,
  ]) {
    gateway.answerExtracts([
      {
        document_id: 'doc-1',
        document_type: 'AADHAAR',
        aadhaar_number: { value: null, redact_url },
      },
    ]);
    const { data } = await gateway.askDocument(
      uuid,
      'doc-1',
      `extraction {
        fields { isMasked }
        ... on AadhaarExtraction { aadhaarNumber { masked lastFour redactedImageUrl confidence } }
      }`,
    );
    assert.deepEqual(data.flow.document.extraction, {
      fields: [{ isMasked: false }],
      aadhaarNumber: {
        masked: 'XXXX XXXX XXXX',
        lastFour: null,
        redactedImageUrl: null,
        confidence: null,
      },
    });
  }
});

test('a formatted address is read with and without its wrapper, and from its own address only', async (t) => {
  // Each time Atlas says something else of the one finished flow.
  const gateway = await openStillGateway(t, { env: { PII_CACHE_SECONDS: '0' } });
  const uuid = await gateway.finishedFlow([]);
  const parts = { address_line_1: '1 SAMPLE ROAD', city: 'TESTPUR', postcode: 1, state: null };
  const cases: [unknown, unknown][] = [
    [{ value: parts, confidence_score: 0.9 }, 'parts'],
    [parts, 'parts'],
    [{ value: null }, null],
    ['1 SAMPLE ROAD', null],
    [undefined, null],
  ];
  for (const [formatted_address, expected] of cases) {
    gateway.answerExtracts([
      {
        document_id: 'doc-1',
        document_type: 'AADHAAR',
        address: { value: '1 SAMPLE ROAD, TESTPUR' },
        formatted_address,
      },
    ]);
    const { data } = await gateway.askDocument(
      uuid,
      'doc-1',
      `extraction {
        ... on AadhaarExtraction {
          address { value formatted { addressLine1 addressLine2 city state postcode } }
        }
      }`,
    );
    assert.deepEqual(data.flow.document.extraction.address, {
      value: '1 SAMPLE ROAD, TESTPUR',
      formatted:
        expected === null
          ? null
          : {
              addressLine1: '1 SAMPLE ROAD',
              addressLine2: null,
              city: 'TESTPUR',
              state: null,
              postcode: '1',
            },
    });
  }
});

test('a value that is no text comes as text, and a confidence that is none not at all', async (t) => {
  const gateway = await openStillGateway(t);
  const values: [unknown, string | null][] = [
    [7, '7'],
    [false, 'false'],
    [['A', 'B'], '["A","B"]'],
    [{ first: 'A' }, '{"first":"A"}'],
  ];
  for (const [value, text] of values) {
    for (const confidence_score of [1.2, -1, 'high', null, undefined]) {
      const { name } = await readPan(
        gateway,
        { name_as_per_pan: { value, confidence_score } },
        'name { value confidence }',
      );
      assert.deepEqual(name, { value: text, confidence: null });
    }
  }
});

async function readPan(gateway: StillGateway, fields: object, selection: string) {
  const uuid = await gateway.finishedFlow([]);
  gateway.answerExtracts([{ document_id: 'doc-1', document_type: 'PAN', ...fields }]);
  const { data } = await gateway.askDocument(
    uuid,
    'doc-1',
    `extraction { ... on PanExtraction { ${selection} } }`,
  );
  return data.flow.document.extraction;
}
