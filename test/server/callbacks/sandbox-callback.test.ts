import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { createFakeClock } from '../../support/live/fake-clock.ts';
import { openGateway } from '../../support/open-gateway.ts';
import { openStillGateway } from '../../support/schema/still-gateway.ts';
import { callBack, getToken, lastAddresses } from '../../support/server/atlas-calls.ts';
import { openSocket } from '../../support/server/raw-socket.ts';

const timeout = 20_000;
const accountToken = 'account-token-of-this-suite';
const watchBatch =
  'subscription ($batchId: String!, $service: BatchService!) { batchUpdated(batchId: $batchId, service: $service) { progress { arrived isComplete } } }';

/** A gateway that never polls, with the account's callback configured. */
async function openConfigured(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  const turned = createFakeClock();
  const gateway = await openStillGateway(t, {
    clock: turned,
    env: { SANDBOX_CALLBACK_TOKEN: accountToken, ...env },
  });
  const callbackUrl = `${gateway.app.url}/atlas/callback/sandbox`;
  const authUrl = `${gateway.app.url}/atlas/auth/sandbox/${accountToken}`;
  return { ...gateway, turned, callbackUrl, authUrl };
}

test('the callback of the account shows what arrived to who reads a sandbox batch', {
  timeout,
}, async (t) => {
  const gateway = await openConfigured(t);
  const { sandbox, callbackUrl } = gateway;
  const batches = {
    SANDBOX: await gateway.createBatch(['pan.jpg', 'aadhaar.jpg'], 'SANDBOX'),
    BULK: await gateway.createBatch(['pan.jpg'], 'BULK'),
  };
  const socket = await openSocket(t, gateway.webSocketUrl);
  await socket.init(`Bearer ${gateway.apiKey}`);
  for (const [service, batchId] of Object.entries(batches)) {
    socket.subscribe(service, watchBatch, { batchId, service });
    const { payload } = await socket.next();
    assert.deepEqual(payload.data.batchUpdated.progress, { arrived: 0, isComplete: false });
  }
  gateway.finishBatches();
  sandbox.clearCalls();

  assert.equal(await callBack(callbackUrl, { token: accountToken }), 200);
  const { id, payload } = await socket.next();
  assert.equal(id, 'SANDBOX');
  assert.deepEqual(payload.data.batchUpdated.progress, { arrived: 2, isComplete: true });
  assert.deepEqual(await socket.next(), { id: 'SANDBOX', type: 'complete' });
  assert.equal(sandbox.countCalls('docstreamExtracts'), 1);
  assert.equal(sandbox.countCalls('bulkExtracts'), 0);
});

test('the token of the account, or a short-lived one, is taken in any of the usual headers', async (t) => {
  const { callbackUrl, authUrl } = await openConfigured(t);
  const tokens = [accountToken, await getToken(authUrl, 'GET'), await getToken(authUrl, 'POST')];
  assert.equal(tokens.indexOf(accountToken, 1), -1);
  for (const token of tokens) {
    for (const headers of [
      { token },
      { token: `Bearer ${token}` },
      { authorization: `Bearer ${token}` },
      { authorization: token },
    ]) {
      assert.equal(await callBack(callbackUrl, headers), 200, JSON.stringify(headers));
    }
  }
});

test('a callback of the account that nobody waits for costs Atlas nothing', async (t) => {
  const { sandbox, callbackUrl } = await openConfigured(t);
  assert.equal(await callBack(callbackUrl, { token: accountToken }), 200);
  assert.equal(sandbox.countCalls(), 0);
});

test('a callback of the account without a valid token is refused', async (t) => {
  const { app, sandbox, openFlow, callbackUrl, authUrl, turned, logLines } =
    await openConfigured(t);
  await openFlow();
  const ofFlow = lastAddresses(sandbox);
  const ofAnother = await openConfigured(t);
  const shortLived = await getToken(authUrl);
  for (const token of [
    '',
    'forged',
    accountToken.slice(0, -1),
    `${accountToken}x`,
    await getToken(ofFlow.authUrl),
    await getToken(ofAnother.authUrl),
    'undefined',
  ]) {
    assert.equal(await callBack(callbackUrl, { token }), 401, token);
  }
  assert.equal(await callBack(callbackUrl, {}), 401);
  assert.equal(await callBack(ofFlow.callbackUrl, { token: shortLived }), 401);
  assert.equal(await callBack(ofFlow.callbackUrl, { token: accountToken }), 401);
  await turned.advance(601_000);
  assert.equal(await callBack(callbackUrl, { token: shortLived }), 401);
  for (const path of ['', 'x', `${accountToken}x`, accountToken.toUpperCase(), 'undefined']) {
    const response = await fetch(`${app.url}/atlas/auth/sandbox/${path}`);
    assert.equal(response.status, 404, path);
  }
  const logged = JSON.stringify(logLines());
  assert.equal(logged.includes(accountToken), false);
  assert.equal(logged.includes(shortLived), false);
});

test('a short-lived token ends with the token of the account it was got for', async (t) => {
  const env = { CALLBACK_SECRET: 'the-secret-of-this-suite' };
  const before = await openConfigured(t, env);
  const after = await openConfigured(t, {
    ...env,
    SANDBOX_CALLBACK_TOKEN: 'another-account-token',
  });
  const token = await getToken(before.authUrl);
  assert.equal(await callBack(before.callbackUrl, { token }), 200);
  assert.equal(await callBack(after.callbackUrl, { token }), 401);
});

test('the callback of the account takes the methods of any other', async (t) => {
  const { callbackUrl, authUrl } = await openConfigured(t);
  assert.equal((await fetch(callbackUrl)).headers.get('allow'), 'POST');
  const response = await fetch(authUrl, { method: 'DELETE' });
  assert.equal(response.headers.get('allow'), 'GET, POST');
});

test('the body of a callback of the account is bounded', { timeout }, async (t) => {
  const { callbackUrl } = await openConfigured(t);
  const asking = request(callbackUrl, { method: 'POST', headers: { token: accountToken } });
  asking.on('error', () => {}); // the connection is closed on what is still sent
  t.after(() => asking.destroy());
  asking.write(Buffer.alloc(8 * 1024 * 1024 + 1));
  const [response] = await once(asking, 'response');
  assert.equal(response.statusCode, 413);
});

test('an account without a callback has none', async (t) => {
  const { app } = await openGateway(t);
  for (const token of ['', 'undefined', accountToken]) {
    assert.equal(await callBack(`${app.url}/atlas/callback/sandbox`, { token }), 404);
    assert.equal((await fetch(`${app.url}/atlas/auth/sandbox/${token}`)).status, 404);
  }
});
