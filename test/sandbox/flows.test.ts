import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flowUuidFor } from '../../src/sandbox/identifiers.ts';
import {
  application,
  filesNamed,
  type OpenSandbox,
  openSandbox,
} from '../support/sandbox/open-sandbox.ts';

/** The four members in their order, for one line of an assertion. */
async function statusOf({ call }: OpenSandbox, flow_uuid: string): Promise<string> {
  const { status, body } = await call('flowStatus', { flow_uuid });
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body), [
    'upload_status',
    'processing_status',
    'crossheck_status',
    'master_status',
  ]);
  return Object.values(body).join(' ');
}

async function landedIn({ call }: OpenSandbox, flow_uuid: string): Promise<string[]> {
  const { body } = await call('flowExtracts', { flow_uuid });
  return body.ocr_data.map((entry: { document_id: string }) => entry.document_id);
}

test('a flow is created with the id that its application and its number give', async (t) => {
  const { call } = await openSandbox(t);
  for (const n of [1, 2]) {
    const { status, body } = await call('initFlow', application);
    assert.equal(status, 201);
    assert.deepEqual(body, { flow_uuid: flowUuidFor('app-0001', n) });
  }
  const other = await call('initFlow', { ...application, application_id: 'app-0002' });
  assert.equal(other.body.flow_uuid, flowUuidFor('app-0002', 1));
  assert.match(flowUuidFor('app-0001', 1), /^LOS-[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
});

test('flow_params are optional, and may be empty', async (t) => {
  const { call } = await openSandbox(t);
  for (const flow_params of [{}, { branch: '' }]) {
    assert.equal((await call('initFlow', { ...application, flow_params })).status, 201);
  }
});

test('missing, empty or mistyped members are named like a Python list', async (t) => {
  const { call } = await openSandbox(t);
  const { application_id: _, ...withoutId } = application;
  const cases: [unknown, string][] = [
    [withoutId, "['application_id']"],
    [{ ...application, application_id: '' }, "['application_id']"],
    [{ ...application, application_id: 7 }, "['application_id']"],
    [{ ...application, product_type: ' ', callback_url: null }, "['product_type', 'callback_url']"],
    [{ ...application, flow_params: 'x' }, "['flow_params']"],
    [{}, "['product_type', 'application_id', 'auth_url', 'callback_url']"],
    [[], "['product_type', 'application_id', 'auth_url', 'callback_url']"],
    [undefined, "['product_type', 'application_id', 'auth_url', 'callback_url']"],
  ];
  for (const [input, names] of cases) {
    const { status, body } = await call('initFlow', input);
    assert.equal(status, 400);
    assert.deepEqual(body, { error: `Missing or empty required parameters: ${names}` });
  }
});

test('an upload answers one receipt a file, all of one batch', async (t) => {
  const { call, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith();
  const upload = { flow_uuid, file_urls: filesNamed('pan.jpg', 'aadhaar.jpg') };
  const { status, body } = await call('uploadToFlow', upload);
  assert.equal(status, 200);
  assert.deepEqual(
    body.map((receipt: { document_id: string }) => receipt.document_id),
    ['doc-1', 'doc-2'],
  );
  for (const receipt of body) {
    assert.equal(receipt.batch_id, 'BATCH-10001-QWERT-20260115093000');
    assert.match(receipt.file_uuid, /^[\da-f-]{36}$/);
  }
  const again = await call('uploadToFlow', upload);
  assert.equal(again.body[0].batch_id, 'BATCH-10002-QWERT-20260115093000');
  const files = new Set([...body, ...again.body].map((receipt) => receipt.file_uuid));
  assert.equal(files.size, 4);
});

test('the same calls give the same ids in every sandbox', async (t) => {
  const worlds = [await openSandbox(t), await openSandbox(t)];
  const receipts = await Promise.all(
    worlds.map(async ({ call, flowWith }) => {
      const flow_uuid = await flowWith();
      return (await call('uploadToFlow', { flow_uuid, file_urls: filesNamed('pan.jpg') })).body;
    }),
  );
  assert.deepEqual(receipts[0], receipts[1]);
});

test('an upload names what is missing, in the entries too', async (t) => {
  const { call, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith();
  const cases: [unknown, string][] = [
    [{ file_urls: filesNamed('pan.jpg') }, "['flow_uuid']"],
    [{ flow_uuid }, "['file_urls']"],
    [{ flow_uuid, file_urls: [] }, "['file_urls']"],
    [{ flow_uuid, file_urls: [{ file_url: 'https://files.example/pan.jpg' }] }, "['document_id']"],
    [{ flow_uuid, file_urls: [{ file_url: '', document_id: 'd' }] }, "['file_url']"],
  ];
  for (const [input, names] of cases) {
    const { status, body } = await call('uploadToFlow', input);
    assert.equal(status, 400);
    assert.deepEqual(body, { error: `Missing or empty required parameters: ${names}` });
  }
});

test('an unknown flow is a 409 to all that name one', async (t) => {
  const { call } = await openSandbox(t);
  const flow_uuid = 'LOS-00000000-0000-4000-8000-000000000000';
  const replies = [
    await call('uploadToFlow', { flow_uuid, file_urls: filesNamed('pan.jpg') }),
    await call('flowStatus', { flow_uuid }),
    await call('flowExtracts', { flow_uuid }),
  ];
  for (const { status, body } of replies) {
    assert.equal(status, 409);
    assert.deepEqual(body, { error: 'Flow not found' });
  }
});

test('a read without a flow is refused with 400', async (t) => {
  const { call } = await openSandbox(t);
  for (const name of ['flowStatus', 'flowExtracts'] as const) {
    for (const query of [{}, { flow_uuid: '' }]) {
      const { status, body } = await call(name, query);
      assert.equal(status, 400);
      assert.deepEqual(body, { error: "Missing required ['flow_uuid'] parameters" });
    }
  }
});

test('a flow goes through its stages, and documents land one by one', async (t) => {
  const world = await openSandbox(t);
  const { clock } = world;
  const empty = await world.flowWith();
  assert.equal(await statusOf(world, empty), 'NOT_STARTED NOT_STARTED NOT_STARTED NOT_STARTED');
  const flow = await world.flowWith('pan.jpg', 'aadhaar.jpg');
  assert.equal(await statusOf(world, flow), 'IN_PROGRESS NOT_STARTED NOT_STARTED IN_PROGRESS');
  clock.advance(999);
  assert.equal(await statusOf(world, flow), 'IN_PROGRESS NOT_STARTED NOT_STARTED IN_PROGRESS');
  clock.advance(1);
  assert.equal(await statusOf(world, flow), 'SUCCESS IN_PROGRESS NOT_STARTED IN_PROGRESS');
  assert.deepEqual(await landedIn(world, flow), []);
  clock.advance(500);
  assert.equal(await statusOf(world, flow), 'SUCCESS IN_PROGRESS NOT_STARTED IN_PROGRESS');
  assert.deepEqual(await landedIn(world, flow), ['doc-1']);
  clock.advance(500);
  assert.equal(await statusOf(world, flow), 'SUCCESS SUCCESS PENDING IN_PROGRESS');
  assert.deepEqual(await landedIn(world, flow), ['doc-1', 'doc-2']);
  clock.advance(1000);
  assert.equal(await statusOf(world, flow), 'SUCCESS SUCCESS COMPLETED SUCCESS');
  assert.equal(await statusOf(world, empty), 'NOT_STARTED NOT_STARTED NOT_STARTED NOT_STARTED');
});

test('a second upload while the flow runs puts its end off', async (t) => {
  const world = await openSandbox(t);
  const { clock, call } = world;
  const flow_uuid = await world.flowWith('pan.jpg');
  clock.advance(2500);
  assert.equal(await statusOf(world, flow_uuid), 'SUCCESS SUCCESS PENDING IN_PROGRESS');
  const file_urls = [{ file_url: 'https://files.example/dl.jpg', document_id: 'doc-2' }];
  await call('uploadToFlow', { flow_uuid, file_urls });
  assert.equal(await statusOf(world, flow_uuid), 'IN_PROGRESS IN_PROGRESS NOT_STARTED IN_PROGRESS');
  clock.advance(2999);
  assert.equal(await statusOf(world, flow_uuid), 'SUCCESS SUCCESS PENDING IN_PROGRESS');
  clock.advance(1);
  assert.equal(await statusOf(world, flow_uuid), 'SUCCESS SUCCESS COMPLETED SUCCESS');
  assert.deepEqual(await landedIn(world, flow_uuid), ['doc-1', 'doc-2']);
});

test('an upload after the end opens the flow again', async (t) => {
  const world = await openSandbox(t);
  const { clock, call } = world;
  const flow_uuid = await world.flowWith('pan.jpg');
  clock.advance(3000);
  assert.match(await statusOf(world, flow_uuid), / SUCCESS$/);
  await call('uploadToFlow', { flow_uuid, file_urls: filesNamed('passport.jpg') });
  assert.match(await statusOf(world, flow_uuid), / IN_PROGRESS$/);
  clock.advance(3000);
  assert.match(await statusOf(world, flow_uuid), / SUCCESS$/);
});

test('a flow succeeds when one document does', async (t) => {
  const world = await openSandbox(t);
  const flow_uuid = await world.flowWith('blurred.jpg', 'broken-link.jpg', 'pan.jpg');
  world.clock.advance(1000);
  assert.deepEqual(await landedIn(world, flow_uuid), ['doc-2']);
  world.clock.advance(2000);
  assert.equal(await statusOf(world, flow_uuid), 'SUCCESS SUCCESS COMPLETED SUCCESS');
  assert.deepEqual(await landedIn(world, flow_uuid), ['doc-2', 'doc-1', 'doc-3']);
});

test('a flow fails when no document can be read', async (t) => {
  const world = await openSandbox(t);
  const flow_uuid = await world.flowWith('blurred.jpg', 'open-box-two-faces.jpg');
  world.clock.advance(2000);
  assert.equal(await statusOf(world, flow_uuid), 'SUCCESS FAILED NOT_STARTED FAILED');
});

test('a flow fails when no file can be downloaded', async (t) => {
  const world = await openSandbox(t);
  const flow_uuid = await world.flowWith('broken-link.jpg', 'broken-link-2.jpg');
  world.clock.advance(1000);
  assert.equal(await statusOf(world, flow_uuid), 'FAILED NOT_STARTED NOT_STARTED FAILED');
  assert.deepEqual(await landedIn(world, flow_uuid), ['doc-1', 'doc-2']);
});

test('a status set by hand stays until the flow is finished by hand', async (t) => {
  const world = await openSandbox(t);
  const { sandbox, clock } = world;
  const flow_uuid = await world.flowWith('pan.jpg', 'dl.jpg');
  sandbox.setFlowStatus(flow_uuid, { master_status: 'ON_HOLD', crossheck_status: 'SKIPPED' });
  clock.advance(5000);
  assert.equal(await statusOf(world, flow_uuid), 'SUCCESS SUCCESS SKIPPED ON_HOLD');
  sandbox.finishFlow(flow_uuid, 'SUCCESS');
  assert.equal(await statusOf(world, flow_uuid), 'SUCCESS SUCCESS COMPLETED SUCCESS');
});

test('a flow finished by hand has all its documents, or what had landed', async (t) => {
  const world = await openSandbox(t);
  const { sandbox, clock } = world;
  const done = await world.flowWith('pan.jpg', 'dl.jpg');
  sandbox.finishFlow(done, 'SUCCESS');
  assert.equal(await statusOf(world, done), 'SUCCESS SUCCESS COMPLETED SUCCESS');
  assert.deepEqual(await landedIn(world, done), ['doc-1', 'doc-2']);
  const failed = await world.flowWith('pan.jpg', 'dl.jpg');
  clock.advance(1500);
  sandbox.finishFlow(failed, 'FAILED');
  clock.advance(5000);
  assert.equal(await statusOf(world, failed), 'SUCCESS FAILED NOT_STARTED FAILED');
  assert.deepEqual(await landedIn(world, failed), ['doc-1']);
});

test('a flow that nobody opened cannot be steered', async (t) => {
  const { sandbox } = await openSandbox(t);
  assert.throws(() => sandbox.finishFlow('LOS-none', 'SUCCESS'), /no flow LOS-none/);
  assert.throws(() => sandbox.setFlowStatus('LOS-none', {}), /no flow LOS-none/);
});
