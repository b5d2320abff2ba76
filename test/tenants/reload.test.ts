import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ConfigError } from '../../src/config/config-error.ts';
import { toKey } from '../support/identity/tenant-settings.ts';
import { createFakeClock } from '../support/live/fake-clock.ts';
import { openEvents } from '../support/server/event-reader.ts';
import { openSocket } from '../support/server/raw-socket.ts';
import { watchFlow } from '../support/server/transports.ts';
import {
  acme,
  acmeKey,
  bolt,
  openTenants,
  type TenantView,
} from '../support/tenants/open-tenants.ts';

const timeout = 30_000;

/** Tenants under a clock that only goes when it is told to. */
async function openStanding(t: TestContext) {
  const clock = createFakeClock();
  return { clock, ...(await openTenants(t, { clock })) };
}

/** A socket of a caller that watches a flow. */
async function watch(t: TestContext, caller: TenantView, uuid: string) {
  const socket = await openSocket(t, caller.webSocketUrl);
  await socket.init(`Bearer ${caller.apiKey}`);
  socket.subscribe('1', watchFlow, { uuid });
  assert.equal((await socket.next()).payload.data.flowUpdated.status.state, 'NOT_STARTED');
  return socket;
}

test('a tenant that is gone is sent away within half a minute, and no other', {
  timeout,
}, async (t) => {
  const gateway = await openStanding(t);
  const { app, sandbox, clock } = gateway;
  const [ofAcme, ofBolt] = [await gateway.acme.openFlow(), await gateway.bolt.openFlow()];
  const [gone, staying] = [
    await watch(t, gateway.acme, ofAcme),
    await watch(t, gateway.bolt, ofBolt),
  ];
  const events = await openEvents(t, gateway.graphqlUrl, {
    method: 'POST',
    headers: { ...gateway.acme.headers, accept: 'text/event-stream' },
    body: { query: watchFlow, variables: { uuid: ofAcme } },
  });
  await events.next();
  sandbox.clearCalls();

  app.reload(() => [bolt()]);
  assert.deepEqual(await gateway.acme.statusOf(), [401, 'UNAUTHENTICATED']);
  gone.subscribe('2', watchFlow, { uuid: ofAcme });
  await clock.advance(30_000);
  assert.equal((await gone.closed).code, 4403);
  const { data: last } = await events.next();
  assert.equal(last.errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.equal((await events.next()).event, 'complete');
  assert.equal(await events.ended, 'ended');

  await staying.isHeard();
  sandbox.finishFlow(ofBolt, 'SUCCESS');
  let state: string;
  do state = (await staying.next()).payload.data.flowUpdated.status.state;
  while (state !== 'SUCCESS');
  const bought = sandbox.calls.filter(({ name }) => name === 'verificationToken');
  assert.ok(bought.every(({ headers }) => headers['client-id'] !== 'bolt-client'));
});

test('a tenant that comes is served, and one that comes back too', async (t) => {
  const gateway = await openStanding(t);
  gateway.app.reload(() => [acme()]);
  assert.deepEqual(await gateway.bolt.statusOf(), [401, 'UNAUTHENTICATED']);
  gateway.app.reload(() => [acme(), bolt()]);
  assert.deepEqual(await gateway.bolt.statusOf(), [200, undefined]);
});

test('a tenant with other credentials gets a token by them, and keeps its sockets', {
  timeout,
}, async (t) => {
  const gateway = await openStanding(t);
  const { app, sandbox } = gateway;
  const uuid = await gateway.bolt.openFlow();
  const ofAcme = await gateway.acme.openFlow();
  const staying = await watch(t, gateway.acme, ofAcme);
  sandbox.clearCalls();
  const credentials = { ...acme().credentials, clientSecret: 'acme-newer-secret' };
  app.reload(() => [acme({ credentials }), bolt()]);
  sandbox.finishFlow(ofAcme, 'SUCCESS');
  assert.equal((await staying.next()).payload.data.flowUpdated.status.state, 'SUCCESS');
  const asked = await gateway.acme.ask('{ flow(uuid: "no-flow") { uuid } }');
  assert.deepEqual(asked.data, { flow: null });
  const bought = sandbox.calls.filter(({ name }) => name === 'verificationToken');
  assert.deepEqual(
    bought.map(({ headers }) => headers['client-secret']),
    ['acme-newer-secret'],
  );
  const { data } = await gateway.bolt.ask(`{ flow(uuid: "${uuid}") { uuid } }`);
  assert.equal(data.flow.uuid, uuid);
});

test('a key is replaced without a gap, and the old one ends with its sockets', {
  timeout,
}, async (t) => {
  const gateway = await openStanding(t);
  const uuid = await gateway.acme.openFlow();
  const newer = gateway.as('agk_the-newer-key');
  assert.deepEqual(await newer.statusOf(), [401, 'UNAUTHENTICATED']);
  const keys = [toKey(acmeKey), toKey('agk_the-newer-key')];
  gateway.app.reload(() => [acme({ keys })]);
  const sockets = [await watch(t, gateway.acme, uuid), await watch(t, newer, uuid)] as const;
  assert.deepEqual(await gateway.acme.statusOf(), [200, undefined]);

  gateway.app.reload(() => [acme({ keys: keys.slice(1) })]);
  assert.deepEqual(await gateway.acme.statusOf(), [401, 'UNAUTHENTICATED']);
  await gateway.clock.advance(13_000);
  assert.equal((await sockets[0].closed).code, 4403);
  await sockets[1].isHeard();
  assert.deepEqual(await newer.statusOf(), [200, undefined]);
});

test('a grant ends with the key that issued it, and with its tenant', { timeout }, async (t) => {
  const gateway = await openStanding(t);
  const flowUuid = await gateway.bolt.openFlow();
  const { data } = await gateway.bolt.ask(
    `mutation { issueFlowGrant(input: { flowUuid: "${flowUuid}" }) { token } }`,
  );
  const phone = gateway.as(data.issueFlowGrant.token);
  const more = { keys: [...bolt().keys, toKey('agk_another-key-of-bolt')] };
  const settings = [[bolt({ keys: more.keys.slice(1) })], []];
  for (const after of settings) {
    gateway.app.reload(() => [acme(), bolt(more)]);
    assert.deepEqual(await phone.statusOf(), [200, undefined]);
    const socket = await watch(t, phone, flowUuid);
    gateway.app.reload(() => [acme(), ...after]);
    assert.deepEqual(await phone.statusOf(), [401, 'UNAUTHENTICATED']);
    await gateway.clock.advance(13_000);
    assert.equal((await socket.closed).code, 4403);
  }
});

test('tenants with faults are not taken, and the log says which', { timeout }, async (t) => {
  const gateway = await openStanding(t);
  gateway.app.reload(() => {
    throw new ConfigError(['TENANTS_FILE is faulty at tenants[0].id: give one.']);
  });
  assert.deepEqual(await gateway.acme.statusOf(), [200, undefined]);
  const told = gateway.logLines().filter(({ level }) => level === 'error');
  assert.deepEqual(
    told.map(({ msg }) => msg),
    [
      'the tenants were not reloaded: the new settings have errors',
      'TENANTS_FILE is faulty at tenants[0].id: give one.',
    ],
  );
});

test('limits and origins are those of the newest file at once', { timeout }, async (t) => {
  const gateway = await openStanding(t);
  assert.deepEqual(await gateway.acme.statusOf(), [200, undefined]);
  gateway.app.reload(() => [acme({ limits: { requestsPerMinute: 1 } }), bolt()]);
  assert.deepEqual(await gateway.acme.statusOf(), [429, 'RATE_LIMITED']);
});
