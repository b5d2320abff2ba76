import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Scope } from '../../src/identity/scopes.ts';
import { toKey } from '../support/identity/tenant-settings.ts';
import { openEvents } from '../support/server/event-reader.ts';
import { openSocket } from '../support/server/raw-socket.ts';
import { acme, acmeKey, bolt, openTenants } from '../support/tenants/open-tenants.ts';

const timeout = 30_000;
const every: readonly Scope[] = ['flows:read', 'flows:write', 'pii:read'];
const withScopes = (...scopes: Scope[]) => [
  acme({ keys: [toKey(acmeKey, { scopes: new Set(scopes) })] }),
  bolt(),
];
const losses = {
  'is taken away': [acme({ keys: [] }), bolt()],
  'loses flows:read': withScopes('flows:write', 'pii:read'),
  'loses pii:read': withScopes('flows:read', 'flows:write'),
};

/** A gateway in which a flow of acme's stays as it is until it is told to finish. */
async function openWaiting(t: TestContext) {
  const gateway = await openTenants(t, { tenants: withScopes(...every) });
  const uuid = await gateway.acme.openFlow();
  return {
    ...gateway,
    uuid,
    wait: `{ waitForFlow(uuid: "${uuid}") { status { state } documents { extraction { fields { value } } } } }`,
    /** Fulfilled when somebody waits for the flow. */
    async isAwaited() {
      while (gateway.app.countWatched() === 0) await fetch(`${gateway.app.url}/health`);
    },
    async hasComeToAtlas(name: string) {
      const hasCome = () => gateway.sandbox.calls.some((call) => call.name === name);
      while (!hasCome()) await fetch(`${gateway.app.url}/health`);
    },
  };
}

for (const [loss, after] of Object.entries(losses)) {
  test(`a wait shows nothing when its key ${loss} meanwhile`, { timeout }, async (t) => {
    const gateway = await openWaiting(t);
    const { acme: caller, uuid, wait } = gateway;
    const overHttp = caller.ask(wait);
    const events = openEvents(t, gateway.graphqlUrl, {
      method: 'POST',
      headers: { ...caller.headers, accept: 'text/event-stream' },
      body: { query: wait },
    });
    const socket = await openSocket(t, gateway.webSocketUrl);
    await socket.init(`Bearer ${caller.apiKey}`);
    socket.subscribe('1', wait);
    await gateway.isAwaited();
    await (await events).waitForComments(1);
    await socket.isHeard();
    gateway.app.reload(() => after);
    gateway.sandbox.finishFlow(uuid, 'SUCCESS');
    const { payload } = await socket.next();
    for (const { data, errors } of [await overHttp, (await (await events).next()).data, payload]) {
      assert.deepEqual(data, null);
      assert.deepEqual(
        errors?.map(({ extensions }: { extensions: { code: string } }) => extensions.code),
        ['UNAUTHENTICATED'],
      );
    }
    assert.deepEqual(gateway.auditLines(), []);
  });

  test(`a read that Atlas answers late shows nothing when its key ${loss} meanwhile`, {
    timeout,
  }, async (t) => {
    const gateway = await openWaiting(t);
    gateway.sandbox.clearCalls();
    gateway.sandbox.fault('flowStatus', { delayMs: 300 }, Number.POSITIVE_INFINITY);
    const answer = gateway.acme.ask(`{ flow(uuid: "${gateway.uuid}") { status { state } } }`);
    await gateway.hasComeToAtlas('flowStatus');
    gateway.app.reload(() => after);
    const { data, errors } = await answer;
    assert.equal(data, null);
    assert.deepEqual(
      errors?.map(({ extensions }) => extensions.code),
      ['UNAUTHENTICATED'],
    );
  });

  test(`of several writes those are not begun before which the key ${loss}, and the others told`, {
    timeout,
  }, async (t) => {
    const gateway = await openWaiting(t);
    gateway.sandbox.clearCalls();
    gateway.sandbox.fault('initFlow', { delayMs: 300 });
    const answer = gateway.acme.ask(`mutation {
      first: createFlow(input: { applicationId: "application-3" }) { flow { uuid } }
      second: createFlow(input: { applicationId: "application-4" }) { flow { uuid } }
      grant: issueFlowGrant(input: { flowUuid: "${gateway.uuid}" }) { token }
      revoked: revokeFlowGrants(input: { flowUuid: "${gateway.uuid}" }) { revokedBefore }
    }`);
    await gateway.hasComeToAtlas('initFlow');
    gateway.app.reload(() => after);
    const { data, errors } = await answer;
    assert.ok(data.first.flow.uuid);
    assert.deepEqual([data.second, data.grant, data.revoked], [null, null, null]);
    assert.deepEqual(
      errors?.map(({ path, extensions }) => [path?.[0], extensions.code]),
      ['second', 'grant', 'revoked'].map((name) => [name, 'UNAUTHENTICATED']),
    );
    assert.equal(gateway.sandbox.calls.filter(({ name }) => name === 'initFlow').length, 1);
  });
}

test('a wait with a grant shows nothing when the grant is revoked meanwhile', {
  timeout,
}, async (t) => {
  const gateway = await openWaiting(t);
  const { uuid } = gateway;
  const issued = await gateway.acme.ask(
    `mutation { issueFlowGrant(input: { flowUuid: "${uuid}" }) { token } }`,
  );
  const phone = gateway.as(issued.data.issueFlowGrant.token);
  const answer = phone.ask(`{ waitForFlow(uuid: "${uuid}") { status { state } } }`);
  await gateway.isAwaited();
  await gateway.acme.ask(
    `mutation { revokeFlowGrants(input: { flowUuid: "${uuid}" }) { revokedBefore } }`,
  );
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const { data, errors } = await answer;
  assert.equal(data?.waitForFlow ?? null, null);
  assert.equal(errors?.[0]?.extensions.code, 'UNAUTHENTICATED');
});

const watch = `subscription ($uuid: String!) {
  flowUpdated(uuid: $uuid) { status { state } documents { extraction { fields { value } } } } }`;

test('a key that loses pii:read is sent no more events, and another that has it goes on', {
  timeout,
}, async (t) => {
  const other = toKey('agk_the-other-key', { name: 'other', scopes: new Set(every) });
  const settings = (...scopes: Scope[]) => [
    acme({ keys: [toKey(acmeKey, { scopes: new Set(scopes) }), other] }),
    bolt(),
  ];
  const gateway = await openTenants(t, { tenants: settings(...every) });
  const uuid = await gateway.acme.openFlow();
  const events = await openEvents(t, gateway.graphqlUrl, {
    method: 'POST',
    headers: { ...gateway.acme.headers, accept: 'text/event-stream' },
    body: { query: watch, variables: { uuid } },
  });
  await events.next();
  const [socket, staying] = [
    await openSocket(t, gateway.webSocketUrl),
    await openSocket(t, gateway.webSocketUrl),
  ];
  for (const [each, key] of [
    [socket, acmeKey],
    [staying, 'agk_the-other-key'],
  ] as const) {
    await each.init(`Bearer ${key}`);
    each.subscribe('1', watch, { uuid });
    await each.next();
  }
  gateway.app.reload(() => settings('flows:read', 'flows:write'));
  await gateway.upload(uuid, 'pan.jpg');
  const texts: string[] = [];
  let text: string;
  do {
    text = JSON.stringify(await staying.next());
    texts.push(text);
  } while (!text.includes('"SUCCESS"'));
  assert.match(texts.join(), /TEST.* PERSON/);
  const last = await events.next();
  assert.equal(last.data.errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.equal((await events.next()).event, 'complete');
  assert.equal(await events.ended, 'ended');
  assert.equal((await socket.closed).code, 4403);
  const callers = new Set(gateway.auditLines().map(({ caller }) => caller));
  assert.deepEqual([...callers], ['other']);
});
