import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentTypes } from '../../src/atlas/api/document-types.ts';
import { toHint } from '../../src/sandbox/hints.ts';
import { filesNamed, type OpenSandbox, openSandbox } from '../support/sandbox/open-sandbox.ts';

/** The `ocr_data` of a finished flow with such files. */
async function read({ flowWith, sandbox, call }: OpenSandbox, ...names: string[]) {
  const flow_uuid = await flowWith(...names);
  sandbox.finishFlow(flow_uuid, 'SUCCESS');
  return (await call('flowExtracts', { flow_uuid })).body.ocr_data;
}

function typeOf(fileName: string): string | null {
  return toHint(`https://files.example/in/${fileName}`).documentType;
}

test('every type of the catalogue has its name for a hint', () => {
  for (const { type } of documentTypes) {
    assert.equal(typeOf(`${type.toLowerCase()}.jpg`), type);
    assert.equal(typeOf(`SCAN-${type.replaceAll('_', '-')}-2.PDF?X-Sig=abc`), type);
  }
});

test('names in common use are hints too', () => {
  const names = {
    'dl.jpg': 'DRIVING_LICENSE',
    'driving-license.jpg': 'DRIVING_LICENSE',
    'driving%20licence.jpg': 'DRIVING_LICENSE',
    'voter.png': 'VOTER_ID',
    'gst.pdf': 'GST_CERT',
    'udyam.pdf': 'UDYAM_CERT',
    'delivery-order.pdf': 'DELIVERY_ORDER',
    'invoice-2.pdf': 'INVOICE',
    'tax-invoice.pdf': 'TAX_INVOICE',
    'shop-act-license.pdf': 'SHOP_ACT_LICENSE',
    'Pan2.JPG': 'PAN',
  };
  for (const [name, type] of Object.entries(names)) assert.equal(typeOf(name), type, name);
});

test('a hint is a word, in the path and not in the query', () => {
  for (const name of ['company.jpg', 'panorama.jpg', 'scan.jpg?type=pan', 'scan.jpg#pan']) {
    assert.equal(typeOf(name), null, name);
  }
  assert.equal(toHint('https://pan.example/scan.jpg').documentType, null);
  assert.equal(toHint('https://files.example/pan/1.jpg').documentType, 'PAN');
  assert.equal(toHint('https://files.example/pan/dl.jpg').documentType, 'DRIVING_LICENSE');
});

test('a document carries every field of the catalogue, each in its envelope', async (t) => {
  const world = await openSandbox(t);
  const rows = documentTypes.filter((row) => row.fields.length > 0);
  const entries = await read(world, ...rows.map((row) => `${row.type}.jpg`));
  for (const [place, row] of rows.entries()) {
    const { document_id, error_code, error_reason, document_type, ...fields } = entries[place];
    assert.deepEqual([error_code, error_reason, document_type], ['', '', row.type]);
    assert.equal(document_id, `doc-${place + 1}`);
    assert.deepEqual(
      Object.keys(fields),
      row.fields.map((field) => field.name),
    );
    for (const [name, field] of Object.entries<Record<string, unknown>>(fields)) {
      assert.ok(field.value, `${row.type}.${name} has a value`);
      const confidence = Number(field.confidence_score);
      assert.ok(confidence >= 0.8 && confidence <= 0.99, `${row.type}.${name} ${confidence}`);
    }
  }
});

test('a type without known fields still says something', async (t) => {
  const world = await openSandbox(t);
  const [statement, deed] = await read(world, 'bank-statement.pdf', 'sale-deed.pdf');
  assert.equal(statement.document_type, 'BANK_STATEMENT');
  assert.match(statement.account_holder.value, /^TEST PERSON/);
  assert.ok(statement.account_holder.confidence_score >= 0.8);
  assert.ok(deed.holder_name.value);
});

test('the papers of one flow speak of one applicant, nearly alike', async (t) => {
  const world = await openSandbox(t);
  const [pan, aadhaar, passport] = await read(world, 'pan.jpg', 'aadhaar.jpg', 'passport.jpg');
  assert.equal(pan.dob.value, aadhaar.date_of_birth.value);
  assert.match(pan.dob.value, /^\d\d\/\d\d\/\d{4}$/);
  assert.equal(aadhaar.name.value, passport.name.value);
  assert.notEqual(pan.name_as_per_pan.value, aadhaar.name.value);
  assert.equal(pan.name_as_per_pan.value.replace(' K', ''), aadhaar.name.value);
});

test('numbers on papers are such as nobody holds', async (t) => {
  const world = await openSandbox(t);
  const [pan, aadhaar, whole] = await read(world, 'pan.jpg', 'aadhaar.jpg', 'aadhaar-unmasked.jpg');
  assert.match(pan.pan_number.value, /^AAAPZ0000[A-Z]$/);
  assert.match(aadhaar.aadhaar_number.value, /^\*{4} \*{4} 00\d\d$/);
  assert.match(whole.aadhaar_number.value, /^0{10}\d\d$/);
  assert.match(aadhaar.address.value, /, 0000\d\d$/);
});

test('an Aadhaar number carries the link to its masked image', async (t) => {
  const world = await openSandbox(t);
  const [aadhaar] = await read(world, 'aadhaar.jpg');
  assert.match(
    aadhaar.aadhaar_number.redact_url,
    /^https:\/\/sandbox\.invalid\/redacted\/\d+\.jpg\?X-Sig=\d+$/,
  );
});

test('a formatted address has its parts, inside an envelope', async (t) => {
  const world = await openSandbox(t);
  const [aadhaar] = await read(world, 'aadhaar.jpg');
  assert.deepEqual(Object.keys(aadhaar.formatted_address), ['value', 'confidence_score']);
  assert.deepEqual(Object.keys(aadhaar.formatted_address.value).toSorted(), [
    'address_line_1',
    'address_line_2',
    'city',
    'postcode',
    'state',
  ]);
});

test('a failed document shows why, in place of its data', async (t) => {
  const world = await openSandbox(t);
  const names = [
    'blurred-unknown.jpg',
    'open-box-two-faces.jpg',
    'scan.jpg',
    'pan-broken-link.jpg',
  ];
  const entries = await read(world, ...names);
  const codes = ['UNRECOGNISED', 'INVALID_DOC', 'UNRECOGNISED', 'UPLOAD_FAILED'];
  for (const [place, error_code] of codes.entries()) {
    const { error_reason, ...rest } = entries[place];
    assert.deepEqual(rest, { document_id: `doc-${place + 1}`, error_code });
    assert.ok(error_reason);
  }
});

test('an address that is no web address is a broken link', async (t) => {
  const { call, sandbox } = await openSandbox(t);
  const { flow_uuid } = (
    await call('initFlow', {
      product_type: 'p',
      application_id: 'a',
      auth_url: 'x',
      callback_url: 'x',
    })
  ).body;
  const file_urls = ['pan.jpg', 's3://bucket/pan.jpg'].map((file_url, place) => ({
    file_url,
    document_id: `doc-${place}`,
  }));
  await call('uploadToFlow', { flow_uuid, file_urls });
  sandbox.finishFlow(flow_uuid, 'SUCCESS');
  const { body } = await call('flowExtracts', { flow_uuid });
  for (const entry of body.ocr_data) assert.equal(entry.error_code, 'UPLOAD_FAILED');
});

test('drift brings members that nobody documented', async (t) => {
  const world = await openSandbox(t);
  const [pan] = await read(world, 'pan-drift.jpg');
  assert.equal(pan.newly_read_field.value, 'SAMPLE VALUE');
  assert.equal(typeof pan.page_count.value, 'number');
  assert.equal(pan.unreadable_field.value, null);
  assert.equal(typeof pan.bare_remark, 'string');
  assert.ok(pan.pan_number.value);
});

test('extracted fields stand under file_data where that is asked for', async (t) => {
  const world = await openSandbox(t, { placement: 'file_data' });
  const [pan, failed] = await read(world, 'pan.jpg', 'blurred.jpg');
  assert.deepEqual(Object.keys(pan), ['document_id', 'error_code', 'error_reason', 'file_data']);
  assert.equal(pan.file_data.document_type, 'PAN');
  assert.ok(pan.file_data.pan_number.value);
  assert.equal(failed.file_data, undefined);
});

test('the same files read the same in every sandbox, and other files otherwise', async (t) => {
  const first = await read(await openSandbox(t), 'aadhaar.jpg');
  const second = await read(await openSandbox(t), 'aadhaar.jpg');
  assert.deepEqual(first, second);
  const other = await read(await openSandbox(t), 'aadhaar-back.jpg');
  assert.notDeepEqual(first[0].aadhaar_number, other[0].aadhaar_number);
});

test('a document of a batch reads as one of a flow, in its other place', async (t) => {
  const { call, clock } = await openSandbox(t);
  const batch = { product_type: 'p', file_urls: filesNamed('aadhaar.jpg') };
  const { batch_id } = (await call('uploadDocstream', batch)).body;
  clock.advance(2000);
  const [entry] = (await call('docstreamExtracts', { batch_id })).body.data;
  assert.deepEqual(Object.keys(entry), ['document_id', 'file_data']);
  assert.equal(entry.file_data.document_type, 'AADHAAR');
  assert.ok(entry.file_data.name.value);
});
