import assert from 'node:assert/strict';
import test from 'node:test';
import { documentTypes } from '../../../src/atlas/api/document-types.ts';
import { createSchema } from '../../../src/schema/index.ts';
import { openStillGateway } from '../../support/schema/still-gateway.ts';

/** A file, its extraction type, what is asked of that, and the values of the sandbox's applicant. */
const papers: readonly [string, string, string, Record<string, unknown>][] = [
  [
    'aadhaar.jpg',
    'AadhaarExtraction',
    'name { value } dateOfBirth { value date } address { value formatted { addressLine1 addressLine2 city state postcode } } aadhaarNumber { masked lastFour }',
    {
      name: { value: 'TEST PERSON NINE FOUR' },
      dateOfBirth: { value: '14/09/1977', date: '1977-09-14' },
      address: {
        value: '95 SAMPLE ROAD, TESTPUR, 000094',
        formatted: {
          addressLine1: '95 SAMPLE ROAD',
          addressLine2: '',
          city: 'TESTPUR',
          state: 'SAMPLE STATE',
          postcode: '000094',
        },
      },
      aadhaarNumber: { masked: 'XXXX XXXX 0094', lastFour: '0094' },
    },
  ],
  [
    'pan.jpg',
    'PanExtraction',
    'name { value } dateOfBirth { date } fatherName { value } panNumber { value masked } documentQualityFlag { value }',
    {
      name: { value: 'TEST K PERSON NINE FOUR' },
      dateOfBirth: { date: '1977-09-14' },
      fatherName: { value: 'SAMPLE PARENT NINE FOUR' },
      panNumber: { value: 'AAAPZ0000Q', masked: 'XXXXXX000Q' },
      documentQualityFlag: { value: 'original' },
    },
  ],
  [
    'driving-license.jpg',
    'DrivingLicenseExtraction',
    'name { value } dateOfBirth { date } licenseNumber { value masked } dateOfIssue { date } dateOfExpiry { date } state { value }',
    {
      name: { value: 'TEST PERSON NINE FOUR' },
      dateOfBirth: { date: '1977-09-14' },
      licenseNumber: { value: 'XX00 00000000094', masked: 'XXXX XXXXXXX0094' },
      dateOfIssue: { date: '2015-06-05' },
      dateOfExpiry: { date: '2035-06-04' },
      state: { value: 'SAMPLE STATE' },
    },
  ],
  [
    'voter-id.jpg',
    'VoterIdExtraction',
    'name { value } dateOfBirth { date } voterId { value masked } gender { value }',
    {
      name: { value: 'TEST PERSON NINE FOUR' },
      dateOfBirth: { date: '1977-09-14' },
      voterId: { value: 'XXX0000094', masked: 'XXXXXX0094' },
      gender: { value: 'MALE' },
    },
  ],
  [
    'passport.jpg',
    'PassportExtraction',
    'name { value } dateOfBirth { date } passportNumber { value masked } placeOfBirth { value } gender { value } dateOfIssue { date } dateOfExpiry { date } placeOfIssue { value }',
    {
      name: { value: 'TEST PERSON NINE FOUR' },
      dateOfBirth: { date: '1977-09-14' },
      passportNumber: { value: 'X0000094', masked: 'XXXX0094' },
      placeOfBirth: { value: 'TESTPUR' },
      gender: { value: 'MALE' },
      dateOfIssue: { date: '2015-06-05' },
      dateOfExpiry: { date: '2035-06-04' },
      placeOfIssue: { value: 'TESTPUR' },
    },
  ],
  [
    'gst-cert.pdf',
    'GstCertificateExtraction',
    'gstNumber { value masked } legalName { value } address { value formatted { postcode } } dateOfIssue { date } constitutionOfBusiness { value }',
    {
      gstNumber: { value: '00AAAPZ0000Q0Z0', masked: 'XXXXXXXXXXXQ0Z0' },
      legalName: { value: 'SAMPLE TRADERS NINE FOUR' },
      address: {
        value: 'SHOP 95, EXAMPLE MARKET, TESTPUR, 000194',
        formatted: { postcode: '000194' },
      },
      dateOfIssue: { date: '2015-06-05' },
      constitutionOfBusiness: { value: 'PROPRIETORSHIP' },
    },
  ],
  [
    'invoice.pdf',
    'InvoiceExtraction',
    'customerName { value } dealerAddress { value formatted { city } }',
    {
      customerName: { value: 'TEST PERSON NINE FOUR' },
      dealerAddress: { value: 'SHOP 95, EXAMPLE MKT, TESTPUR, 000194', formatted: null },
    },
  ],
  [
    'delivery-order.pdf',
    'DeliveryOrderExtraction',
    'customerName { value } dealerAddress { value }',
    {
      customerName: { value: 'TEST PERSON NINE FOUR' },
      dealerAddress: { value: 'SHOP 95, EXAMPLE MARKET, TESTPUR, 000194' },
    },
  ],
];

for (const [fileName, type, selection, expected] of papers) {
  test(`the text on ${fileName} is a ${type}, field by field`, async (t) => {
    const gateway = await openStillGateway(t);
    const uuid = await gateway.finishedFlow([fileName]);
    const { data, errors } = await gateway.askDocument(
      uuid,
      fileName,
      `extraction { __typename ... on ${type} { ${selection} } }`,
    );
    assert.equal(errors, undefined);
    assert.deepEqual(data.flow.document.extraction, { __typename: type, ...expected });
  });
}

test('every extraction type of the graph is one of these, or the one for the rest', () => {
  const types = Object.values(createSchema().getTypeMap()).map(({ name }) => name);
  assert.deepEqual(
    types.filter((name) => /.Extraction$/.test(name) && name !== 'IdentityExtraction').toSorted(),
    [...papers.map(([, type]) => type), 'OtherExtraction'].toSorted(),
  );
});

test('one question reads name and birthday of every identity document', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(papers.map(([fileName]) => fileName));
  const { data } = await gateway.ask(
    `query ($uuid: String!) {
      flow(uuid: $uuid) {
        documents {
          documentId
          extraction { ... on IdentityExtraction { name { value } dateOfBirth { date } } }
        }
      }
    }`,
    { uuid },
  );
  const identities = data.flow.documents.filter(
    ({ extraction }: { extraction: object }) => 'name' in extraction,
  );
  assert.deepEqual(
    identities.map(({ documentId }: { documentId: string }) => documentId),
    ['aadhaar.jpg', 'pan.jpg', 'driving-license.jpg', 'voter-id.jpg', 'passport.jpg'],
  );
  for (const { extraction } of identities) {
    assert.match(extraction.name.value, /^TEST (K )?PERSON NINE FOUR$/);
    assert.equal(extraction.dateOfBirth.date, '1977-09-14');
  }
});

test('a type without fields of its own is an OtherExtraction with all that Atlas returned', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(['bank-statement.pdf']);
  const { data } = await gateway.askDocument(
    uuid,
    'bank-statement.pdf',
    'extraction { __typename documentType lowestConfidence fields { name kind value confidence isMasked } }',
  );
  const field = { kind: 'OTHER', isMasked: false };
  assert.deepEqual(data.flow.document.extraction, {
    __typename: 'OtherExtraction',
    documentType: 'BANK_STATEMENT',
    lowestConfidence: 0.86,
    fields: [
      { ...field, name: 'account_holder', value: 'TEST PERSON NINE FOUR', confidence: 0.96 },
      { ...field, name: 'account_number', value: 'XXXXXXXX0094', confidence: 0.88 },
      { ...field, name: 'bank_name', value: 'SAMPLE BANK', confidence: 0.86 },
    ],
  });
});

test('a type that nobody has heard of, or none, is an OtherExtraction too', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow([]);
  gateway.answerExtracts([
    { document_id: 'doc-1', document_type: 'LUNAR_DEED', plot: { value: 'SEA OF SAMPLES' } },
    { document_id: 'doc-2', plot: { value: 'SEA OF SAMPLES', confidence_score: 0.5 } },
  ]);
  const { data } = await gateway.ask(
    `query ($uuid: String!) {
      flow(uuid: $uuid) {
        documents {
          documentType
          extraction { __typename documentType lowestConfidence fields { name value } }
        }
      }
    }`,
    { uuid },
  );
  const fields = [{ name: 'plot', value: 'SEA OF SAMPLES' }];
  const other = { __typename: 'OtherExtraction', fields };
  assert.deepEqual(data.flow.documents, [
    {
      documentType: 'LUNAR_DEED',
      extraction: { ...other, documentType: 'LUNAR_DEED', lowestConfidence: null },
    },
    {
      documentType: null,
      extraction: { ...other, documentType: 'UNKNOWN', lowestConfidence: 0.5 },
    },
  ]);
});

test('fields that came without notice are there, and the known ones stay as they were', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(['pan-drift.jpg']);
  const { data, errors } = await gateway.askDocument(
    uuid,
    'pan-drift.jpg',
    `extraction {
      __typename
      lowestConfidence
      ... on PanExtraction { panNumber { value } }
      fields(names: ["newly_read_field", "page_count", "unreadable_field", "bare_remark"]) {
        name kind value confidence
      }
    }`,
  );
  assert.equal(errors, undefined);
  const kind = 'OTHER';
  assert.deepEqual(data.flow.document.extraction, {
    __typename: 'PanExtraction',
    lowestConfidence: 0.8,
    panNumber: { value: 'AAAPZ0000Q' },
    fields: [
      { name: 'newly_read_field', kind, value: 'SAMPLE VALUE', confidence: 0.9 },
      { name: 'page_count', kind, value: '2', confidence: 0.99 },
      { name: 'unreadable_field', kind, value: null, confidence: 0.8 },
      { name: 'bare_remark', kind, value: 'SAMPLE REMARK', confidence: null },
    ],
  });
  const drifts = gateway.logLines().flatMap(({ drift }) => drift ?? []);
  assert.deepEqual(drifts, ['document-field-unknown']);
});

test('fields keep the names and the order of Atlas, and say their kind', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(['pan.jpg', 'aadhaar.jpg']);
  const { data } = await gateway.ask(
    `query ($uuid: String!) {
      flow(uuid: $uuid) {
        pan: document(documentId: "pan.jpg") { extraction { fields { name kind } none: fields(names: []) { name } } }
        aadhaar: document(documentId: "aadhaar.jpg") { extraction { fields { name kind } } }
      }
    }`,
    { uuid },
  );
  const { pan, aadhaar } = data.flow;
  const toPairs = (fields: { name: string; kind: string }[]) =>
    fields.map(({ name, kind }) => `${name} ${kind}`);
  assert.deepEqual(toPairs(pan.extraction.fields), [
    'name_as_per_pan TEXT',
    'father_name TEXT',
    'dob DATE',
    'pan_number IDENTIFIER',
    'document_quality_flag FLAG',
  ]);
  assert.deepEqual(toPairs(aadhaar.extraction.fields), [
    'name TEXT',
    'address ADDRESS',
    'formatted_address ADDRESS',
    'aadhaar_number IDENTIFIER',
    'date_of_birth DATE',
  ]);
  assert.deepEqual(pan.extraction.none, []);
});

test('a known field that Atlas left out is null, and one without a value has none', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow([]);
  gateway.answerExtracts([
    {
      document_id: 'doc-1',
      document_type: 'PAN',
      pan_number: { value: '', confidence_score: 0.2 },
      dob: { value: null },
      father_name: 'BARE PARENT',
    },
  ]);
  const { data } = await gateway.askDocument(
    uuid,
    'doc-1',
    `extraction {
      ... on PanExtraction {
        name { value }
        panNumber { value confidence masked }
        dateOfBirth { value date }
        fatherName { value confidence }
      }
    }`,
  );
  assert.deepEqual(data.flow.document.extraction, {
    name: null,
    panNumber: { value: null, confidence: 0.2, masked: '' },
    dateOfBirth: { value: null, date: null },
    fatherName: { value: 'BARE PARENT', confidence: null },
  });
});

test('the catalogue tells every type, its extraction type and its fields', async (t) => {
  const gateway = await openStillGateway(t);
  const { data } = await gateway.ask(
    '{ documentTypes { type category extractionType fields { name graphqlName kind description } } }',
  );
  assert.deepEqual(
    data.documentTypes.map(({ type }: { type: string }) => type),
    documentTypes.map(({ type }) => type),
  );
  const schema = createSchema();
  for (const { extractionType, fields } of data.documentTypes) {
    const type = schema.getType(extractionType);
    assert.ok(type && 'getFields' in type, extractionType);
    for (const { graphqlName } of fields) {
      assert.ok(graphqlName === null || graphqlName in type.getFields(), graphqlName);
    }
  }
  const [aadhaar] = data.documentTypes;
  assert.deepEqual(aadhaar.fields[2], {
    name: 'formatted_address',
    graphqlName: null,
    kind: 'ADDRESS',
    description: 'The address, normalised into its parts',
  });
  assert.equal(gateway.sandbox.countCalls(), 0);
});
