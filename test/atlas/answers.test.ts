import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { defaultCrossCheckNames } from '../../src/atlas/answers/cross-checks.ts';
import type { DocumentRecord } from '../../src/atlas/answers/documents.ts';
import type { Drift } from '../../src/atlas/api/drift.ts';
import type { EndpointName } from '../../src/atlas/api/endpoints.ts';
import { AtlasError } from '../../src/atlas/api/errors.ts';
import { type Atlas, createAtlas } from '../../src/atlas/atlas.ts';
import { openClient } from '../support/atlas/open-client.ts';

/*
 * Every answer on file, sent through a socket and read to its end. The files are written from
 * CONTRACT.md; what each must be read as stands here.
 */
interface Answer {
  readonly endpoint: EndpointName;
  readonly says: string;
  readonly status: number;
  readonly body: unknown;
}

const folder = new URL('../answers/', import.meta.url);
const uuid = '7d0c2a54-1f6b-4c39-9a77-0b5e6f2d8c11';

const pan = {
  name_as_per_pan: 'TEST PERSON ONE',
  father_name: 'SAMPLE PARENT ONE',
  dob: '01/02/1990',
  pan_number: 'AAAPZ0000A',
  document_quality_flag: 'original',
};
const aadhaarInBatch = {
  name: 'TEST PERSON ONE',
  address: '1 SAMPLE ROAD, TESTPUR, 000001',
  date_of_birth: '01/02/1990',
};
const aadhaar = {
  ...aadhaarInBatch,
  aadhaar_number: 'XXXX XXXX 0000',
  formatted_address: {
    state: 'Sample State',
    postcode: '000001',
    address_line_1: '1 Sample Road',
    address_line_2: '',
    city: 'Testpur',
  },
};
const panOne = `doc-1 PAN EXTRACTED ${JSON.stringify(sorted(pan))}`;
const aadhaarTwo = `doc-2 AADHAAR EXTRACTED ${JSON.stringify(sorted(aadhaar))}`;
const aadhaarA1 = `a-1 AADHAAR EXTRACTED ${JSON.stringify(sorted(aadhaarInBatch))}`;
const panAlone = { documents: [panOne], crossChecks: [] };

const papers = { left: 'DELIVERY_ORDER', right: 'INVOICE' };
const people = { left: 'TEST PERSON ONE', right: 'TEST K PERSON ONE' };
const customer = `customer_name 88 ${papers.left}=${people.left} ${papers.right}=${people.right}`;

const batchId = 'BATCH-10482-QWERT-20260115093000';
const receipts = [
  { file_uuid: '1b9e4a70-52c1-4d0f-8f36-2c7705a1be90', batch_id: batchId, document_id: 'doc-1' },
  { file_uuid: 'c4f0d2be-6a03-4b77-b5d9-0e81f3a64d27', batch_id: batchId, document_id: 'doc-2' },
];
const compared = '91.4 8 -';
const notNormalised = '- - 422 This target could not be normalised.';
const noResult = '- - NO_RESULT Atlas gave no readable result for this target.';
const page = { documents: [aadhaarA1], totalItems: 1, hasNext: false };

/** The result of reading each file; a failure as `failure (status) reason`, an absence as null. */
const expected: Readonly<Record<string, unknown>> = {
  // 2: tokens; K3: a refresh token is neither needed nor in the way
  'token-verification': 'hdr.payload.sig',
  'token-bulk': 'hdr.payload.sig',
  'token-docstream': 'hdr.payload.sig',
  'token-with-refresh-token': 'hdr.payload.sig',
  // 3.2, K11: all three envelopes
  'token-missing-credentials': 'rejected (400) parameters-missing',
  'token-unknown-credentials': 'unauthorized (401) credentials-invalid',
  'token-unknown-credentials-coded': 'unauthorized (401) credentials-invalid',
  'token-unknown-credentials-message': 'unauthorized (401) credentials-invalid',
  // K6: opaque; K20: three names
  'init-plain-uuid': uuid,
  'init-prefixed-uuid': `LOS-${uuid}`,
  'init-flow-id': '2f4b7c1e-9a55-4d6b-8e10-77c2d3a9b604',
  'init-session-id': '0c7be0c2-5d0b-4e55-9a43-6f1f4c1b2a90',
  'init-number': '1048220260115',
  'init-missing-parameter': 'rejected (400) parameters-missing',
  'init-missing-parameters': 'rejected (400) parameters-missing',
  'init-invalid-token': 'unauthorized (401) token-invalid',
  'init-invalid-token-with-reason': 'unauthorized (401) token-invalid',
  // K1: array or object; K5: a batch for each file; K13: 409 is absence here
  'upload-array': receipts,
  'upload-array-other-order': receipts.toReversed(),
  'upload-batch-per-file': [
    receipts[0],
    { ...receipts[1], batch_id: 'BATCH-10483-QWERT-20260115093000' },
  ],
  'upload-object': [{ batch_id: batchId }],
  'upload-ids-as-numbers': [{ file_uuid: '71000234567', batch_id: '10482', document_id: 'doc-1' }],
  'upload-token-expired-403': 'unauthorized (403) token-invalid',
  'upload-unknown-flow': null,
  'upload-missing-flow': 'rejected (400) parameters-missing',
  'upload-upstream-failure': 'rejected (422) auth-url-unreachable',
  'upload-bulk': 'BATCH-20817-ASDFG-20260115101500',
  'upload-docstream': 'BATCH-30955-ZXCVB-20260115112000',
  'upload-docstream-array': 'BATCH-30955-ZXCVB-20260115112000',
  'bulk-upload-missing-parameters': 'rejected (400) parameters-missing',
  'docstream-upload-invalid-token': 'unauthorized (401) token-invalid',
  // 4.3; unknown values are UNKNOWN and counted; K13: 409 is absence, 410 a retired version
  'status-not-started': ['NOT_STARTED', 'NOT_STARTED', 'NOT_STARTED', 'NOT_STARTED'],
  'status-in-progress': ['IN_PROGRESS', 'SUCCESS', 'IN_PROGRESS', 'NOT_STARTED'],
  'status-pending': ['IN_PROGRESS', 'SUCCESS', 'PENDING', 'PENDING'],
  'status-success': ['SUCCESS', 'SUCCESS', 'SUCCESS', 'COMPLETED'],
  'status-failed': ['FAILED', 'FAILED', 'NOT_STARTED', 'NOT_STARTED'],
  'status-extra-members': ['SUCCESS', 'SUCCESS', 'SUCCESS', 'COMPLETED'],
  'status-master-alone': ['IN_PROGRESS', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN'],
  'status-unknown-value': ['UNKNOWN', 'SUCCESS', 'UNKNOWN', 'UNKNOWN'],
  'status-unknown-flow': null,
  'status-missing-flow': 'rejected (400) parameters-missing',
  'status-invalid-token': 'unauthorized (401) token-invalid',
  'status-token-expired-400': 'unauthorized (400) token-invalid',
  'status-retired-version': 'rejected (410) version-retired',
  // 4.4: both placements, "" null or absent error codes; K7: partial answers
  'extracts-flat': { documents: [panOne, aadhaarTwo], crossChecks: [] },
  'extracts-file-data': panAlone,
  'extracts-as-callback': panAlone,
  'extracts-success-null-errors': panAlone,
  'extracts-success-no-errors': panAlone,
  'extracts-incomplete': panAlone,
  'extracts-nothing-yet': { documents: [], crossChecks: [] },
  'extracts-null-lists': { documents: [], crossChecks: [] },
  // K12: verdicts on documents, known and unknown
  'extracts-failure-unrecognised': {
    documents: [panOne, 'doc-3 null FAILED UNRECOGNISED document type not supported'],
    crossChecks: [],
  },
  'extracts-failure-invalid': {
    documents: ['doc-4 null FAILED INVALID_DOC more than one face'],
    crossChecks: [],
  },
  'extracts-failure-other': {
    documents: ['doc-5 null FAILED OTHER too many pages'],
    crossChecks: [],
  },
  // 10.2, K8, K22
  'extracts-aadhaar-unmasked': {
    documents: [
      `doc-2 AADHAAR EXTRACTED ${JSON.stringify(sorted({ ...aadhaarInBatch, aadhaar_number: 'XXXX XXXX 0000' }))}`,
    ],
    crossChecks: [],
  },
  'extracts-formatted-address-wrapped': { documents: [aadhaarTwo], crossChecks: [] },
  'extracts-formatted-address-bare': { documents: [aadhaarTwo], crossChecks: [] },
  'extracts-missing-envelope': {
    documents: [
      'doc-6 VOTER_ID EXTRACTED {"date_of_birth":null,"gender":null,"name":"TEST PERSON ONE","voter_id":"XXX0000000"}',
    ],
    crossChecks: [],
  },
  'extracts-other-values': {
    documents: [
      'doc-7 BANK_STATEMENT EXTRACTED {"account_holder":null,"closing_balance":null,"lines":[{"amount":1}],"page_count":3}',
    ],
    crossChecks: [],
  },
  'extracts-unknown-type': {
    documents: ['doc-8 GOLD_PLEDGE_CARD EXTRACTED {"pledge_number":"SAMPLE-0001"}'],
    crossChecks: [],
  },
  'extracts-unknown-flow': null,
  'extracts-missing-flow': 'rejected (400) parameters-missing',
  'extracts-invalid-token': 'unauthorized (401) token-invalid',
  // 4.4: one table for many guesses
  'cross-checks-numbered': { crossChecks: [customer] },
  'cross-checks-nested': { crossChecks: [customer] },
  'cross-checks-source-target': {
    crossChecks: [
      'dealer_address 86 DELIVERY_ORDER=1 EXAMPLE MARKET, TESTPUR INVOICE=1 EXAMPLE MKT, TESTPUR',
    ],
  },
  'cross-checks-lettered': { crossChecks: ['customer_name 88 null=null null=null'] },
  'cross-checks-by-type': { crossChecks: ['customer_name 88 null=null null=null'] },
  'extracts-numerals-as-text': { crossChecks: [customer] },
  'cross-checks-score-alone': { crossChecks: ['null 0 null=null null=null'] },
  'cross-checks-score-missing': {
    crossChecks: ['customer_name null DELIVERY_ORDER=null INVOICE=null'],
  },
  // 6.2, 7.2; K14: docstream is read as bulk is; K16: total_items is only passed on
  'bulk-page': page,
  'bulk-page-records-here': page,
  'bulk-page-between': { ...page, totalItems: 3, hasNext: true },
  'bulk-page-failures': {
    documents: [
      aadhaarA1,
      'a-2 null FAILED UNRECOGNISED document type not supported',
      'a-3 null PENDING {}',
    ],
    totalItems: 3,
    hasNext: false,
  },
  'bulk-page-numerals-as-text': { documents: [], totalItems: 101, hasNext: true },
  'bulk-page-nothing-read-yet': {
    documents: [
      'a-1 PAN PENDING {}',
      'a-2 null PENDING {}',
      'a-3 null FAILED UNRECOGNISED document type not supported',
    ],
    totalItems: 3,
    hasNext: false,
  },
  'bulk-missing-batch': null,
  'bulk-token-invalid-400': 'unauthorized (400) token-invalid',
  'bulk-invalid-token': 'unauthorized (401) token-invalid',
  'docstream-page': { ...page, documents: [panOne] },
  'docstream-page-validation': {
    ...page,
    documents: [
      `doc-1 PAN EXTRACTED ${JSON.stringify(sorted({ ...pan, validation: { passed: true } }))}`,
    ],
  },
  'docstream-page-empty': { documents: [], totalItems: 0, hasNext: false },
  'docstream-invalid-batch': null,
  // 8.1; K9: order by index, 422 within 200 or for all; K10: no index, the echoed address tells
  'match-with-index': [compared, notNormalised],
  'match-other-order': [compared, '84 7 -'],
  'match-without-index': [compared, '84 7 -'],
  'match-numerals-as-text': [compared, '84 7 -'],
  'match-index-contradicted': [noResult, noResult],
  'match-nothing-decides': [noResult, noResult],
  'match-no-errors': ['100 10 -'],
  'match-error-text': [notNormalised],
  'match-not-normalised': ['- - 422 The source or this target could not be normalised.'],
  'match-missing-addresses': 'rejected (400) parameters-invalid',
  'match-unknown-credentials': 'unauthorized (401) credentials-invalid',
  'match-engine-unavailable': 'unavailable (503) engine-unavailable',
};

/** Exactly the parts that CONTRACT.md does not describe are counted. */
const drifts: Readonly<Record<string, readonly Drift[]>> = {
  'status-master-alone': ['status-unknown', 'status-unknown', 'status-unknown'],
  'status-unknown-value': ['status-unknown', 'status-unknown', 'status-unknown'],
  'extracts-failure-other': ['document-failure-unknown'],
  'extracts-unknown-type': ['document-type-unknown'],
  'docstream-page-validation': ['document-field-unknown'],
  // uploaded_at, page_count
  'bulk-page-nothing-read-yet': ['document-field-unknown', 'document-field-unknown'],
  'match-index-contradicted': ['address-match-disputed', 'address-match-disputed'],
  'match-nothing-decides': ['address-match-missing', 'address-match-missing'],
  // id, doc_a, doc_b, value_a, value_b, is_match
  'cross-checks-lettered': Array.from({ length: 6 }, () => 'cross-check-member-unknown' as const),
  'cross-checks-by-type': ['cross-check-member-unknown', 'cross-check-member-unknown'],
};

const files = readdirSync(folder).map((file) => {
  const answer: Answer = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
  return { name: file.replace('.json', ''), ...answer };
});

for (const { name, says, ...answer } of files) {
  test(`${name} is understood (${says})`, async (t) => {
    assert.ok(name in expected, 'nothing is expected of this file');
    const { read, drift } = await ask(t, answer, expected[name]);
    assert.deepEqual(read, expected[name]);
    assert.deepEqual(drift, drifts[name] ?? []);
  });
}

test('nothing is expected of a file that is not there', () => {
  const names = files.map(({ name }) => name);
  assert.deepEqual(new Set([...Object.keys(expected), ...Object.keys(drifts)]), new Set(names));
});

/** Has the sandbox give an answer, and reads it as the floors above will get it. */
async function ask(
  t: TestContext,
  { endpoint, status, body }: Omit<Answer, 'says'>,
  goal: unknown,
) {
  const { client, sandbox, tenant } = await openClient(t);
  const drift: Drift[] = [];
  const atlas = createAtlas({
    client,
    crossCheckNames: defaultCrossCheckNames,
    onDrift: (kind) => drift.push(kind),
  });
  sandbox.fault(endpoint, { status, body }, Number.POSITIVE_INFINITY);
  // a second target only where the answer is about two
  const addresses = ['1 Sample Hse, Test Rd, Testpur', '2 Sample Hse, Test Rd, Testpur'];
  const targets = addresses.slice(0, Array.isArray(goal) ? goal.length : 1);
  const asking: Record<EndpointName, (atlas: Atlas) => Promise<unknown>> = {
    verificationToken: () => tokenSentWith('flowStatus', () => atlas.flowStatus(tenant, uuid)),
    bulkToken: () => tokenSentWith('bulkExtracts', () => readPage('BULK')),
    docstreamToken: () => tokenSentWith('docstreamExtracts', () => readPage('SANDBOX')),
    initFlow: () => atlas.openFlow(tenant, application),
    uploadToFlow: () => atlas.uploadToFlow(tenant, uuid, [file]),
    uploadBulk: () => submit('BULK'),
    uploadDocstream: () => submit('SANDBOX'),
    flowStatus: async () => {
      const read = await atlas.flowStatus(tenant, uuid);
      return read && [read.state, read.upload, read.processing, read.crossCheck];
    },
    flowExtracts: async () => {
      const read = await atlas.flowExtracts(tenant, uuid);
      if (read === null) return null;
      const crossChecks = read.crossChecks.map(({ field, left, right, similarityScore }) =>
        [
          `${field} ${similarityScore}`,
          ...[left, right].map((side) => `${side.documentType}=${side.value}`),
        ].join(' '),
      );
      if (crossChecks.length > 0) return { crossChecks };
      return { documents: read.documents.map(toLine), crossChecks };
    },
    bulkExtracts: () => readPage('BULK'),
    docstreamExtracts: () => readPage('SANDBOX'),
    matchAddresses: async () => {
      const request = { applicationId: 'app-0001', source: 'source', targets };
      const read = await atlas.matchAddresses(tenant, request);
      return read.map(({ similarityScore, samePersonScore, failure }) =>
        [similarityScore ?? '-', samePersonScore ?? '-', failure?.code ?? '-', failure?.message]
          .filter((part) => part !== null && part !== undefined)
          .join(' '),
      );
    },
  };

  async function tokenSentWith(name: EndpointName, call: () => Promise<unknown>) {
    sandbox.fault(name, { status: 503 });
    await call().catch((error: unknown) => {
      if (!(error instanceof AtlasError) || error.endpoint !== name) throw error;
    });
    return sandbox.calls.find((each) => each.name === name)?.headers.token;
  }

  async function readPage(service: 'BULK' | 'SANDBOX') {
    const read = await atlas.batchPage(tenant, { service, batchId, page: 1 });
    return read && { ...read, documents: read.documents.map(toLine) };
  }

  function submit(service: 'BULK' | 'SANDBOX') {
    const batch = { service, productType: 'SAMPLE', files: [file] };
    return atlas.uploadBatch(tenant, batch).then(({ batchId: submitted }) => submitted);
  }

  const read = await asking[endpoint](atlas).catch((error: unknown) => {
    if (!(error instanceof AtlasError)) throw error;
    return `${error.failure} (${error.status}) ${error.reason}`;
  });
  return { read, drift };
}

const file = { documentId: 'doc-1', url: 'https://files.example/in/pan.jpg' };
const application = {
  productType: 'SAMPLE_PRODUCT',
  applicationId: 'app-0001',
  callbackUrl: 'http://127.0.0.1:9/callback',
  authUrl: 'http://127.0.0.1:9/auth',
  flowParams: {},
};

function toLine({ documentId, documentType, state, failure, fields }: DocumentRecord): string {
  const values = Object.fromEntries(fields.map(({ name, value }) => [name, value]));
  const rest = failure ? `${failure.code} ${failure.reason}` : JSON.stringify(sorted(values));
  return `${documentId} ${documentType} ${state} ${rest}`;
}

function sorted(members: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
