import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type Client, createClient, NetworkError } from 'graphql-sse';
import { createStreamTokens } from '../../src/server/streaming/stream-token.ts';
import { collect, next } from '../support/clients/collect.ts';
import { readFlow, type WatchedFlow, watchFlow } from '../support/clients/operations.ts';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';
import { toTenantId } from '../support/tenant-id.ts';

const tenantOne = toTenantId('tenant-one');
const tenantTwo = toTenantId('tenant-two');

function createDistinctClient(t: TestContext, gateway: OpenGateway, apiKey = gateway.apiKey) {
  const client = createClient({
    url: gateway.graphqlUrl,
    headers: { authorization: `Bearer ${apiKey}` },
    retryAttempts: 0,
  });
  t.after(() => client.dispose());
  return client;
}

interface StreamClient {
  readonly client: Client<true>;
  /** The method of each request it made, and what it was answered. */
  readonly requests: readonly { method: string; url: string; status: number }[];
}

function createStreamClient(
  t: TestContext,
  gateway: OpenGateway,
  apiKey = gateway.apiKey,
): StreamClient {
  const requests: { method: string; url: string; status: number }[] = [];
  const client = createClient<true>({
    singleConnection: true,
    url: `${gateway.graphqlUrl}/stream`,
    headers: { authorization: `Bearer ${apiKey}` },
    retryAttempts: 0,
    fetchFn: async (url: string, init: RequestInit = {}) => {
      const response = await fetch(url, init);
      requests.push({ method: init.method ?? 'GET', url, status: response.status });
      return response;
    },
  });
  t.after(() => client.dispose());
  return { client, requests };
}

/** Reserves a stream by hand and gives the headers that name it. */
async function reserveStream({ graphqlUrl, apiKey }: OpenGateway): Promise<Record<string, string>> {
  const authorization = `Bearer ${apiKey}`;
  const reserved = await fetch(`${graphqlUrl}/stream`, {
    method: 'PUT',
    headers: { authorization },
  });
  assert.equal(reserved.status, 201);
  return { authorization, 'x-graphql-event-stream-token': await reserved.text() };
}

/** Starts a subscription by hand, on a stream that is reserved. */
async function startWatching(
  gateway: OpenGateway,
  stream: Readonly<Record<string, string>>,
  operationId: string,
  uuid: string,
): Promise<void> {
  const started = await fetch(`${gateway.graphqlUrl}/stream`, {
    method: 'POST',
    headers: { ...stream, 'content-type': 'application/json' },
    body: JSON.stringify({ query: watchFlow, variables: { uuid }, extensions: { operationId } }),
  });
  assert.equal(started.status, 202);
}

const stateOf = (result: { data?: WatchedFlow | null } | undefined) =>
  result?.data?.flowUpdated.status.state;

const badOperations = {
  'a syntax error': { query: 'subscription {' },
  'an empty operation': { query: ' ' },
  'an unknown field': { query: 'subscription { nothing }' },
  'a missing variable': { query: watchFlow },
  'an unknown flow': { query: watchFlow, variables: { uuid: 'no-such-flow' } },
};

test('a flow is watched over a connection of its own until it is terminal', async (t) => {
  const gateway = await openGateway(t);
  const client = createDistinctClient(t, gateway);
  const uuid = await gateway.openFlow();
  const events = client.iterate<WatchedFlow>({ query: watchFlow, variables: { uuid } });

  assert.equal(stateOf(await next(events)), 'NOT_STARTED');
  await gateway.upload(uuid, 'pan.jpg');

  assert.equal(stateOf((await collect(events)).at(-1)), 'SUCCESS');
});

test('a bad operation on a connection of its own gets its error', async (t) => {
  const gateway = await openGateway(t);
  const client = createDistinctClient(t, gateway);

  for (const [name, operation] of Object.entries(badOperations)) {
    const [result, ...more] = await collect(client.iterate(operation));
    assert.equal(result?.errors?.[0]?.extensions?.code, codeFor(name), name);
    assert.deepEqual(more, [], name);
  }
});

test('several subscriptions share one connection, each to its own end', async (t) => {
  const gateway = await openGateway(t);
  const { client, requests } = createStreamClient(t, gateway);
  const uuids = [];
  for (const id of ['one', 'two', 'three']) uuids.push(await gateway.openFlow(id));
  const readers = uuids.map((uuid) =>
    client.iterate<WatchedFlow>({ query: watchFlow, variables: { uuid } }),
  );

  const firsts = await Promise.all(readers.map((reader) => next(reader)));
  for (const uuid of uuids) await gateway.upload(uuid, 'pan.jpg');
  const rests = await Promise.all(readers.map((reader) => collect(reader)));

  assert.deepEqual(firsts.map(stateOf), ['NOT_STARTED', 'NOT_STARTED', 'NOT_STARTED']);
  assert.deepEqual(
    rests.map((rest) => stateOf(rest.at(-1))),
    ['SUCCESS', 'SUCCESS', 'SUCCESS'],
  );
  assert.deepEqual(
    rests.map((rest) => rest.at(-1)?.data?.flowUpdated.id),
    uuids.map((uuid) => Buffer.from(`Flow:${uuid}`).toString('base64url')),
  );
  assert.equal(requests.filter(({ method }) => method === 'GET').length, 1);
});

test('a query runs over a shared connection', async (t) => {
  const gateway = await openGateway(t);
  const { client } = createStreamClient(t, gateway);
  const uuid = await gateway.openFlow();

  const [answer, ...more] = await collect(client.iterate({ query: readFlow, variables: { uuid } }));

  assert.deepEqual(answer?.data?.flow, {
    id: Buffer.from(`Flow:${uuid}`).toString('base64url'),
    uuid,
    status: { state: 'NOT_STARTED' },
    documents: [],
  });
  assert.deepEqual(more, []);
});

test('a bad operation on a shared connection gets its error and its neighbour goes on', async (t) => {
  const gateway = await openGateway(t);
  const { client, requests } = createStreamClient(t, gateway);
  const uuid = await gateway.openFlow();
  const neighbour = client.iterate<WatchedFlow>({ query: watchFlow, variables: { uuid } });
  await next(neighbour);

  for (const [name, operation] of Object.entries(badOperations)) {
    const [result, ...more] = await collect(client.iterate(operation));
    assert.equal(result?.errors?.[0]?.extensions?.code, codeFor(name), name);
    assert.deepEqual(more, [], name);
  }
  await gateway.upload(uuid, 'pan.jpg');

  assert.equal(stateOf((await collect(neighbour)).at(-1)), 'SUCCESS');
  assert.equal(requests.filter(({ method }) => method === 'GET').length, 1);
});

test('a subscription that is cancelled is watched no longer, and its neighbour is', async (t) => {
  const gateway = await openGateway(t);
  const stream = await reserveStream(gateway);
  await startWatching(gateway, stream, 'one', await gateway.openFlow('one'));
  await startWatching(gateway, stream, 'two', await gateway.openFlow('two'));
  assert.equal(gateway.app.countWatched(), 2);

  const cancelled = await fetch(`${gateway.graphqlUrl}/stream?operationId=one`, {
    method: 'DELETE',
    headers: stream,
  });

  assert.equal(cancelled.status, 200);
  assert.equal(gateway.app.countWatched(), 1);
});

test('the client cancels what it leaves', async (t) => {
  const gateway = await openGateway(t);
  const { client, requests } = createStreamClient(t, gateway);
  const uuids = [await gateway.openFlow('one'), await gateway.openFlow('two')];
  const [left, kept] = uuids.map((uuid) =>
    client.iterate<WatchedFlow>({ query: watchFlow, variables: { uuid } }),
  );
  assert.ok(left && kept);
  await Promise.all([next(left), next(kept)]);

  await left.return?.();
  for (const uuid of uuids) await gateway.upload(uuid, 'pan.jpg');
  const rest = await collect(kept);

  assert.equal(stateOf(rest.at(-1)), 'SUCCESS');
  assert.deepEqual(
    requests.filter(({ method }) => method === 'DELETE').map(({ status }) => status),
    [200],
  );
});

test('a stream is open once', async (t) => {
  const gateway = await openGateway(t);
  const headers = { ...(await reserveStream(gateway)), accept: 'text/event-stream' };
  const leaving = new AbortController();
  t.after(() => leaving.abort());
  const url = `${gateway.graphqlUrl}/stream`;

  const first = await fetch(url, { headers, signal: leaving.signal });
  const second = await fetch(url, { headers });

  assert.equal(first.status, 200);
  assert.equal(first.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  assert.equal(second.status, 409);
  assert.equal((await second.json()).errors[0].extensions.code, 'BAD_USER_INPUT');
});

test('a token that was not issued here names no stream', async (t) => {
  const gateway = await openGateway(t);
  const other = await openGateway(t);
  const { 'x-graphql-event-stream-token': own = '', authorization = '' } =
    await reserveStream(gateway);
  const foreign = (await reserveStream(other))['x-graphql-event-stream-token'] ?? '';
  const url = `${gateway.graphqlUrl}/stream`;
  const body = JSON.stringify({
    query: watchFlow,
    variables: { uuid: 'any-flow' },
    extensions: { operationId: '1' },
  });

  for (const token of ['forged', `${own}x`, `x${own}`, foreign, '__proto__', '']) {
    const headers = { authorization, 'x-graphql-event-stream-token': token };
    const posted = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    });
    const cancelled = await fetch(`${url}?operationId=1`, { method: 'DELETE', headers });
    const opened = await fetch(url, { headers: { ...headers, accept: 'text/event-stream' } });
    const statuses = [posted.status, cancelled.status, opened.status];
    assert.deepEqual(statuses, [404, 404, 404], token);
  }
  assert.equal(gateway.sandbox.countCalls(), 0);
});

test('a stream token is valid for its owner and for no other', () => {
  const tokens = createStreamTokens();
  const owner = { tenantId: tenantOne, callerIdentity: 'backend' };
  const token = tokens.issue(owner);

  assert.equal(tokens.isFor({ ...owner }, token), true);
  for (const other of [
    { ...owner, tenantId: tenantTwo },
    { ...owner, callerIdentity: 'frontend' },
  ]) {
    assert.equal(tokens.isFor(other, token), false);
  }
  assert.equal(createStreamTokens().isFor(owner, token), false);
  assert.notEqual(tokens.issue(owner), token);
});

test('no caller gets a stream without the key', async (t) => {
  const gateway = await openGateway(t);
  const { 'x-graphql-event-stream-token': token = '' } = await reserveStream(gateway);
  const url = `${gateway.graphqlUrl}/stream`;

  for (const authorization of ['', 'Bearer a-wrong-key', gateway.apiKey]) {
    for (const method of ['PUT', 'GET', 'POST', 'DELETE']) {
      const response = await fetch(url, {
        method,
        headers: { authorization, 'x-graphql-event-stream-token': token },
      });
      assert.equal(response.status, 401, method);
      assert.equal(response.headers.get('www-authenticate'), 'Bearer');
      assert.equal((await response.json()).errors[0].extensions.code, 'UNAUTHENTICATED');
    }
  }
});

test('a client with a wrong key is refused in both modes', async (t) => {
  const gateway = await openGateway(t);
  const isRefused = (error: unknown) =>
    error instanceof NetworkError && error.response?.status === 401;
  const operation = { query: watchFlow, variables: { uuid: 'any-flow' } };

  const distinct = createDistinctClient(t, gateway, 'a-wrong-key');
  await assert.rejects(collect(distinct.iterate(operation)), isRefused);
  const { client } = createStreamClient(t, gateway, 'a-wrong-key');
  await assert.rejects(collect(client.iterate(operation)), isRefused);
});

test('a body over a mebibyte is refused on a stream', async (t) => {
  const gateway = await openGateway(t);
  const stream = await reserveStream(gateway);

  const response = await fetch(`${gateway.graphqlUrl}/stream`, {
    method: 'POST',
    headers: { ...stream, 'content-type': 'application/json' },
    body: JSON.stringify({ query: `{ documentTypes { type } } #${'x'.repeat(1024 * 1024)}` }),
  });

  assert.equal(response.status, 413);
  assert.equal((await response.json()).errors[0].extensions.code, 'BAD_USER_INPUT');
});

test('a page that is left ends every subscription on its stream', {
  timeout: 10_000,
}, async (t) => {
  const gateway = await openGateway(t);
  const stream = await reserveStream(gateway);
  const leaving = new AbortController();
  const opened = await fetch(`${gateway.graphqlUrl}/stream`, {
    headers: { ...stream, accept: 'text/event-stream' },
    signal: leaving.signal,
  });
  assert.equal(opened.status, 200);
  await startWatching(gateway, stream, 'one', await gateway.openFlow('one'));
  await startWatching(gateway, stream, 'two', await gateway.openFlow('two'));
  assert.equal(gateway.app.countWatched(), 2);

  leaving.abort();

  // The socket tells the gateway in its own time; if it never does, the time above runs out.
  while (gateway.app.countWatched() > 0) await setImmediate();
});

/** The code of a bad operation: only the flow that does not exist is a question well put. */
function codeFor(name: string): string {
  return name === 'an unknown flow' ? 'NOT_FOUND' : 'BAD_USER_INPUT';
}
