import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Client, fetchExchange, type OperationResult, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-sse';
import {
  type OpenedFlow,
  openFlow,
  type ReadFlow,
  readFlow,
  type WatchedFlow,
  watchFlow,
} from '../support/clients/operations.ts';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';

/** urql as its documents set it up: subscriptions by the graphql-sse client, the rest over HTTP. */
function createUrql(t: TestContext, gateway: OpenGateway, apiKey = gateway.apiKey): Client {
  const headers = { authorization: `Bearer ${apiKey}` };
  const stream = createClient({ url: gateway.graphqlUrl, headers, retryAttempts: 0 });
  t.after(() => stream.dispose());
  return new Client({
    url: gateway.graphqlUrl,
    preferGetMethod: false,
    fetchOptions: { headers },
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables = {} }) => ({
          subscribe: (sink) => ({ unsubscribe: stream.subscribe({ query, variables }, sink) }),
        }),
      }),
    ],
  });
}

test('urql opens a flow and reads it', async (t) => {
  const gateway = await openGateway(t);
  const urql = createUrql(t, gateway);

  const opened = await urql.mutation<OpenedFlow>(openFlow, {
    input: { applicationId: 'application-1' },
  });
  const uuid = opened.data?.createFlow.flow?.uuid;
  assert.ok(uuid);
  await gateway.upload(uuid, 'pan.jpg');
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const read = await urql.query<ReadFlow>(readFlow, { uuid });

  assert.equal(read.data?.flow?.status.state, 'SUCCESS');
  assert.deepEqual(
    read.data?.flow?.documents?.map(({ documentId, state }) => ({ documentId, state })),
    [{ documentId: 'pan.jpg', state: 'EXTRACTED' }],
  );
});

test('urql watches a flow over SSE until it is terminal', async (t) => {
  const gateway = await openGateway(t);
  const urql = createUrql(t, gateway);
  const uuid = await gateway.openFlow();
  const states: string[] = [];
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>();

  urql.subscription<WatchedFlow>(watchFlow, { uuid }).subscribe(({ data, error, hasNext }) => {
    if (error) fail(error);
    const state = data?.flowUpdated.status.state;
    if (state === 'NOT_STARTED') void gateway.upload(uuid, 'pan.jpg', 'aadhaar.jpg');
    if (state !== undefined) states.push(state);
    if (!hasNext) end();
  });
  await ended;

  assert.deepEqual([states.at(0), states.at(-1)], ['NOT_STARTED', 'SUCCESS']);
});

test('an error reaches urql with its code', async (t) => {
  const gateway = await openGateway(t);
  const urql = createUrql(t, gateway);
  gateway.sandbox.fault('flowStatus', { status: 503 }, Number.POSITIVE_INFINITY);

  assert.equal(codeOf(await urql.query(readFlow, { uuid: 'any-flow' })), 'ATLAS_UNAVAILABLE');
});

test('an error of a subscription reaches urql with its code', async (t) => {
  const gateway = await openGateway(t);
  const urql = createUrql(t, gateway);
  const { promise, resolve } = Promise.withResolvers<OperationResult>();

  urql.subscription(watchFlow, { uuid: 'no-such-flow' }).subscribe(resolve);

  assert.equal(codeOf(await promise), 'NOT_FOUND');
});

test('urql with a wrong key is told that it is nobody', async (t) => {
  const gateway = await openGateway(t);
  const urql = createUrql(t, gateway, 'a-wrong-key');

  assert.equal(codeOf(await urql.query(readFlow, { uuid: 'any-flow' })), 'UNAUTHENTICATED');
  assert.equal(gateway.sandbox.countCalls(), 0);
});

function codeOf({ error }: OperationResult): unknown {
  return error?.graphQLErrors[0]?.extensions.code ?? error;
}
