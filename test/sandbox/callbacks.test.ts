import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { application, filesNamed, openSandbox } from '../support/sandbox/open-sandbox.ts';

interface Received {
  readonly path: string;
  readonly method: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Record<string, unknown>;
}

/** The response of a receiver on each path; `null` keeps the caller waiting. */
type Says = Readonly<Record<string, { status?: number; text: string } | null>>;

const kind: Says = {
  '/auth': { text: JSON.stringify({ access_token: 'token-of-the-receiver', expires_in: 60 }) },
  '/callback': { text: '' },
};

/** Stands where Atlas's customers do. */
async function startReceiver(t: TestContext, says: Says = kind) {
  const received: Received[] = [];
  const arrival = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const path = request.url ?? '';
    const { method, headers } = request;
    received.push({ path, method, headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
    arrival.resolve();
    const said = says[path];
    if (said) response.writeHead(said.status ?? 200).end(said.text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const addresses = { auth_url: `${url}/auth`, callback_url: `${url}/callback` };
  return { received, addresses, arrival: arrival.promise };
}

test('the end of a flow is told with the token of auth_url and the extracts', async (t) => {
  const { received, addresses } = await startReceiver(t);
  const { sandbox, call, clock } = await openSandbox(t);
  const flow_params = { branch: 'sample' };
  const opened = await call('initFlow', { ...application, ...addresses, flow_params });
  const { flow_uuid } = opened.body;
  await call('uploadToFlow', { flow_uuid, file_urls: filesNamed('pan.jpg', 'aadhaar.jpg') });
  clock.advance(3000);
  const delivery = await sandbox.waitForCallback(flow_uuid);
  assert.deepEqual(delivery, { flowUuid: flow_uuid, state: 'delivered' });
  assert.deepEqual(sandbox.callbacks, [delivery]);

  const [auth, callback] = received;
  assert.deepEqual([auth?.method, auth?.path, auth?.body], ['POST', '/auth', {}]);
  assert.deepEqual([callback?.method, callback?.path], ['POST', '/callback']);
  assert.equal(callback?.headers['content-type'], 'application/json');
  assert.equal(callback?.headers.token, 'token-of-the-receiver');
  assert.equal(callback?.headers.authorization, 'Bearer token-of-the-receiver');
  const extracts = (await call('flowExtracts', { flow_uuid })).body;
  assert.equal(extracts.cross_checks.length, 2);
  assert.deepEqual(callback?.body, {
    application_id: 'app-0001',
    flow_uuid,
    flow_params,
    ...extracts,
  });
});

test('a flow that fails is told too', async (t) => {
  const { received, addresses } = await startReceiver(t);
  const { sandbox, call, clock } = await openSandbox(t);
  const { flow_uuid } = (await call('initFlow', { ...application, ...addresses })).body;
  await call('uploadToFlow', { flow_uuid, file_urls: filesNamed('broken-link.jpg') });
  clock.advance(1000);
  assert.equal((await sandbox.waitForCallback(flow_uuid)).state, 'delivered');
  assert.deepEqual(received[1]?.body.flow_params, {});
});

test('nothing is told before the end', async (t) => {
  const { received, addresses } = await startReceiver(t);
  const { sandbox, call, clock } = await openSandbox(t);
  const { flow_uuid } = (await call('initFlow', { ...application, ...addresses })).body;
  await call('uploadToFlow', { flow_uuid, file_urls: filesNamed('pan.jpg') });
  clock.advance(2999);
  sandbox.setFlowStatus(flow_uuid, { master_status: 'SUCCESS' });
  assert.deepEqual([received, sandbox.callbacks], [[], []]);
});

test('a token may be called token', async (t) => {
  const says = { ...kind, '/auth': { status: 201, text: '{"token":"another"}' } };
  const { received, addresses } = await startReceiver(t, says);
  const { sandbox, call } = await openSandbox(t);
  const { flow_uuid } = (await call('initFlow', { ...application, ...addresses })).body;
  sandbox.finishFlow(flow_uuid, 'SUCCESS');
  await sandbox.waitForCallback(flow_uuid);
  assert.equal(received[1]?.headers.token, 'another');
});

const withoutToken: Readonly<Record<string, { status?: number; text: string }>> = {
  'a refusal': { status: 401, text: '{"access_token":"x"}' },
  'no JSON': { text: '<html>' },
  'no token': { text: '{}' },
};
for (const [what, answer] of Object.entries(withoutToken)) {
  test(`${what} from auth_url ends the callback before it is sent`, async (t) => {
    const { received, addresses } = await startReceiver(t, { ...kind, '/auth': answer });
    const { sandbox, call } = await openSandbox(t);
    const { flow_uuid } = (await call('initFlow', { ...application, ...addresses })).body;
    sandbox.finishFlow(flow_uuid, 'SUCCESS');
    assert.equal((await sandbox.waitForCallback(flow_uuid)).state, 'auth_failed');
    assert.equal(received.length, 1);
  });
}

test('a callback that is refused has failed, and is not tried again', async (t) => {
  const says = { ...kind, '/callback': { status: 500, text: '' } };
  const { received, addresses } = await startReceiver(t, says);
  const { sandbox, call, clock } = await openSandbox(t);
  const { flow_uuid } = (await call('initFlow', { ...application, ...addresses })).body;
  sandbox.finishFlow(flow_uuid, 'SUCCESS');
  assert.equal((await sandbox.waitForCallback(flow_uuid)).state, 'failed');
  clock.advance(3_600_000);
  assert.equal(received.length, 2);
});

test('addresses where nobody is, or that are none, do no harm', async (t) => {
  const { sandbox, call } = await openSandbox(t);
  for (const auth_url of [application.auth_url, 'nowhere', 'file:///tmp/x']) {
    const { flow_uuid } = (await call('initFlow', { ...application, auth_url })).body;
    sandbox.finishFlow(flow_uuid, 'FAILED');
    assert.equal((await sandbox.waitForCallback(flow_uuid)).state, 'auth_failed');
  }
});

test('a receiver has 5 seconds', async (t) => {
  const { arrival, addresses } = await startReceiver(t, { '/auth': null });
  const { sandbox, call, clock } = await openSandbox(t);
  const { flow_uuid } = (await call('initFlow', { ...application, ...addresses })).body;
  sandbox.finishFlow(flow_uuid, 'SUCCESS');
  await arrival;
  clock.advance(4999);
  assert.deepEqual(sandbox.callbacks, []);
  clock.advance(1);
  assert.equal((await sandbox.waitForCallback(flow_uuid)).state, 'auth_failed');
});

test('closing does not wait for a receiver', async (t) => {
  const { arrival, addresses } = await startReceiver(t, { '/auth': null });
  const { sandbox, call } = await openSandbox(t);
  const { flow_uuid } = (await call('initFlow', { ...application, ...addresses })).body;
  sandbox.finishFlow(flow_uuid, 'SUCCESS');
  await arrival;
  await sandbox.close();
});

test('a callback can be sent once more, and too early', async (t) => {
  const { received, addresses } = await startReceiver(t);
  const { sandbox, call } = await openSandbox(t);
  const { flow_uuid } = (await call('initFlow', { ...application, ...addresses })).body;
  assert.equal((await sandbox.sendCallback(flow_uuid)).state, 'delivered');
  assert.equal((await sandbox.sendCallback(flow_uuid)).state, 'delivered');
  assert.deepEqual(received[1]?.body, received[3]?.body);
});

/** How many documents each callback of a flow told of, once `count` of them are over. */
async function toldBy(t: TestContext, application_id: string, count: number) {
  const { received, addresses } = await startReceiver(t);
  const { sandbox, call, clock } = await openSandbox(t);
  const opened = await call('initFlow', { ...application, ...addresses, application_id });
  const { flow_uuid } = opened.body;
  await call('uploadToFlow', { flow_uuid, file_urls: filesNamed('pan.jpg') });
  if (application_id.startsWith('callbacks-early')) await sandbox.waitForCallback(flow_uuid);
  clock.advance(3000);
  if (count > 0) await sandbox.waitForCallback(flow_uuid, count);
  await sandbox.close();
  assert.equal(sandbox.callbacks.length, count);
  return received
    .filter(({ path }) => path === '/callback')
    .map(({ body }) => (Array.isArray(body.ocr_data) ? body.ocr_data.length : null));
}

test('callbacks-twice: the end is told twice', async (t) => {
  assert.deepEqual(await toldBy(t, 'callbacks-twice-1', 2), [1, 1]);
});

test('callbacks-early: the upload is told before the end', async (t) => {
  assert.deepEqual(await toldBy(t, 'callbacks-early-1', 2), [0, 1]);
});

test('callbacks-out-of-order: the upload is told after the end', async (t) => {
  assert.deepEqual(await toldBy(t, 'callbacks-out-of-order-1', 2), [1, 0]);
});

test('callbacks-never: nothing is told', async (t) => {
  assert.deepEqual(await toldBy(t, 'callbacks-never-1', 0), []);
});
