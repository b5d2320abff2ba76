import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createFakeClock } from '../support/live/fake-clock.ts';
import { openGateway } from '../support/open-gateway.ts';
import { openEvents, type ServerEvent } from '../support/server/event-reader.ts';
import { openParts } from '../support/server/part-reader.ts';
import { type Message, openSocket } from '../support/server/raw-socket.ts';
import { watchFlow } from '../support/server/transports.ts';

const timeout = 20_000;
const lifeMs = 60_000;

/** A flow, and a grant for it that is good for a minute. */
async function openWithGrant(t: TestContext) {
  const clock = createFakeClock();
  const gateway = await openGateway(t, { clock });
  const uuid = await gateway.openFlow();
  const { data } = await gateway.ask(
    'mutation ($input: IssueFlowGrantInput!) { issueFlowGrant(input: $input) { token } }',
    { input: { flowUuid: uuid, ttlSeconds: lifeMs / 1000 } },
  );
  const authorization = `Bearer ${data.issueFlowGrant.token}`;
  const headers = { authorization, 'content-type': 'application/json' };
  return { clock, gateway, uuid, authorization, headers };
}

function assertEnded({ errors, data }: Message): void {
  assert.equal(data, undefined);
  const [{ message, extensions }] = errors;
  assert.equal(extensions.code, 'UNAUTHENTICATED');
  assert.match(message, /has ended\. Connect again with a newer one/);
  assert.ok(extensions.requestId);
}

for (const accept of ['text/event-stream', '*/*']) {
  test(`a stream for ${accept} tells within half a minute that its grant has ended`, {
    timeout,
  }, async (t) => {
    const { clock, gateway, uuid, headers } = await openWithGrant(t);
    const reader = await openEvents(t, gateway.graphqlUrl, {
      method: 'POST',
      headers: { ...headers, accept },
      body: { query: watchFlow, variables: { uuid } },
    });
    assert.ok((await reader.next()).data.data.flowUpdated);
    await clock.advance(lifeMs + 12_000);
    const { event, data } = await reader.next();
    assert.equal(event, 'next');
    assertEnded(data);
    assert.equal((await reader.next()).event, 'complete');
    assert.equal(await reader.ended, 'ended');
    assert.equal(gateway.app.countWatched(), 0);
  });
}

test('a multipart answer ends with an error of the stream itself when its grant has ended', {
  timeout,
}, async (t) => {
  const { clock, gateway, uuid, headers } = await openWithGrant(t);
  const body = { query: watchFlow, variables: { uuid } };
  const parts = await openParts(t, { graphqlUrl: gateway.graphqlUrl, headers }, body);
  assert.ok((await parts.next()).payload.data.flowUpdated);
  await clock.advance(lifeMs + 12_000);
  const { payload, errors } = await parts.next();
  assert.equal(payload, null);
  assertEnded({ errors });
  assert.match(await parts.readText(), /\r\n--graphql--\r\n$/);
  assert.equal(gateway.app.countWatched(), 0);
});

test('a shared stream tells each of its operations that its grant has ended, and takes no more', {
  timeout,
}, async (t) => {
  const { clock, gateway, uuid, headers } = await openWithGrant(t);
  const url = `${gateway.graphqlUrl}/stream`;
  const reserved = await fetch(url, { method: 'PUT', headers });
  const own = { ...headers, 'x-graphql-event-stream-token': await reserved.text() };
  const reader = await openEvents(t, url, { headers: own });
  const start = (operationId: string, given: Readonly<Record<string, string>>) =>
    fetch(url, {
      method: 'POST',
      headers: given,
      body: JSON.stringify({ query: watchFlow, variables: { uuid }, extensions: { operationId } }),
    });
  for (const id of ['1', '2']) {
    assert.equal((await start(id, own)).status, 202);
    assert.ok((await reader.next()).data.payload.data.flowUpdated);
  }
  await clock.advance(lifeMs + 12_000);
  const told: ServerEvent[] = [];
  for (let count = 0; count < 4; count += 1) told.push(await reader.next());
  for (const id of ['1', '2']) {
    const [next, complete] = told.filter(({ data }) => data.id === id);
    assert.deepEqual([next?.event, complete?.event], ['next', 'complete']);
    assertEnded(next?.data.payload);
  }
  assert.equal(await reader.ended, 'ended');
  assert.equal(gateway.app.countWatched(), 0);
  // The same stream, with a key that holds.
  const late = await start('3', { ...own, authorization: `Bearer ${gateway.apiKey}` });
  assert.equal(late.status, 404);
});

test('a shared stream without an operation just ends with its grant', { timeout }, async (t) => {
  const { clock, gateway, headers } = await openWithGrant(t);
  const url = `${gateway.graphqlUrl}/stream`;
  const reserved = await fetch(url, { method: 'PUT', headers });
  const own = { ...headers, 'x-graphql-event-stream-token': await reserved.text() };
  const reader = await openEvents(t, url, { headers: own });
  await clock.advance(lifeMs + 12_000);
  assert.equal(await reader.ended, 'ended');
  await assert.rejects(reader.next());
});

test('a WebSocket closes with 4403 when its grant has ended', { timeout }, async (t) => {
  const { clock, gateway, uuid, authorization } = await openWithGrant(t);
  const socket = await openSocket(t, gateway.webSocketUrl);
  await socket.init(authorization);
  socket.subscribe('1', watchFlow, { uuid });
  assert.ok((await socket.next()).payload.data.flowUpdated);
  await clock.advance(lifeMs + 12_000);
  assert.equal((await socket.closed).code, 4403);
});
