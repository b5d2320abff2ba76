import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { Fault } from '../../src/sandbox/fault-queue.ts';
import { application, filesNamed, openSandbox } from '../support/sandbox/open-sandbox.ts';

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

test('a fault that is meant for one client is met by that one alone, whatever it brings', async (t) => {
  const [one, other] = ['one', 'other'].map((name) => ({
    clientId: `${name}-client`,
    clientSecret: `${name}-secret`,
  }));
  assert.ok(one && other);
  const { sandbox, ask, token } = await openSandbox(t, { credentials: [one, other] });
  const statusesOf = async ({ clientId, clientSecret }: typeof one) => {
    const exchange = { 'Client-Id': clientId, 'Client-Secret': clientSecret };
    const Token = await token('verification', exchange);
    sandbox.fault('verificationToken', { status: 500 }, 1, one.clientId);
    sandbox.fault('initFlow', { status: 500 }, 1, one.clientId);
    sandbox.fault('matchAddresses', { status: 500 }, 1, one.clientId);
    const fixed = { client_id: clientId, client_secret: clientSecret };
    const replies = [
      await ask('verificationToken', undefined, exchange),
      await ask('initFlow', application, { Token }),
      await ask('matchAddresses', {}, fixed),
    ];
    return replies.map(({ status }) => status);
  };
  assert.deepEqual(await statusesOf(other), [201, 201, 400]);
  sandbox.clearFaults();
  assert.deepEqual(await statusesOf(one), [500, 500, 500]);
});

test('a fault for anybody does not wait behind one for somebody else', async (t) => {
  const { sandbox, call, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith();
  sandbox.fault('flowStatus', { status: 500 }, 1, 'somebody-else');
  sandbox.fault('flowStatus', { status: 502 });
  assert.equal((await call('flowStatus', { flow_uuid })).status, 502);
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
  const clientId = 'sandbox-client';
  const asked = { endpoint: 'flowStatus', fault: { status: 503 }, times: 2, clientId };
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
    '{"endpoint":"flowStatus","fault":{"reset":"midway"}}',
    '{"endpoint":"flowStatus","fault":{"dripMs":-1}}',
    '{"endpoint":"flowStatus","fault":{"bend":"sideways"}}',
    '{"endpoint":"flowStatus","fault":{"padToBytes":1000000000}}',
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

test('a socket reset before its request was read has done nothing', async (t) => {
  const { sandbox, clock, call, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith();
  sandbox.fault('uploadToFlow', { reset: 'before' });
  await assert.rejects(call('uploadToFlow', { flow_uuid, file_urls: filesNamed('pan.jpg') }));
  const { body, status } = await sandbox.waitForCall('uploadToFlow');
  assert.deepEqual([body, status], [undefined, 0]);
  clock.advance(3000);
  assert.deepEqual((await call('flowExtracts', { flow_uuid })).body.ocr_data, []);
});

test('a socket reset after its request was read has done it all', async (t) => {
  const { sandbox, clock, call, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith();
  sandbox.fault('uploadToFlow', { reset: 'after' });
  await assert.rejects(call('uploadToFlow', { flow_uuid, file_urls: filesNamed('pan.jpg') }));
  clock.advance(3000);
  assert.equal((await call('flowExtracts', { flow_uuid })).body.ocr_data.length, 1);
});

for (const when of ['before', 'after'] as const) {
  test(`a reset ${when} the request comes as a reset, not as an end`, async (t) => {
    const { sandbox } = await openSandbox(t);
    sandbox.fault('bulkToken', { reset: when });
    const socket = connect(sandbox.port, '127.0.0.1');
    t.after(() => socket.destroy());
    const failed = once(socket, 'error');
    socket.write('POST /v1/bulk/authtoken HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n');
    if (when === 'after') socket.write('{}');
    const [error] = await failed;
    assert.equal(error.code, 'ECONNRESET');
  });
}

test('a drip sends the right answer a byte at a time', async (t) => {
  const { sandbox, clock, call, token, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith();
  const honest = JSON.stringify((await call('flowStatus', { flow_uuid })).body);
  sandbox.fault('flowStatus', { dripMs: 1000 });
  const url = `${sandbox.url}/v3/verification/status?flow_uuid=${flow_uuid}`;
  const response = await fetch(url, { headers: { Token: await token('verification') } });
  assert.equal(response.headers.get('content-length'), String(honest.length));
  assert.ok(response.body);
  const reader = response.body.getReader();
  let text = '';
  for (let count = 0; count < honest.length; count += 1) {
    clock.advance(1000);
    const { value } = await reader.read();
    assert.equal(value?.length, 1);
    text += Buffer.from(value ?? []).toString();
  }
  assert.equal(text, honest);
  assert.equal((await reader.read()).done, true);
});

test('a drip stops when its reader has gone', async (t) => {
  const { sandbox, clock, token, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith();
  sandbox.fault('flowStatus', { dripMs: 1000 });
  const url = `${sandbox.url}/v3/verification/status?flow_uuid=${flow_uuid}`;
  const leaving = new AbortController();
  const response = await fetch(url, {
    headers: { Token: await token('verification') },
    signal: leaving.signal,
  });
  leaving.abort();
  await assert.rejects(response.text());
  clock.advance(3_600_000);
  await sandbox.close();
});

test('connections are refused until they are accepted again, and flows go on', async (t) => {
  const { sandbox, call, clock, flowWith } = await openSandbox(t);
  const flow_uuid = await flowWith('pan.jpg');
  await sandbox.refuseConnections();
  const [refused] = await once(connect(sandbox.port, '127.0.0.1'), 'error');
  assert.equal(refused.code, 'ECONNREFUSED');
  await assert.rejects(call('flowStatus', { flow_uuid }));
  clock.advance(3000);
  await sandbox.acceptConnections();
  await sandbox.acceptConnections();
  assert.equal((await call('flowStatus', { flow_uuid })).body.master_status, 'SUCCESS');
});

test('connections may be refused at the end', async (t) => {
  const { sandbox } = await openSandbox(t);
  await sandbox.refuseConnections();
  await sandbox.refuseConnections();
  await sandbox.close();
});

const requestable: readonly Fault[] = [
  { dripMs: 1 },
  { reset: 'before' },
  { reset: 'after' },
  { bend: 'extra-members' },
  { bend: 'wrong-types' },
  { bend: 'drift' },
  { padToBytes: 10_000_000 },
  { status: 429, headers: { 'Retry-After': '2' } },
  { rawBody: '' },
];

test('every fault can be asked for by HTTP', async (t) => {
  const { sandbox } = await openSandbox(t, { allowFaultRequests: true });
  for (const fault of requestable) {
    const body = JSON.stringify({ endpoint: 'flowStatus', fault });
    const response = await fetch(`${sandbox.url}/_sandbox/faults`, { method: 'POST', body });
    assert.equal(response.status, 202, body);
    assert.deepEqual(await response.json(), { endpoint: 'flowStatus', fault, times: 1 });
  }
});
