import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { createFakeClock } from '../../support/live/fake-clock.ts';
import { type GatewayOptions, openGateway } from '../../support/open-gateway.ts';
import { createHandClock } from '../../support/sandbox/hand-clock.ts';
import {
  addressesOf,
  callBack,
  getToken,
  lastAddresses,
} from '../../support/server/atlas-calls.ts';
import { overWebSocket, type Subscription } from '../../support/server/transports.ts';

const timeout = 20_000;

/** A gateway that never polls, with one flow that is read, and what Atlas would call for it. */
async function openWatched(t: TestContext, options: GatewayOptions = {}) {
  const clock = createFakeClock();
  const gateway = await openGateway(t, { clock, ...options });
  const uuid = await gateway.openFlow();
  const addresses = lastAddresses(gateway.sandbox);
  const reading = await overWebSocket(t, gateway, uuid);
  assert.equal(await stateOf(reading), 'NOT_STARTED');
  gateway.sandbox.clearCalls();
  return { ...gateway, clock, uuid, reading, ...addresses };
}

async function stateOf(reading: Subscription): Promise<string> {
  return (await reading.next()).data.flowUpdated.status.state;
}

test('a callback tells the readers at once, with what Atlas answers then', {
  timeout,
}, async (t) => {
  const { sandbox, uuid, reading, authUrl, callbackUrl } = await openWatched(t);
  sandbox.setFlowStatus(uuid, { master_status: 'IN_PROGRESS' });
  const token = await getToken(authUrl);
  assert.equal(await callBack(callbackUrl, { token }, { master_status: 'FAILED' }), 200);
  assert.equal(await stateOf(reading), 'IN_PROGRESS');
  assert.equal(sandbox.countCalls('flowStatus'), 1);
});

test('the auth route answers GET and POST, and the token under the usual names', async (t) => {
  const { authUrl } = await openWatched(t);
  for (const method of ['GET', 'POST']) {
    const response = await fetch(authUrl, { method });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const { access_token, token, Token, expires_in, token_type } = await response.json();
    assert.match(access_token, /^\d+\.[\w-]{43}$/);
    assert.deepEqual([token, Token], [access_token, access_token]);
    assert.deepEqual([expires_in, token_type], [600, 'Bearer']);
  }
  for (const method of ['PUT', 'DELETE', 'HEAD']) {
    const response = await fetch(authUrl, { method });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get('allow'), 'GET, POST');
  }
});

test('a callback is a POST', async (t) => {
  const { callbackUrl, sandbox } = await openWatched(t);
  const response = await fetch(callbackUrl);
  assert.equal(response.status, 405);
  assert.equal(response.headers.get('allow'), 'POST');
  assert.equal(sandbox.countCalls(), 0);
});

test('the token is taken back in any of the usual headers', { timeout }, async (t) => {
  const { sandbox, authUrl, callbackUrl } = await openWatched(t);
  const token = await getToken(authUrl, 'GET');
  const ways = [
    { token },
    { Token: `Bearer ${token}` },
    { authorization: `Bearer ${token}` },
    { authorization: `bearer  ${token}` },
    { authorization: token },
    { token: 'of another kind', authorization: `Bearer ${token}` },
  ];
  for (const headers of ways) {
    sandbox.clearCalls();
    assert.equal(await callBack(callbackUrl, headers), 200, JSON.stringify(headers));
    await sandbox.waitForCall('flowStatus', ({ status }) => status === 200);
  }
});

test('a path that was not made here is unknown, and costs Atlas nothing', async (t) => {
  const { app, sandbox, openFlow, authUrl, callbackUrl } = await openWatched(t);
  const token = await getToken(authUrl);
  const own = callbackUrl.split('/').at(-1) ?? '';
  await openFlow('application-2');
  const other = lastAddresses(sandbox).callbackUrl.split('/').at(-1) ?? '';
  assert.notEqual(own, other);
  sandbox.clearCalls();
  const [tenant, reference] = own.split('.');
  for (const path of [
    '',
    'x',
    `${own}x`,
    own.slice(0, -1),
    `${tenant}.${reference}`,
    `${tenant}.${reference}.${other.split('.')[2]}`,
    `${own}/more`,
    `${'x'.repeat(600)}`,
    '..%2f..%2fhealth',
  ]) {
    for (const kind of ['auth', 'callback']) {
      assert.equal(await callBack(`${app.url}/atlas/${kind}/${path}`, { token }), 404, path);
    }
  }
  assert.equal(sandbox.countCalls(), 0);
});

test('a callback without its own valid token is refused, and costs Atlas nothing', async (t) => {
  const watched = await openWatched(t);
  const { app, sandbox, callbackUrl, openFlow, logLines } = watched;
  await openFlow('application-2');
  const foreign = await getToken(lastAddresses(sandbox).authUrl);
  const stranger = await openWatched(t);
  const forged = await getToken(stranger.authUrl);
  sandbox.clearCalls();
  const refused: Record<string, string>[] = [
    {},
    { token: '' },
    { token: 'forged' },
    { token: '9999999999.forged' },
    { token: foreign },
    { token: forged },
    { authorization: `Bearer ${watched.apiKey}` },
    { authorization: 'Bearer' },
  ];
  for (const headers of refused) {
    assert.equal(await callBack(callbackUrl, headers), 401, JSON.stringify(headers));
  }
  assert.equal(sandbox.countCalls(), 0);
  const warnings = logLines().filter(({ msg }) => msg === 'a callback without a valid token');
  assert.equal(warnings.length, refused.length);
  const ready = await fetch(`${app.url}/ready`);
  assert.equal((await ready.json()).callbacks, 'none has ever come: polling');
});

test('a token is over after ten minutes', { timeout }, async (t) => {
  const clock = createFakeClock();
  const { sandbox, openFlow } = await openGateway(t, { clock });
  await openFlow();
  const { authUrl, callbackUrl } = lastAddresses(sandbox);
  const token = await getToken(authUrl);
  await clock.advance(600_000);
  assert.equal(await callBack(callbackUrl, { token }), 200);
  await clock.advance(1_000);
  assert.equal(await callBack(callbackUrl, { token }), 401);
  assert.equal(await callBack(callbackUrl, { token: await getToken(authUrl) }), 200);
});

test('an address sealed with an older secret is accepted, with an unknown one it is not', async (t) => {
  const [older, newer] = ['the-older-of-two-secrets', 'the-newer-of-two-secrets'];
  const first = await openGateway(t, { env: { CALLBACK_SECRET: older } });
  const both = await openGateway(t, {
    atlas: first.sandbox,
    env: { CALLBACK_SECRET: `${newer},${older}` },
  });
  const second = await openGateway(t, {
    atlas: first.sandbox,
    env: { CALLBACK_SECRET: newer },
  });
  await first.openFlow();
  const { authUrl, callbackUrl } = lastAddresses(first.sandbox);
  const token = await getToken(authUrl);
  const at = (url: string, gateway: typeof first) => url.replace(first.app.url, gateway.app.url);
  assert.equal(await callBack(at(callbackUrl, both), { token }), 200);
  assert.ok(await getToken(at(authUrl, both)));
  assert.equal(await callBack(at(callbackUrl, second), { token }), 404);
  await both.openFlow('application-2');
  const newest = lastAddresses(first.sandbox);
  assert.equal(
    await callBack(at(newest.callbackUrl.replace(both.app.url, first.app.url), second), {
      token: await getToken(newest.authUrl),
    }),
    200,
  );
});

test('a body is bounded, on both routes', { timeout }, async (t) => {
  const { sandbox, authUrl, callbackUrl } = await openWatched(t);
  const token = await getToken(authUrl);
  for (const url of [callbackUrl, authUrl]) {
    const asking = request(url, { method: 'POST', headers: { token } });
    asking.on('error', () => {}); // the connection is closed on what is still sent
    t.after(() => asking.destroy());
    asking.write(Buffer.alloc(8 * 1024 * 1024 + 1));
    const [response] = await once(asking, 'response');
    assert.equal(response.statusCode, 413);
  }
  assert.equal(sandbox.countCalls(), 0);
});

test('a callback that breaks off is no callback, and no fault', { timeout }, async (t) => {
  const { app, sandbox, authUrl, callbackUrl, logLines } = await openWatched(t);
  const token = await getToken(authUrl);
  const asking = request(callbackUrl, {
    method: 'POST',
    headers: { token, 'content-length': '1000', expect: '100-continue' },
  });
  asking.on('error', () => {}); // it is broken off on purpose
  asking.flushHeaders();
  await once(asking, 'continue');
  asking.write('{');
  asking.destroy();
  const isLogged = () => logLines().some(({ route }) => route === '/atlas/callback/…');
  while (!isLogged()) await fetch(`${app.url}/health`);
  assert.equal(sandbox.countCalls(), 0);
  assert.ok(logLines().every(({ level }) => level !== 'error'));
});

test('nothing of a callback is logged: no body, no token, no path', { timeout }, async (t) => {
  const { sandbox, authUrl, callbackUrl, reading, uuid, logLines } = await openWatched(t, {
    env: { LOG_LEVEL: 'debug' },
  });
  const token = await getToken(authUrl);
  const canary = 'canary-of-this-test';
  const body = { ocr_data: [{ name: { value: canary } }], [canary]: canary };
  sandbox.setFlowStatus(uuid, { master_status: 'IN_PROGRESS' });
  assert.equal(await callBack(callbackUrl, { token }, body), 200);
  assert.equal(await callBack(callbackUrl, { token: canary }, body), 401);
  assert.equal(await callBack(`${callbackUrl}${canary}`, { token }, body), 404);
  assert.equal(await stateOf(reading), 'IN_PROGRESS');
  const logged = JSON.stringify(logLines());
  assert.match(logged, /\/atlas\/callback\/…/);
  const secrets = [canary, token, callbackUrl.split('/').at(-1) ?? '', uuid];
  for (const secret of secrets) assert.equal(logged.includes(secret), false, secret);
});

test('a callback is answered before Atlas is', { timeout }, async (t) => {
  const still = createHandClock();
  const { sandbox, authUrl, callbackUrl } = await openWatched(t, { sandbox: { clock: still } });
  const token = await getToken(authUrl);
  sandbox.fault('flowStatus', { delayMs: 500 });
  assert.equal(await callBack(callbackUrl, { token }), 200);
  const { status } = await sandbox.waitForCall('flowStatus');
  assert.equal(status, 0);
  still.advance(500);
});

test('a callback that comes before the flow is known is taken', { timeout }, async (t) => {
  const still = createHandClock();
  const { sandbox, openFlow, ask } = await openGateway(t, {
    clock: createFakeClock(),
    sandbox: { clock: still },
  });
  sandbox.fault('initFlow', { delayMs: 300 });
  const opening = openFlow();
  const { authUrl, callbackUrl } = addressesOf((await sandbox.waitForCall('initFlow')).body);
  assert.equal(await callBack(callbackUrl, { token: await getToken(authUrl) }), 200);
  assert.equal(sandbox.countCalls('flowStatus'), 0);
  still.advance(300);
  const uuid = await opening;
  const { data } = await ask(`{ flow(uuid: "${uuid}") { status { state } } }`);
  assert.equal(data.flow.status.state, 'NOT_STARTED');
});

test('callbacks that come at once cost one call behind the one under way', {
  timeout,
}, async (t) => {
  const still = createHandClock();
  const { sandbox, clock, uuid, reading, authUrl, callbackUrl } = await openWatched(t, {
    sandbox: { clock: still },
  });
  const token = await getToken(authUrl);
  sandbox.fault('flowStatus', { delayMs: 300 });
  sandbox.fault('flowStatus', { delayMs: 300 });
  assert.equal(await callBack(callbackUrl, { token }), 200);
  await sandbox.waitForCall('flowStatus');
  const statuses = await Promise.all(
    Array.from({ length: 20 }, () => callBack(callbackUrl, { token })),
  );
  assert.deepEqual([...new Set(statuses)], [200]);
  assert.equal(sandbox.countCalls('flowStatus'), 1);

  // A poll after an answer is sent at once by this clock, which stands still otherwise. The sandbox
  // begins its delay when it has read the request, which may be after the call is counted.
  while (sandbox.countCalls('flowStatus') < 2) {
    still.advance(300);
    await clock.advance(0);
  }
  sandbox.setFlowStatus(uuid, { master_status: 'IN_PROGRESS' });
  let told: string | undefined;
  void stateOf(reading).then((state) => {
    told = state;
  });
  while (told === undefined) {
    still.advance(300);
    await clock.advance(0);
  }
  assert.equal(told, 'IN_PROGRESS');
  assert.equal(sandbox.countCalls('flowStatus'), 2);
});

test('a callback that comes again tells nobody anything twice', { timeout }, async (t) => {
  const { sandbox, uuid, reading, authUrl, callbackUrl } = await openWatched(t);
  const token = await getToken(authUrl);
  sandbox.setFlowStatus(uuid, { master_status: 'IN_PROGRESS' });
  for (let count = 0; count < 10; count += 1) {
    assert.equal(await callBack(callbackUrl, { token }), 200);
  }
  assert.equal(await stateOf(reading), 'IN_PROGRESS');
  assert.ok(sandbox.countCalls('flowStatus') <= 10);
  sandbox.finishFlow(uuid, 'SUCCESS');
  assert.equal(await stateOf(reading), 'SUCCESS');
});

test('a callback that comes too late asks for nothing and changes nothing', {
  timeout,
}, async (t) => {
  const { sandbox, uuid, reading, authUrl, callbackUrl, ask } = await openWatched(t);
  sandbox.finishFlow(uuid, 'SUCCESS');
  assert.equal(await stateOf(reading), 'SUCCESS');
  await sandbox.waitForCallback(uuid);
  sandbox.clearCalls();
  const token = await getToken(authUrl);
  for (let count = 0; count < 3; count += 1) {
    assert.equal(await callBack(callbackUrl, { token }), 200);
  }
  assert.equal(sandbox.countCalls(), 0);
  const { data } = await ask(`{ flow(uuid: "${uuid}") { status { state } } }`);
  assert.equal(data.flow.status.state, 'SUCCESS');
});

test('callbacks out of order never take a flow back', { timeout }, async (t) => {
  const { sandbox, uuid, reading, authUrl, callbackUrl } = await openWatched(t);
  const token = await getToken(authUrl);
  const told: string[] = [];
  for (const master_status of ['IN_PROGRESS', 'NOT_STARTED']) {
    sandbox.clearCalls();
    sandbox.setFlowStatus(uuid, { master_status });
    assert.equal(await callBack(callbackUrl, { token }), 200);
    await sandbox.waitForCall('flowStatus', ({ status }) => status === 200);
    if (master_status === 'IN_PROGRESS') told.push(await stateOf(reading));
  }
  sandbox.finishFlow(uuid, 'SUCCESS');
  told.push(await stateOf(reading));
  assert.deepEqual(told, ['IN_PROGRESS', 'SUCCESS']);
});
