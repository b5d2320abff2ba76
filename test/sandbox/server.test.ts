import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { type EndpointName, endpointRow, endpoints } from '../../src/atlas/api/endpoints.ts';
import { startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { application, exchange, openSandbox } from '../support/sandbox/open-sandbox.ts';

test('an unknown path is a 404 in JSON', async (t) => {
  const { sandbox } = await openSandbox(t);
  for (const path of ['/', '/v3/verification', '/v3/verification/status/', '/_sandbox/faults']) {
    const response = await fetch(`${sandbox.url}${path}`);
    assert.equal(response.status, 404);
    assert.deepEqual(await response.json(), { error: 'Not found' });
  }
});

test('a wrong method is a 405 that names the right one', async (t) => {
  const { sandbox } = await openSandbox(t);
  for (const name of Object.keys(endpoints) as EndpointName[]) {
    const { method, path } = endpointRow(name);
    for (const wrong of ['GET', 'POST', 'PUT', 'DELETE'].filter((each) => each !== method)) {
      const response = await fetch(`${sandbox.url}${path}`, { method: wrong });
      assert.equal(response.status, 405);
      assert.equal(response.headers.get('allow'), method);
      assert.deepEqual(await response.json(), { error: 'Method not allowed' });
    }
  }
});

test('a body that is not JSON is a 400, but only to who may ask', async (t) => {
  const { sandbox, token } = await openSandbox(t);
  const url = `${sandbox.url}/v3/verification/flow/init`;
  const known = { Token: await token('verification') };
  const response = await fetch(url, { method: 'POST', body: '{"a":', headers: known });
  assert.equal(response.status, 400);
  assert.deepEqual(await response.json(), { error: 'Request body is not valid JSON' });
  assert.equal((await fetch(url, { method: 'POST', body: '{"a":' })).status, 401);
});

test('a body of 1 MiB is read, one byte more is a 413', async (t) => {
  const { sandbox, token } = await openSandbox(t);
  const headers = { Token: await token('verification') };
  const url = `${sandbox.url}/v3/verification/flow/init`;
  const padding = (length: number) => ({ ...application, flow_params: { x: 'x'.repeat(length) } });
  const room = 1024 * 1024 - JSON.stringify(padding(0)).length;
  const full = { method: 'POST', headers, body: JSON.stringify(padding(room)) };
  assert.equal((await fetch(url, full)).status, 201);
  const over = await fetch(url, { ...full, body: JSON.stringify(padding(room + 1)) });
  assert.equal(over.status, 413);
  assert.deepEqual(await over.json(), { error: 'Request body too large' });
});

test('every call is noted as it came, refused ones too', async (t) => {
  const { sandbox, ask, token, clock } = await openSandbox(t);
  const Token = await token('verification');
  sandbox.clearCalls();
  const headers = { Token, 'User-Agent': 'sample/1', 'X-Request-Id': 'r-1', 'X-Other': 'no' };
  await ask('initFlow', application, headers);
  clock.advance(5);
  await ask('flowStatus', { flow_uuid: 'none' });
  const [first, second] = sandbox.calls;
  assert.equal(first?.name, 'initFlow');
  assert.equal(first?.status, 201);
  assert.deepEqual(first?.body, application);
  assert.equal(first?.headers.token, Token);
  assert.equal(first?.headers['user-agent'], 'sample/1');
  assert.equal(first?.headers['x-request-id'], 'r-1');
  assert.equal(first?.headers['x-other'], undefined);
  assert.equal(second?.status, 401);
  assert.equal(second?.body, undefined);
  assert.deepEqual(second?.query, { flow_uuid: 'none' });
  assert.equal((second?.at ?? 0) - (first?.at ?? 0), 5);
});

test('calls are counted by endpoint, and from the start again when cleared', async (t) => {
  const { sandbox, ask } = await openSandbox(t);
  await ask('verificationToken', undefined, exchange);
  await ask('flowStatus');
  await ask('flowStatus');
  const counts = () => [
    sandbox.countCalls(),
    sandbox.countCalls('flowStatus'),
    sandbox.countCalls('bulkToken'),
  ];
  assert.deepEqual(counts(), [3, 2, 0]);
  sandbox.clearCalls();
  assert.deepEqual(counts(), [0, 0, 0]);
  assert.deepEqual(sandbox.calls, []);
});

test('a call can be waited for, before and after it came', async (t) => {
  const { sandbox, ask } = await openSandbox(t);
  const coming = sandbox.waitForCall('flowStatus', (call) => call.query.flow_uuid === 'second');
  await ask('flowStatus', { flow_uuid: 'first' });
  await ask('flowStatus', { flow_uuid: 'second' });
  assert.equal((await coming).query.flow_uuid, 'second');
  const answered = await sandbox.waitForCall('flowStatus', (call) => call.status !== 0);
  assert.equal(answered.query.flow_uuid, 'first');
  const never = sandbox.waitForCall('bulkToken');
  const closed = sandbox.close();
  await assert.rejects(never, /the sandbox was closed/);
  await closed;
});

test('the table is answered whole: every endpoint is there', async (t) => {
  const { sandbox, call } = await openSandbox(t);
  for (const name of Object.keys(endpoints) as EndpointName[]) {
    const isToken = endpointRow(name).credentials === 'exchange';
    const { status } = isToken
      ? await fetch(`${sandbox.url}${endpointRow(name).path}`, {
          method: 'POST',
          headers: exchange,
        })
      : await call(name, {});
    assert.equal(status, isToken ? 201 : 400, name);
  }
});

test('two sandboxes know nothing of each other', async (t) => {
  const [one, two] = [await openSandbox(t), await openSandbox(t)];
  const flow_uuid = await one.flowWith();
  assert.equal((await two.call('flowStatus', { flow_uuid })).status, 409);
  assert.notEqual(one.sandbox.port, two.sandbox.port);
});

test('closing drops open connections and can be done twice', async (t) => {
  const { sandbox } = await openSandbox(t);
  const socket = connect(sandbox.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => {
    // A connection that is dropped may say so, or just end.
  });
  const ended = once(socket, 'close');
  await Promise.all([sandbox.close(), ended]);
  await sandbox.close();
  await assert.rejects(fetch(sandbox.url));
});

test('closing leaves no timer of the wall clock behind', async (t) => {
  const sandbox = await startSandbox({ stageMs: 3_600_000 });
  t.after(() => sandbox.close());
  const authorised = await fetch(`${sandbox.url}/v3/verification/authtoken`, {
    method: 'POST',
    headers: exchange,
  });
  const { access_token } = (await authorised.json()) as { access_token: string };
  const post = (path: string, body: unknown) =>
    fetch(`${sandbox.url}${path}`, {
      method: 'POST',
      headers: { Token: access_token },
      body: JSON.stringify(body),
    });
  const opened = await post('/v3/verification/flow/init', application);
  const { flow_uuid } = (await opened.json()) as { flow_uuid: string };
  const file_urls = [{ file_url: 'https://files.example/pan.jpg', document_id: 'doc-1' }];
  await post('/v3/verification/multiupload', { flow_uuid, file_urls });
  await sandbox.close();
  assert.equal(process.getActiveResourcesInfo().includes('Timeout'), false);
});

test('a port that is taken is an error, not a crash', async (t) => {
  const { sandbox } = await openSandbox(t);
  await assert.rejects(startSandbox({ port: sandbox.port }), { code: 'EADDRINUSE' });
});
