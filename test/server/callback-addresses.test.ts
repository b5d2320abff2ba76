import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { toReachableHost } from '../../src/server/http/reachable-host.ts';
import { toKey, toSettings } from '../support/identity/tenant-settings.ts';
import { createFakeClock } from '../support/live/fake-clock.ts';
import { openGateway } from '../support/open-gateway.ts';
import { callBack, getToken, lastAddresses } from '../support/server/atlas-calls.ts';
import { overWebSocket as subscribe } from '../support/server/transports.ts';

const timeout = 20_000;
const missing =
  'no callback of Atlas arrived and flows are polled: check that Atlas can reach PUBLIC_URL';
/** Nothing listens there. */
const unreachable = 'http://127.0.0.1:9';

async function callbacksOf(url: string): Promise<string> {
  const response = await fetch(`${url}/ready`);
  return (await response.json()).callbacks;
}

test('Atlas is told to call the gateway where it listens', async (t) => {
  const { app, sandbox, openFlow } = await openGateway(t);
  await openFlow();
  const { callbackUrl, authUrl } = lastAddresses(sandbox);
  assert.equal(callbackUrl.indexOf(`${app.url}/atlas/callback/`), 0);
  assert.equal(authUrl.indexOf(`${app.url}/atlas/auth/`), 0);
  assert.equal(callbackUrl.split('/').at(-1), authUrl.split('/').at(-1));
});

test('Atlas is told to call PUBLIC_URL where there is one', async (t) => {
  const { sandbox, openFlow } = await openGateway(t, {
    env: { PUBLIC_URL: 'https://gateway.example/base/' },
  });
  await openFlow();
  const { callbackUrl, authUrl } = lastAddresses(sandbox);
  assert.match(callbackUrl, /^https:\/\/gateway\.example\/base\/atlas\/callback\/[\w.-]+$/);
  assert.match(authUrl, /^https:\/\/gateway\.example\/base\/atlas\/auth\/[\w.-]+$/);
});

test('a gateway that listens everywhere offers an address at which it is reached', {
  timeout,
}, async (t) => {
  const { sandbox, openFlow } = await openGateway(t, { env: { HOST: '0.0.0.0' } });
  const uuid = await openFlow();
  const { hostname } = new URL(lastAddresses(sandbox).callbackUrl);
  assert.notEqual(hostname, '0.0.0.0');
  sandbox.finishFlow(uuid, 'SUCCESS');
  assert.equal((await sandbox.waitForCallback(uuid)).state, 'delivered');
});

test('a host that is no wildcard is offered as it is', () => {
  assert.equal(toReachableHost('127.0.0.1', {}), '127.0.0.1');
  assert.equal(toReachableHost('gateway.example', {}), 'gateway.example');
  assert.equal(toReachableHost('::1', {}), '[::1]');
});

test('for a wildcard stands the first outer address of its kind, or the loopback', () => {
  const info = (address: string, family: 'IPv4' | 'IPv6', internal = false) =>
    // Other members of an interface are not read.
    ({ address, family, internal }) as NetworkInterfaceInfo;
  const lo = [info('127.0.0.1', 'IPv4', true), info('::1', 'IPv6', true)];
  const local = info('fe80::1', 'IPv6');
  const v6 = info('2001:db8::7', 'IPv6');
  const v4 = info('192.0.2.7', 'IPv4');
  assert.equal(toReachableHost('0.0.0.0', { lo, eth0: [local, v6, v4] }), '192.0.2.7');
  assert.equal(toReachableHost('::', { lo, eth0: [local, v6, v4] }), '192.0.2.7');
  assert.equal(toReachableHost('::', { lo, eth0: [local, v6] }), '[2001:db8::7]');
  assert.equal(toReachableHost('0.0.0.0', { lo, eth0: [v6] }), '127.0.0.1');
  assert.equal(toReachableHost('0.0.0.0', {}), '127.0.0.1');
  assert.equal(toReachableHost('::', { lo, eth0: [local] }), '[::1]');
});

test('addresses of a caller go to Atlas as they are, and its flow is polled', {
  timeout,
}, async (t) => {
  const clock = createFakeClock();
  const settings = { keys: [toKey('redirect-key')], callbackHosts: ['caller.example'] };
  const gateway = await openGateway(t, {
    clock,
    apiKey: 'redirect-key',
    sandbox: { credentials: [{ clientId: 'acme-client', clientSecret: 'acme-secret' }] },
    config: { tenants: [toSettings('acme', { ...settings, productType: 'TEST_PRODUCT' })] },
  });
  const { sandbox, ask } = gateway;
  const callbackUrl = 'https://caller.example/hook?id=1';
  const authUrl = 'https://caller.example/login';
  const { data } = await ask(
    'mutation ($input: CreateFlowInput!) { createFlow(input: $input) { flow { uuid } } }',
    { input: { applicationId: 'application-1', callbackUrl, authUrl } },
  );
  assert.deepEqual(lastAddresses(sandbox), { callbackUrl, authUrl });

  // Callbacks of other flows do arrive here, and say nothing of this one.
  await gateway.openFlow('application-2');
  const other = lastAddresses(sandbox);
  assert.equal(await callBack(other.callbackUrl, { token: await getToken(other.authUrl) }), 200);
  const { uuid } = data.createFlow.flow;
  const reading = await subscribe(t, gateway, uuid);
  await reading.next();
  sandbox.clearCalls();
  await clock.advance(60); // an interval of 50 ms and its tenth
  await sandbox.waitForCall('flowStatus', ({ query }) => query.flow_uuid === uuid);
});

test('that no callback ever came is told once in the log, and by /ready', {
  timeout,
}, async (t) => {
  const clock = createFakeClock();
  const gateway = await openGateway(t, { clock, env: { PUBLIC_URL: unreachable } });
  const { app, sandbox, openFlow, logLines } = gateway;
  const isTold = () => logLines().filter(({ msg }) => msg === missing).length;
  for (const id of ['one', 'two']) {
    const uuid = await openFlow(id);
    const reading = await subscribe(t, gateway, uuid);
    await reading.next();
    sandbox.finishFlow(uuid, 'SUCCESS');
    await sandbox.waitForCallback(uuid);
    await clock.advance(60);
    const { data } = await reading.next();
    assert.equal(data.flowUpdated.status.state, 'SUCCESS');
    await clock.advance(29_000);
    assert.equal(isTold(), id === 'one' ? 0 : 1);
    await clock.advance(1_000);
    assert.equal(isTold(), 1);
    assert.equal(await callbacksOf(app.url), 'none has ever come: polling');
  }
});

test('a callback that came is counted by /ready, and nothing is missed', { timeout }, async (t) => {
  const clock = createFakeClock();
  const { app, sandbox, openFlow, logLines } = await openGateway(t, { clock });
  const uuid = await openFlow();
  sandbox.finishFlow(uuid, 'SUCCESS');
  await sandbox.waitForCallback(uuid);
  assert.equal(await callbacksOf(app.url), '1 received');
  await clock.advance(60_000);
  assert.ok(logLines().every(({ msg }) => msg !== missing));
});
