import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBatchDocuments, toDocuments } from '../../../src/atlas/answers/documents.ts';
import { toFlowStatus } from '../../../src/atlas/answers/flow-status.ts';
import type { Drift } from '../../../src/atlas/api/drift.ts';
import { doAtOnce } from '../../../src/atlas/json/work.ts';
import { parseMasked } from '../../../src/atlas/masking/masked-json.ts';

/** Reads entries and counts what was not expected of them. */
function read(...entries: unknown[]) {
  const drift: Drift[] = [];
  const documents = doAtOnce(toDocuments(entries, (kind) => drift.push(kind)));
  return { documents, drift };
}

/** Reads one entry, which has to be readable. */
function readOne(entry: object) {
  const { documents, drift } = read({ document_id: 'doc-1', ...entry });
  const [document] = documents;
  assert.ok(document, 'the entry was not read');
  return { document, drift };
}

const number = { value: 'AAAPZ0000A', confidence_score: 0.97 };

for (const broken of [null, undefined, 'doc-2', 7, true, []]) {
  test(`an entry that is ${JSON.stringify(broken)} costs itself and is counted`, () => {
    const { documents, drift } = read({ document_id: 'doc-1' }, broken, { document_id: 'doc-3' });
    assert.deepEqual(
      documents.map(({ documentId }) => documentId),
      ['doc-1', 'doc-3'],
    );
    assert.deepEqual(drift, ['document-unreadable']);
  });
}

for (const error_code of ['', ' ', null, undefined, 0, false, {}]) {
  test(`error_code ${JSON.stringify(error_code)} is no failure`, () => {
    const { document } = readOne({ error_code, document_type: 'PAN', pan_number: number });
    assert.equal(document.state, 'EXTRACTED');
    assert.equal(document.failure, null);
  });
}

for (const [error_code, code, counted] of [
  ['INVALID_DOC', 'INVALID_DOC', 0],
  ['UNRECOGNISED', 'UNRECOGNISED', 0],
  ['UNRECOGNIZED', 'OTHER', 1],
  ['invalid_doc', 'OTHER', 1],
  [422, 'OTHER', 1],
] as const) {
  test(`error_code ${error_code} is the failure ${code} and keeps its own name`, () => {
    const { document, drift } = readOne({ error_code, error_reason: 'blurred' });
    assert.equal(document.state, 'FAILED');
    assert.deepEqual(document.failure, { code, rawCode: String(error_code), reason: 'blurred' });
    assert.equal(drift.filter((kind) => kind === 'document-failure-unknown').length, counted);
  });
}

test('a failure may stand within file_data, with a text or none', () => {
  const { document } = readOne({ file_data: { error_code: 'INVALID_DOC', error_message: 'torn' } });
  assert.deepEqual(document.failure, {
    code: 'INVALID_DOC',
    rawCode: 'INVALID_DOC',
    reason: 'torn',
  });
  assert.equal(readOne({ error_code: 'INVALID_DOC' }).document.failure?.reason, null);
});

test('a failed document shows no fields, and its type where there is one', () => {
  const { document } = readOne({
    error_code: 'INVALID_DOC',
    document_type: 'PAN',
    pan_number: number,
  });
  assert.deepEqual(document.fields, []);
  assert.equal(document.documentType, 'PAN');
});

test('flat and nested fields are read alike', () => {
  const flat = readOne({ document_type: 'PAN', pan_number: number });
  const nested = readOne({ file_data: { document_type: 'PAN', pan_number: number } });
  assert.deepEqual(nested, flat);
  assert.deepEqual(flat.document.fields, [
    { name: 'pan_number', value: 'AAAPZ0000A', confidence: 0.97, redactUrl: null },
  ]);
});

test('a document of which nothing was read yet is pending', () => {
  for (const entry of [{}, { file_data: null }, { file_data: {} }, { file_data: [] }]) {
    assert.equal(readOne(entry).document.state, 'PENDING');
  }
});

test('a batch document without data is pending whatever stands beside it, but failed by a code', () => {
  const beside = [
    {},
    { document_type: 'PAN', pan_number: number },
    { status: 'PROCESSING_INPROGRESS', uploaded_at: '2026-01-15T10:15:00Z', page_count: 2 },
    { status: 'PROCESSING_FAILED', error_reason: 'no code' },
    { error_code: '' },
    { error_code: null, error_reason: null },
    { error_code: 0 },
  ];
  const toState = (entry: object) =>
    doAtOnce(toBatchDocuments([{ document_id: 'a-1', ...entry }], () => {}))[0]?.state;
  for (const file_data of [null, '', {}, []]) {
    for (const entry of beside) {
      assert.equal(toState({ ...entry, file_data }), 'PENDING', JSON.stringify(entry));
    }
    for (const error_code of ['UNRECOGNISED', 'INVALID_DOC', 'PROCESSING_FAILED', '422', 422]) {
      assert.equal(toState({ file_data, error_code, document_type: 'PAN' }), 'FAILED');
    }
  }
});

test('ids are read from either place, as text or as numbers', () => {
  const ids = { document_id: 'doc-9', file_uuid: 'f-9', batch_id: 'B-9' };
  for (const entry of [ids, { file_data: ids }]) {
    const [document] = read(entry).documents;
    assert.deepEqual(
      [document?.documentId, document?.fileUuid, document?.batchId],
      ['doc-9', 'f-9', 'B-9'],
    );
  }
  assert.equal(read({ document_id: 12 }).documents[0]?.documentId, '12');
});

test('a document without an id is named by its file, else by its place, and counted', () => {
  const { documents, drift } = read({ file_uuid: 'f-1' }, { document_type: 'PAN' });
  assert.deepEqual(
    documents.map(({ documentId }) => documentId),
    ['f-1', 'unnamed-2'],
  );
  assert.deepEqual(drift, ['document-without-id', 'document-without-id']);
});

test('a field that nobody listed is kept and counted, where the list is complete', () => {
  const { document, drift } = readOne({
    document_type: 'PAN',
    pan_number: number,
    hologram: number,
  });
  assert.deepEqual(
    document.fields.map(({ name }) => name),
    ['pan_number', 'hologram'],
  );
  assert.deepEqual(drift, ['document-field-unknown']);
  assert.deepEqual(readOne({ document_type: 'GST_CERT', valid_from: number }).drift, []);
  assert.deepEqual(readOne({ document_type: 'BANK_STATEMENT', ifsc: number }).drift, []);
});

test('a type that nobody listed is kept and counted, with all its fields', () => {
  const { document, drift } = readOne({ document_type: 'GOLD_PLEDGE_CARD', weight: number });
  assert.equal(document.documentType, 'GOLD_PLEDGE_CARD');
  assert.equal(document.fields.length, 1);
  assert.deepEqual(drift, ['document-type-unknown']);
});

test('a field may be called like a member of the entry', () => {
  const { document } = readOne({
    status: 'DONE',
    file_url: 'https://files.example/in/1.jpg',
    file_data: { document_type: 'GST_CERT', status: { value: 'ACTIVE', confidence_score: 0.9 } },
  });
  assert.deepEqual(
    document.fields.map(({ name, value }) => [name, value]),
    [['status', 'ACTIVE']],
  );
});

test('a field may be called value', () => {
  const { document } = readOne({ file_data: { document_type: 'INDEX_2', value: number } });
  assert.deepEqual(
    document.fields.map(({ name }) => name),
    ['value'],
  );
});

for (const [what, member, value, confidence] of [
  ['an envelope', { value: 'A', confidence_score: 0.5 }, 'A', 0.5],
  ['a value alone', { value: 'A' }, 'A', null],
  ['a confidence alone', { confidence_score: 0.5 }, null, 0.5],
  ['no text', { value: '', confidence_score: 0.5 }, null, 0.5],
  ['null', { value: null, confidence_score: 0.5 }, null, 0.5],
  ['a bare text', 'A', 'A', null],
  ['a bare null', null, null, null],
  ['a bare object', { city: 'Testpur' }, { city: 'Testpur' }, null],
  ['a bare list', [{ amount: 1 }], [{ amount: 1 }], null],
  ['a number', { value: 3, confidence_score: 1 }, 3, 1],
  ['false', { value: false, confidence_score: 0 }, false, 0],
  ['a confidence above 1', { value: 'A', confidence_score: 97 }, 'A', null],
  ['a confidence below 0', { value: 'A', confidence_score: -1 }, 'A', null],
  ['a confidence in words', { value: 'A', confidence_score: 'high' }, 'A', null],
] as const) {
  test(`a field that is ${what} is read`, () => {
    const { document } = readOne({ document_type: 'BANK_STATEMENT', sample: member });
    assert.deepEqual(document.fields, [{ name: 'sample', value, confidence, redactUrl: null }]);
  });
}

test('an Aadhaar number is masked by its name, and its link is kept', () => {
  for (const value of ['123412341230', 123412341230, '**** **** 1230', '1234 1234 1230']) {
    const { document } = readOne({
      document_type: 'AADHAAR',
      aadhaar_number: { value, confidence_score: 0.99, redact_url: 'https://bucket.example/r.jpg' },
    });
    assert.deepEqual(document.fields, [
      {
        name: 'aadhaar_number',
        value: 'XXXX XXXX 1230',
        confidence: 0.99,
        redactUrl: 'https://bucket.example/r.jpg',
      },
    ]);
  }
});

test('an Aadhaar number on a paper of another type is masked too', () => {
  const { document } = readOne({ document_type: 'EBILL', aadhaar_no: '123412341230' });
  assert.equal(document.fields[0]?.value, 'XXXX XXXX 1230');
});

test('an Aadhaar number that is neither text nor number is not shown', () => {
  const aadhaar_number = { value: { digits: ['1234', '1234', '1230'] } };
  const { document } = readOne({ document_type: 'AADHAAR', aadhaar_number });
  assert.equal(document.fields[0]?.value, null);
});

test('an Aadhaar number that could not be read is null, not crosses', () => {
  for (const value of ['', null]) {
    const { document } = readOne({ document_type: 'AADHAAR', aadhaar_number: { value } });
    assert.equal(document.fields[0]?.value, null);
  }
});

test('a status is known by its exact name only', () => {
  const drift: Drift[] = [];
  const status = toFlowStatus(
    { master_status: 'success', upload_status: 'COMPLETED', crossheck_status: 'FAILED' },
    (kind) => drift.push(kind),
  );
  assert.deepEqual(status, {
    state: 'UNKNOWN',
    upload: 'COMPLETED',
    processing: 'UNKNOWN',
    crossCheck: 'FAILED',
  });
  assert.deepEqual(drift, ['status-unknown', 'status-unknown']);
});

for (const [what, entry] of [
  ['is clean', '"a text"'],
  ['holds a number that is masked', '"1234 1234 1234"'],
]) {
  test(`values below the maximum depth are not read in a value that ${what} is not read`, () => {
    const deep = `${'['.repeat(10_000)}${entry}${']'.repeat(10_000)}`;
    const answer = parseMasked(`{"document_type":"GST_CERT","gstin":{"value":${deep}}}`);
    const value = JSON.stringify(readOne(answer as object).document.fields[0]?.value);
    assert.match(value, /^\[{55,64}null\]{55,64}$/);
  });
}
