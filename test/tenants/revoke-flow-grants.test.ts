import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createFakeClock } from '../support/live/fake-clock.ts';
import { openEvents } from '../support/server/event-reader.ts';
import { openSocket } from '../support/server/raw-socket.ts';
import { watchFlow } from '../support/server/transports.ts';
import { openTenants, type TenantView } from '../support/tenants/open-tenants.ts';

const timeout = 30_000;
const revoke = `mutation ($uuid: String!) { revokeFlowGrants(input: { flowUuid: $uuid }) {
  flow { uuid } revokedBefore userErrors { code path } } }`;

/** Two flows of a tenant, and phones that hold grants for them. */
async function openPhones(t: TestContext) {
  const clock = createFakeClock();
  const gateway = await openTenants(t, { clock });
  const uuid = await gateway.acme.openFlow();
  const other = await gateway.acme.openFlow('application-2');
  async function grantFor(flowUuid: string): Promise<TenantView> {
    const { data } = await gateway.acme.ask(
      `mutation { issueFlowGrant(input: { flowUuid: "${flowUuid}", ttlSeconds: 3600 }) { token } }`,
    );
    return gateway.as(data.issueFlowGrant.token);
  }
  return { ...gateway, clock, uuid, other, grantFor };
}

const seen = (phone: TenantView, uuid: string) =>
  phone.statusOf(`{ flow(uuid: "${uuid}") { uuid } }`);

test('grants that were issued before a revocation are refused, and those after it are not', {
  timeout,
}, async (t) => {
  const { acme, clock, uuid, other, grantFor } = await openPhones(t);
  const [first, second, ofOther] = [
    await grantFor(uuid),
    await grantFor(uuid),
    await grantFor(other),
  ];
  const { data, errors } = await acme.ask(revoke, { uuid });
  assert.equal(errors, undefined);
  const { flow, revokedBefore, userErrors } = data.revokeFlowGrants;
  assert.deepEqual([flow, userErrors], [{ uuid }, []]);
  // The clock stands: the revocation is later than the grants all the same.
  assert.ok(Date.parse(revokedBefore) > clock.now());
  for (const phone of [first, second]) {
    assert.deepEqual(await seen(phone, uuid), [401, 'UNAUTHENTICATED']);
  }
  assert.deepEqual(await seen(ofOther, other), [200, undefined]);
  assert.deepEqual(await seen(await grantFor(uuid), uuid), [200, undefined]);
});

test('operations with a revoked grant end within half a minute, on every transport', {
  timeout,
}, async (t) => {
  const gateway = await openPhones(t);
  const { clock, uuid, graphqlUrl } = gateway;
  const phone = await gateway.grantFor(uuid);
  const socket = await openSocket(t, gateway.webSocketUrl);
  await socket.init(`Bearer ${phone.apiKey}`);
  socket.subscribe('1', watchFlow, { uuid });
  await socket.next();
  const events = await openEvents(t, graphqlUrl, {
    method: 'POST',
    headers: { ...phone.headers, accept: 'text/event-stream' },
    body: { query: watchFlow, variables: { uuid } },
  });
  await events.next();
  const url = `${graphqlUrl}/stream`;
  const reserved = await fetch(url, { method: 'PUT', headers: phone.headers });
  const headers = { ...phone.headers, 'x-graphql-event-stream-token': await reserved.text() };
  const stream = await openEvents(t, url, { headers });
  const body = { query: watchFlow, variables: { uuid }, extensions: { operationId: '1' } };
  await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  await stream.next();

  await gateway.acme.ask(revoke, { uuid });
  await clock.advance(30_000);
  assert.equal((await socket.closed).code, 4403);
  assert.equal((await events.next()).data.errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.equal(await events.ended, 'ended');
  assert.equal((await stream.next()).data.payload.errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.equal(await stream.ended, 'ended');
});

test('an event that comes after a revocation was seen is not sent', { timeout }, async (t) => {
  const gateway = await openPhones(t);
  const { uuid } = gateway;
  const phone = await gateway.grantFor(uuid);
  const events = await openEvents(t, gateway.graphqlUrl, {
    method: 'POST',
    headers: { ...phone.headers, accept: 'text/event-stream' },
    body: { query: watchFlow, variables: { uuid } },
  });
  await events.next();
  await gateway.acme.ask(revoke, { uuid });
  // The first look reads the register; the end of the flow comes before the second.
  await gateway.clock.advance(12_000);
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const { data } = await events.next();
  assert.equal(data.data, undefined);
  assert.equal(data.errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.equal((await events.next()).event, 'complete');
  assert.equal(await events.ended, 'ended');
});

test('grants are revoked though Atlas gives no sound answer, and only the flow is missing', {
  timeout,
}, async (t) => {
  const { acme, uuid, grantFor, sandbox } = await openPhones(t);
  const phone = await grantFor(uuid);
  sandbox.fault('flowStatus', { rawBody: 'nothing sound' }, Number.POSITIVE_INFINITY);
  const { data, errors } = await acme.ask(revoke, { uuid });
  const { flow, revokedBefore, userErrors } = data.revokeFlowGrants;
  assert.deepEqual([flow, userErrors], [null, []]);
  assert.ok(Date.parse(revokedBefore));
  assert.deepEqual(
    errors?.map(({ path, extensions }) => [path?.join('.'), extensions.code]),
    [['revokeFlowGrants.flow', 'ATLAS_CONTRACT_BROKEN']],
  );
  assert.deepEqual(await phone.statusOf(), [401, 'UNAUTHENTICATED']);
});

test('a flow that Atlas does not have is told, and so is an input that is none', {
  timeout,
}, async (t) => {
  const { acme, bolt, uuid, grantFor } = await openPhones(t);
  const codes = async (caller: TenantView, flowUuid: string) => {
    const { data } = await caller.ask(revoke, { uuid: flowUuid });
    const { flow, userErrors } = data.revokeFlowGrants;
    assert.equal(flow, null);
    return userErrors;
  };
  const notFound = [{ code: 'NOT_FOUND', path: ['input', 'flowUuid'] }];
  assert.deepEqual(await codes(acme, 'no-flow'), notFound);
  const phone = await grantFor(uuid);
  assert.deepEqual(await codes(bolt, uuid), notFound);
  assert.deepEqual(await seen(phone, uuid), [200, undefined]);
  assert.deepEqual(await codes(acme, ' '), [{ code: 'REQUIRED', path: ['input', 'flowUuid'] }]);
  assert.equal((await codes(acme, 'x'.repeat(256)))[0].code, 'TOO_LONG');
});
