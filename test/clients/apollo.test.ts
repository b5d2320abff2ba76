import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import {
  type OpenedFlow,
  openFlow,
  type ReadFlow,
  readFlow,
  type WatchedFlow,
  watchFlow,
} from '../support/clients/operations.ts';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';

/** Apollo as its documents set it up: subscriptions over graphql-ws, the rest over HTTP. */
function createApollo(t: TestContext, gateway: OpenGateway, apiKey = gateway.apiKey) {
  const authorization = `Bearer ${apiKey}`;
  const socket = createClient({
    url: gateway.webSocketUrl,
    connectionParams: { authorization },
    retryAttempts: 0,
  });
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      new HttpLink({ uri: gateway.graphqlUrl, headers: { authorization } }),
    ),
  });
  t.after(() => {
    client.stop();
    return socket.dispose();
  });
  return client;
}

test('Apollo Client opens a flow and reads it', async (t) => {
  const gateway = await openGateway(t);
  const apollo = createApollo(t, gateway);

  const opened = await apollo.mutate<OpenedFlow>({
    mutation: gql(openFlow),
    variables: { input: { applicationId: 'application-1' } },
  });
  const uuid = opened.data?.createFlow.flow?.uuid;
  assert.ok(uuid);
  await gateway.upload(uuid, 'pan.jpg');
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const read = await apollo.query<ReadFlow>({ query: gql(readFlow), variables: { uuid } });

  assert.equal(read.data?.flow?.status.state, 'SUCCESS');
  assert.deepEqual(
    read.data?.flow?.documents?.map(({ documentId, state }) => ({ documentId, state })),
    [{ documentId: 'pan.jpg', state: 'EXTRACTED' }],
  );
});

test('Apollo Client watches a flow over WebSocket until it is terminal', async (t) => {
  const gateway = await openGateway(t);
  const apollo = createApollo(t, gateway);
  const uuid = await gateway.openFlow();
  const states: string[] = [];
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>();

  apollo.subscribe<WatchedFlow>({ query: gql(watchFlow), variables: { uuid } }).subscribe({
    next({ data, error }) {
      if (error) fail(error);
      const state = data?.flowUpdated.status.state;
      if (state === 'NOT_STARTED') void gateway.upload(uuid, 'pan.jpg', 'aadhaar.jpg');
      if (state !== undefined) states.push(state);
    },
    complete: end,
    error: fail,
  });
  await ended;

  assert.deepEqual([states.at(0), states.at(-1)], ['NOT_STARTED', 'SUCCESS']);
});

test('a subscription updates the flow in the cache of Apollo Client', async (t) => {
  const gateway = await openGateway(t);
  const apollo = createApollo(t, gateway);
  const uuid = await gateway.openFlow();
  const query = gql(readFlow);
  const before = await apollo.query<ReadFlow>({ query, variables: { uuid } });
  await gateway.upload(uuid, 'pan.jpg');
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>();

  apollo
    .subscribe<WatchedFlow>({ query: gql(watchFlow), variables: { uuid } })
    .subscribe({ complete: end, error: fail });
  await ended;

  const cached = apollo.readQuery<ReadFlow>({ query, variables: { uuid } });
  assert.equal(before.data?.flow?.status.state, 'NOT_STARTED');
  assert.equal(cached?.flow?.status.state, 'SUCCESS');
});

test('an error reaches Apollo Client with its code', async (t) => {
  const gateway = await openGateway(t);
  const apollo = createApollo(t, gateway);
  gateway.sandbox.fault('flowStatus', { status: 503 }, Number.POSITIVE_INFINITY);

  await assert.rejects(
    apollo.query({ query: gql(readFlow), variables: { uuid: 'any-flow' } }),
    (error) => codeOf(error) === 'ATLAS_UNAVAILABLE',
  );
});

test('an error of a subscription reaches Apollo Client with its code', async (t) => {
  const gateway = await openGateway(t);
  const apollo = createApollo(t, gateway);
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();

  apollo
    .subscribe({ query: gql(watchFlow), variables: { uuid: 'no-such-flow' } })
    .subscribe({ next: ({ error }) => resolve(error), error: reject });

  assert.equal(codeOf(await promise), 'NOT_FOUND');
});

test('Apollo Client with a wrong key is told that it is nobody', async (t) => {
  const gateway = await openGateway(t);
  const apollo = createApollo(t, gateway, 'a-wrong-key');

  await assert.rejects(
    apollo.query({ query: gql(readFlow), variables: { uuid: 'any-flow' } }),
    (error) => codeOf(error) === 'UNAUTHENTICATED',
  );
  assert.equal(gateway.sandbox.countCalls(), 0);
});

function codeOf(error: unknown): unknown {
  return CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.code : error;
}

/** Apollo with nothing but its HTTP link, which subscribes by the multipart protocol. */
function createHttpApollo(t: TestContext, gateway: OpenGateway) {
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: new HttpLink({
      uri: gateway.graphqlUrl,
      headers: { authorization: `Bearer ${gateway.apiKey}` },
    }),
  });
  t.after(() => client.stop());
  return client;
}

test('Apollo Client watches a flow over its HTTP link until it is terminal', async (t) => {
  const gateway = await openGateway(t);
  const apollo = createHttpApollo(t, gateway);
  const uuid = await gateway.openFlow();
  const states: string[] = [];
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>();
  apollo.subscribe<WatchedFlow>({ query: gql(watchFlow), variables: { uuid } }).subscribe({
    next({ data, error }) {
      if (error) fail(error);
      const state = data?.flowUpdated.status.state;
      if (state === 'NOT_STARTED') void gateway.upload(uuid, 'pan.jpg');
      if (state !== undefined) states.push(state);
    },
    complete: end,
    error: fail,
  });
  await ended;
  assert.equal(states[0], 'NOT_STARTED');
  assert.equal(states.at(-1), 'SUCCESS');
});

test('Apollo Client is told the errors of a subscription over its HTTP link', async (t) => {
  const gateway = await openGateway(t);
  const apollo = createHttpApollo(t, gateway);
  for (const [query, variables, code] of [
    [watchFlow, { uuid: 'no-such-flow' }, 'NOT_FOUND'],
    ['subscription { nothing }', {}, 'BAD_USER_INPUT'],
  ] as const) {
    const { promise: failed, resolve: fail } = Promise.withResolvers<unknown>();
    apollo
      .subscribe({ query: gql(query), variables })
      .subscribe({ next: ({ error }) => error && fail(error), error: fail });
    const error = await failed;
    assert.ok(CombinedGraphQLErrors.is(error), String(error));
    assert.equal(error.errors[0]?.extensions?.code, code);
  }
});
