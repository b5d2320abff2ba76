import assert from 'node:assert/strict';
import { test } from 'node:test';
import { application, filesNamed, openSandbox } from './open-sandbox.ts';

test('a status fault replaces the answer, for one call', async (t) => {
  const { sandbox, call } = await openSandbox(t);
  const body = { error_code: '503', error_message: 'Service Unavailable: sample' };
  sandbox.fault('initFlow', { status: 503, body, headers: { 'Retry-After': '7' } });
  const faulty = await call('initFlow', application);
  assert.equal(faulty.status, 503);
  assert.equal(faulty.headers.get('retry-after'), '7');
  assert.deepEqual(faulty.body, body);
  assert.equal((await call('initFlow', application)).status, 201);
});

test('a status fault without a body names its status', async (t) => {
  const { sandbox, call } = await openSandbox(t);
  sandbox.fault('flowStatus', { status: 502 });
  assert.deepEqual((await call('flowStatus', {})).body, { error: 'Bad Gateway' });
});

test('faults come in order, as often as asked, to their own endpoint', async (t) => {
  const { sandbox, call, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith();
  sandbox.fault('flowStatus', { status: 500 }, 2);
  sandbox.fault('flowStatus', { status: 429 });
  const statuses = [];
  for (let count = 0; count < 4; count += 1) {
    assert.equal((await call('flowExtracts', { flow_uuid })).status, 200);
    statuses.push((await call('flowStatus', { flow_uuid })).status);
  }
  assert.deepEqual(statuses, [500, 500, 429, 200]);
});

test('a fault without end lasts until it is cleared', async (t) => {
  const { sandbox, call, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith();
  sandbox.fault('flowStatus', { status: 500 }, Number.POSITIVE_INFINITY);
  for (let count = 0; count < 5; count += 1) {
    assert.equal((await call('flowStatus', { flow_uuid })).status, 500);
  }
  sandbox.clearFaults();
  assert.equal((await call('flowStatus', { flow_uuid })).status, 200);
});

test('a delayed answer waits for the clock', async (t) => {
  const { sandbox, call, clock, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith();
  sandbox.fault('flowStatus', { delayMs: 60_000 });
  const reply = call('flowStatus', { flow_uuid });
  const held = await sandbox.waitForCall('flowStatus');
  assert.equal(held.status, 0);
  clock.advance(60_000);
  assert.equal((await reply).status, 200);
  assert.equal(held.status, 200);
});

test('a socket hung up before has done nothing', async (t) => {
  const { sandbox, call, clock, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith();
  sandbox.fault('uploadToFlow', { hangUp: 'before' });
  await assert.rejects(call('uploadToFlow', { flow_uuid, file_urls: filesNamed('pan.jpg') }));
  clock.advance(3000);
  assert.deepEqual((await call('flowExtracts', { flow_uuid })).body.ocr_data, []);
});

test('a socket hung up after has done it all', async (t) => {
  const { sandbox, call, clock, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith();
  sandbox.fault('uploadToFlow', { hangUp: 'after' });
  await assert.rejects(call('uploadToFlow', { flow_uuid, file_urls: filesNamed('pan.jpg') }));
  clock.advance(3000);
  assert.equal((await call('flowExtracts', { flow_uuid })).body.ocr_data.length, 1);
});

test('a call that hangs is never answered, and closing does not wait for it', async (t) => {
  const { sandbox, call, clock, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith();
  sandbox.fault('flowStatus', { hang: true });
  const reply = assert.rejects(call('flowStatus', { flow_uuid }));
  const held = await sandbox.waitForCall('flowStatus');
  clock.advance(3_600_000);
  await sandbox.close();
  await reply;
  assert.equal(held.status, 0);
});

test('a raw body is sent as it stands', async (t) => {
  const { sandbox, token } = await openSandbox(t);
  const headers = { Token: await token('verification') };
  const url = `${sandbox.url}/v3/verification/status?flow_uuid=x`;
  const bodies = [
    { rawBody: '{"upload_status":' },
    { rawBody: '<html>', status: 502, contentType: 'text/html' },
    { rawBody: '' },
  ];
  for (const fault of bodies) {
    sandbox.fault('flowStatus', fault);
    const response = await fetch(url, { headers });
    assert.equal(response.status, fault.status ?? 200);
    assert.equal(response.headers.get('content-type'), fault.contentType ?? 'application/json');
    assert.equal(await response.text(), fault.rawBody);
  }
});

test('an expired token is refused here and is dead from now on', async (t) => {
  const { sandbox, ask, token, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith();
  const [dead, alive] = [await token('verification'), await token('verification')];
  sandbox.fault('flowStatus', { expiredToken: true });
  for (const name of ['flowStatus', 'flowStatus', 'flowExtracts'] as const) {
    const { status, body } = await ask(name, { flow_uuid }, { Token: dead });
    assert.equal(status, 401);
    assert.deepEqual(body, { error: 'Invalid token' });
  }
  assert.equal((await ask('flowStatus', { flow_uuid }, { Token: alive })).status, 200);
});

test('faults can be asked for by HTTP where that is allowed', async (t) => {
  const { sandbox, call, flowWith } = await openSandbox(t, { allowFaultRequests: true });
  const flow_uuid = await flowWith();
  const asked = { endpoint: 'flowStatus', fault: { status: 503 }, times: 2 };
  const response = await fetch(`${sandbox.url}/_sandbox/faults`, {
    method: 'POST',
    body: JSON.stringify(asked),
  });
  assert.equal(response.status, 202);
  assert.deepEqual(await response.json(), asked);
  const statuses = [];
  for (let count = 0; count < 3; count += 1) {
    statuses.push((await call('flowStatus', { flow_uuid })).status);
  }
  assert.deepEqual(statuses, [503, 503, 200]);
});

test('a fault that makes no sense is refused with 400', async (t) => {
  const { sandbox } = await openSandbox(t, { allowFaultRequests: true });
  const senseless = [
    '{',
    '{}',
    '{"endpoint":"nothing","fault":{"hang":true}}',
    '{"endpoint":"flowStatus","fault":{}}',
    '{"endpoint":"flowStatus","fault":{"status":99}}',
    '{"endpoint":"flowStatus","fault":{"hang":true},"times":0}',
    '{"endpoint":"flowStatus","fault":{"hang":true,"delayMs":5}}',
  ];
  for (const body of senseless) {
    const response = await fetch(`${sandbox.url}/_sandbox/faults`, { method: 'POST', body });
    assert.equal(response.status, 400, body);
  }
  assert.equal((await fetch(`${sandbox.url}/_sandbox/faults`)).status, 405);
});

test('faults cannot be asked for by HTTP unless that is allowed', async (t) => {
  const { sandbox } = await openSandbox(t);
  const body = '{"endpoint":"flowStatus","fault":{"hang":true}}';
  const response = await fetch(`${sandbox.url}/_sandbox/faults`, { method: 'POST', body });
  assert.equal(response.status, 404);
});
