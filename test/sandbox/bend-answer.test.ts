import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exchange, filesNamed, openSandbox } from '../support/sandbox/open-sandbox.ts';

const batch = { product_type: 'SAMPLE_PRODUCT', file_urls: filesNamed('pan.jpg') };

test('members that nobody documented stand in every object of a right answer', async (t) => {
  const { sandbox, call, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith('pan.jpg');
  sandbox.finishFlow(flow_uuid, 'SUCCESS');
  const honest = (await call('flowExtracts', { flow_uuid })).body;
  sandbox.fault('flowExtracts', { bend: 'extra-members' });
  const { status, body } = await call('flowExtracts', { flow_uuid });
  assert.equal(status, 200);
  const extra = { extra_text: 'SAMPLE', extra_list: [1, null], extra_object: { of: 'sample' } };
  const [{ pan_number, ...entry }] = body.ocr_data;
  assert.partialDeepStrictEqual(body, extra);
  assert.partialDeepStrictEqual(entry, extra);
  assert.deepEqual(pan_number, { ...honest.ocr_data[0].pan_number, ...extra });
  assert.equal((await call('flowExtracts', { flow_uuid })).body.extra_text, undefined);
});

test('every leaf of a right answer may be of another type', async (t) => {
  const { sandbox, call, ask, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith('pan.jpg');
  sandbox.fault('flowStatus', { bend: 'wrong-types' });
  const { body } = await call('flowStatus', { flow_uuid });
  for (const value of Object.values(body)) assert.equal(typeof value, 'number');
  sandbox.fault('flowExtracts', { bend: 'wrong-types' });
  const extracts = (await call('flowExtracts', { flow_uuid })).body;
  assert.deepEqual(extracts, { ocr_data: {}, cross_checks: {} });
  sandbox.fault('bulkToken', { bend: 'wrong-types' });
  const token = (await ask('bulkToken', undefined, exchange)).body;
  assert.deepEqual([typeof token.access_token, token.expires_in], ['number', '3600']);
  const [{ batch_id }] = (await call('uploadBulk', batch)).body;
  sandbox.fault('bulkExtracts', { bend: 'wrong-types' });
  assert.equal((await call('bulkExtracts', { batch_id })).body.has_next, 0);
});

test('an answer may drift in its words, and the end keeps its name', async (t) => {
  const { sandbox, call, clock, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith('pan.jpg', 'blurred.jpg', 'aadhaar.jpg');
  const forever = Number.POSITIVE_INFINITY;
  for (const name of ['flowStatus', 'flowExtracts', 'uploadDocstream', 'bulkExtracts'] as const) {
    sandbox.fault(name, { bend: 'drift' }, forever);
  }
  const running = (await call('flowStatus', { flow_uuid })).body;
  assert.equal(running.master_status, 'UNDER_REVIEW');
  assert.equal(running.upload_status, 'FETCHING');
  assert.equal(running.percent_done, 50);
  clock.advance(3000);
  const ended = (await call('flowStatus', { flow_uuid })).body;
  assert.equal(ended.master_status, 'SUCCESS');
  assert.equal(ended.crossheck_status, 'COMPLETED_WITH_REMARKS');
  const { ocr_data, cross_checks } = (await call('flowExtracts', { flow_uuid })).body;
  assert.deepEqual(
    ocr_data.map((entry: Record<string, unknown>) => entry.document_type ?? entry.error_code),
    ['DIGITAL_LAND_RECORD', 'TOO_OLD', 'AADHAAR'],
  );
  assert.ok(ocr_data[2].newly_read_field.value);
  assert.equal(cross_checks[0].verdict, 'LIKELY');
  const [{ batch_id }] = (await call('uploadBulk', batch)).body;
  clock.advance(2000);
  const page = (await call('bulkExtracts', { batch_id })).body;
  assert.equal(page.data[0].file_data.document_type, 'DIGITAL_LAND_RECORD');
  assert.equal(page.schema_version, '2030-01');
});

test('a refusal keeps its shape, whatever an answer is bent to', async (t) => {
  const { sandbox, call } = await openSandbox(t);
  for (const bend of ['extra-members', 'wrong-types', 'drift'] as const) {
    sandbox.fault('flowStatus', { bend });
    const { status, body } = await call('flowStatus', { flow_uuid: 'LOS-none' });
    assert.deepEqual([status, body], [409, { error: 'Flow not found' }]);
  }
});

test('a right answer may be 10 MB long', async (t) => {
  const { sandbox, token } = await openSandbox(t);
  sandbox.fault('bulkToken', { padToBytes: 10_000_000 });
  const url = `${sandbox.url}/v1/bulk/authtoken`;
  const text = await (await fetch(url, { method: 'POST', headers: exchange })).text();
  assert.equal(text.length, 10_000_000);
  assert.equal(JSON.parse(text).expires_in, 3600);
  sandbox.fault('bulkToken', { padToBytes: 1 });
  assert.match(await token('bulk'), /^ey/);
});
