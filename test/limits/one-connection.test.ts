import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from '../support/live/fake-clock.ts';
import { openGateway } from '../support/open-gateway.ts';
import { openEvents } from '../support/server/event-reader.ts';
import { openSocket } from '../support/server/raw-socket.ts';

const timeout = 30_000;
const mostAtOnce = 8;
const match =
  'query ($to: String!) { addressMatch(applicationId: "1", source: "a", target: $to) { similarityScore } }';
const watch = 'subscription ($uuid: String!) { flowUpdated(uuid: $uuid) { uuid } }';

/** A gateway whose address matches stay unanswered. */
async function openSilent(t: Parameters<typeof openGateway>[0]) {
  const gateway = await openGateway(t, { env: { OPERATION_TIMEOUT_MS: '60000' } });
  const flow = await gateway.openFlow();
  const { sandbox } = gateway;
  sandbox.clearCalls();
  sandbox.fault('matchAddresses', { hang: true }, Number.POSITIVE_INFINITY);
  /** Waits until so many matches are under way, and answers with how many are a little later. */
  async function countMatches(least: number): Promise<number> {
    while (sandbox.countCalls('matchAddresses') < least) await settle();
    for (let turn = 0; turn < 5; turn += 1) await fetch(`${gateway.app.url}/health`);
    return sandbox.countCalls('matchAddresses');
  }
  return { ...gateway, flow, countMatches };
}

test('of the queries on one WebSocket eight run, and the others wait for them', {
  timeout,
}, async (t) => {
  const { webSocketUrl, headers, flow, countMatches, ask } = await openSilent(t);
  const socket = await openSocket(t, webSocketUrl);
  await socket.init(headers.authorization ?? '');
  for (let count = 0; count < 30; count += 1) {
    socket.subscribe(`query ${count}`, match, { to: `address ${count}` });
  }
  assert.equal(await countMatches(mostAtOnce), mostAtOnce);
  // Subscriptions have limits of their own; they wait for no query.
  socket.subscribe('watch', watch, { uuid: flow });
  assert.equal((await socket.next()).id, 'watch');
  assert.deepEqual((await ask('{ __typename }')).data, { __typename: 'Query' });
  // One that is left while it waits is never run, and one that runs makes room.
  socket.send({ type: 'complete', id: 'query 8' });
  socket.send({ type: 'complete', id: 'query 0' });
  socket.send({ type: 'complete', id: 'query 0' });
  assert.equal(await countMatches(mostAtOnce + 1), mostAtOnce + 1);
  socket.subscribe('short', '{ __typename }');
  for (let count = 1; count < 30; count += 1)
    socket.send({ type: 'complete', id: `query ${count}` });
  const answer = await socket.next();
  assert.deepEqual([answer.id, answer.payload.data], ['short', { __typename: 'Query' }]);
});

test('of the queries on one stream for all eight run, and the others wait for them', {
  timeout,
}, async (t) => {
  const { graphqlUrl, headers, flow, countMatches } = await openSilent(t);
  const url = `${graphqlUrl}/stream`;
  const reserved = await fetch(url, { method: 'PUT', headers });
  const proof = { ...headers, 'x-graphql-event-stream-token': await reserved.text() };
  const start = async (operationId: string, query: string, variables = {}) => {
    const body = JSON.stringify({ query, variables, extensions: { operationId } });
    assert.equal((await fetch(url, { method: 'POST', headers: proof, body })).status, 202);
  };
  const leave = (operationId: string) =>
    fetch(`${url}?operationId=${operationId}`, { method: 'DELETE', headers: proof });
  const events = await openEvents(t, url, { method: 'GET', headers: proof });
  for (let count = 0; count < 30; count += 1) {
    await start(`query-${count}`, match, { to: `address ${count}` });
  }
  assert.equal(await countMatches(mostAtOnce), mostAtOnce);
  await start('watch', watch, { uuid: flow });
  assert.equal((await events.next()).data.id, 'watch');
  await leave('query-8');
  await leave('query-0');
  assert.equal(await countMatches(mostAtOnce + 1), mostAtOnce + 1);
  await start('short', '{ __typename }');
  for (let count = 1; count < 30; count += 1) await leave(`query-${count}`);
  const { id, payload } = (await events.next()).data;
  assert.deepEqual([id, payload.data], ['short', { __typename: 'Query' }]);
});
