import assert from 'node:assert/strict';
import test from 'node:test';
import { createClient } from 'graphql-ws';
import { codesOf, transports } from '../support/limits/transports.ts';
import { openGateway } from '../support/open-gateway.ts';
import { openStillGateway } from '../support/schema/still-gateway.ts';

const nothing = { planned: 0, calls: 0, coalesced: 0, cached: 0 };

for (const [transport, ask] of transports) {
  test(`an answer by ${transport} tells what it cost`, async (t) => {
    const gateway = await openStillGateway(t);
    const uuid = await gateway.finishedFlow(['pan.jpg']);
    const { extensions } = await ask(gateway, {
      query: 'query ($uuid: String!) { flow(uuid: $uuid) { documents { state } } }',
      variables: { uuid },
    });
    assert.deepEqual(extensions, {
      atlas: { ...nothing, planned: 2, calls: 2 },
      cost: { values: 1 + 6 + 20 * 2 },
    });
  });

  test(`an answer by ${transport} with an error among its data tells what it cost`, async (t) => {
    const gateway = await openStillGateway(t);
    const uuid = await gateway.finishedFlow(['pan.jpg']);
    gateway.sandbox.fault('flowExtracts', { status: 503 }, Number.POSITIVE_INFINITY);
    const { errors, extensions } = await ask(gateway, {
      query: 'query ($uuid: String!) { flow(uuid: $uuid) { uuid documents { state } } }',
      variables: { uuid },
    });
    assert.deepEqual(codesOf({ errors: errors ?? [] }), ['ATLAS_UNAVAILABLE']);
    // the status, and three tries at the documents
    assert.deepEqual(extensions, {
      atlas: { ...nothing, planned: 2, calls: 4 },
      cost: { values: 1 + 1 + 6 + 20 * 2 },
    });
  });

  test(`an operation refused for its cost by ${transport} tells what was planned`, async (t) => {
    const gateway = await openGateway(t, { env: { MAX_ATLAS_CALLS: '1' } });
    const { errors, extensions } = await ask(gateway, {
      query: '{ flow(uuid: "nobody\'s") { documents { state } } }',
    });
    assert.match(errors?.[0]?.message ?? '', /^The operation has 2 planned calls to Atlas;/);
    // The message that refuses an operation over WebSocket holds its errors and nothing else.
    if (transport === 'WebSocket') return;
    assert.deepEqual(extensions, {
      atlas: { ...nothing, planned: 2 },
      cost: { values: 1 + 6 + 20 * 2 },
    });
  });

  if (transport === 'WebSocket') continue;
  test(`an operation by ${transport} that is not run cost nothing, and says so`, async (t) => {
    const gateway = await openGateway(t);
    for (const query of [
      '{ flow',
      '{ nothing }',
      'query a { __typename } query b { __typename }',
    ]) {
      const { errors, extensions } = await ask(gateway, { query });
      assert.equal(errors?.length, 1, query);
      assert.deepEqual(extensions, { atlas: nothing, cost: { values: 0 } }, query);
    }
  });
}

test('an unauthenticated caller gets a cost of zero', async (t) => {
  const gateway = await openGateway(t);
  for (const accept of ['application/json', 'text/event-stream']) {
    const headers = { ...gateway.headers, authorization: 'Bearer nobody', accept };
    const body = '{"query":"{ __typename }"}';
    const response = await fetch(gateway.graphqlUrl, { method: 'POST', headers, body });
    const answer = await response.json();
    assert.deepEqual(codesOf(answer), ['UNAUTHENTICATED']);
    assert.deepEqual(answer.extensions, { atlas: nothing, cost: { values: 0 } });
  }
});

test('each event of a subscription tells its own cost', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg');
  const client = createClient({
    url: gateway.webSocketUrl,
    connectionParams: { authorization: gateway.headers.authorization },
  });
  t.after(() => client.dispose());
  const events = client.iterate({
    query:
      'subscription ($uuid: String!) { flowUpdated(uuid: $uuid) { status { state } crossChecks { field } } }',
    variables: { uuid },
  });
  const first = await events.next();
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const last = await events.next();
  const cost = {
    atlas: { ...nothing, planned: 2, calls: 1 },
    cost: { values: 1 + 2 + 1 + 20 * 2 },
  };
  // The first event also says until when the credential holds.
  assert.deepEqual(first.value?.extensions, { ...cost, session: { expiresAt: null } });
  assert.deepEqual(last.value?.extensions, cost);
});

test('an answer taken from a call under way for another is told as such', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  gateway.sandbox.clearCalls();
  gateway.sandbox.fault('flowStatus', { delayMs: 500 });
  const query = 'query ($uuids: [String!]!) { flowsByUuid(uuids: $uuids) { uuid } }';
  const [, ask] = transports[0] ?? [];
  assert.ok(ask);
  const first = ask(gateway, { query, variables: { uuids: [uuid] } });
  await gateway.sandbox.waitForCall('flowStatus');
  const second = ask(gateway, { query, variables: { uuids: [uuid, "nobody's"] } });
  // Its other flow shows that it has asked for the first one too.
  await gateway.sandbox.waitForCall('flowStatus', ({ query: { flow_uuid } }) => flow_uuid !== uuid);
  gateway.clock.advance(500);
  assert.deepEqual((await first).extensions?.atlas, { ...nothing, planned: 1, calls: 1 });
  const shared = { planned: 2, calls: 1, coalesced: 1, cached: 0 };
  assert.deepEqual((await second).extensions?.atlas, shared);
});
