import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../../support/live/fake-clock.ts';
import { openGateway } from '../../support/open-gateway.ts';
import { openParts } from '../../support/server/part-reader.ts';
import { watchFlow } from '../../support/server/transports.ts';

const json = 'content-type: application/json';

test('a subscription has a part for each state, and the last boundary behind the end', async (t) => {
  const gateway = await openGateway(t);
  const uuid = await gateway.openFlow();
  const parts = await openParts(t, gateway, { query: watchFlow, variables: { uuid } });
  assert.equal(parts.response.status, 200);
  assert.equal(
    parts.response.headers.get('content-type'),
    'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
  );
  const { payload, ...rest } = await parts.next();
  assert.deepEqual(rest, {});
  assert.deepEqual(payload.data, { flowUpdated: { status: { state: 'NOT_STARTED' } } });
  assert.equal(payload.extensions.atlas.planned, 1);
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const text = await parts.readText();
  assert.ok(text.startsWith(`\r\n--graphql\r\n${json}\r\n\r\n{}\r\n--graphql\r\n${json}\r\n\r\n`));
  assert.match(text, /"SUCCESS".*\}\}\r\n--graphql--\r\n$/);
  assert.equal(text.split('--graphql--').length, 2);
});

test('a heartbeat is a part with an empty object, every twelve seconds', async (t) => {
  const clock = createFakeClock();
  const gateway = await openGateway(t, { clock });
  const uuid = await gateway.openFlow();
  const parts = await openParts(t, gateway, { query: watchFlow, variables: { uuid } });
  await parts.next();
  const heartbeats = () => parts.text().split(`\r\n${json}\r\n\r\n{}\r\n--graphql`).length - 1;
  assert.equal(heartbeats(), 1);
  await clock.advance(24_000);
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const reading = parts.readText();
  await clock.advance(60_000);
  await reading;
  assert.ok(heartbeats() >= 3, parts.text());
});

test('an error of an operation is in the payload of its part', async (t) => {
  const gateway = await openGateway(t);
  const parts = await openParts(t, gateway, { query: watchFlow, variables: { uuid: 'no-such' } });
  const { payload, errors } = await parts.next();
  assert.equal(errors, undefined);
  assert.equal(payload.errors[0].extensions.code, 'NOT_FOUND');
  assert.match(await parts.readText(), /\r\n--graphql--\r\n$/);
});

test('an invalid subscription is answered by JSON', async (t) => {
  const gateway = await openGateway(t);
  for (const [body, status] of [
    [{ query: '{ viewer { tenantId } }' }, 200],
    [{ query: 'subscription { nothing }' }, 200],
    [{ query: 'subscription {' }, 200],
    [{ query: 7 }, 400],
  ] as const) {
    const { response } = await openParts(t, gateway, body);
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(response.status, status, JSON.stringify(body));
  }
});

test('a client that takes nothing but parts gets them for any operation', async (t) => {
  const gateway = await openGateway(t);
  const accept = 'multipart/mixed;subscriptionSpec=1.0';
  const query = await openParts(t, gateway, { query: '{ viewer { tenantId } }' }, accept);
  assert.deepEqual((await query.next()).payload.data, { viewer: { tenantId: 'default' } });
  assert.match(await query.readText(), /\r\n--graphql--\r\n$/);
  const bad = await openParts(t, gateway, { query: '{' }, accept);
  assert.equal((await bad.next()).payload.errors[0].extensions.code, 'BAD_USER_INPUT');
});

test('subscriptions over parts count among those of their caller', async (t) => {
  const gateway = await openGateway(t, { env: { MAX_SUBSCRIPTIONS_PER_CALLER: '1' } });
  const uuid = await gateway.openFlow();
  const body = { query: watchFlow, variables: { uuid } };
  const first = await openParts(t, gateway, body);
  await first.next();
  const second = await openParts(t, gateway, body);
  assert.equal((await second.next()).payload.errors[0].extensions.code, 'RATE_LIMITED');
});

test('the end of the process cuts the parts without the last boundary', async (t) => {
  const gateway = await openGateway(t);
  const uuid = await gateway.openFlow();
  const parts = await openParts(t, gateway, { query: watchFlow, variables: { uuid } });
  await parts.next();
  const reading = parts.readText();
  await gateway.app.close();
  assert.doesNotMatch(await reading, /--graphql--/);
});
