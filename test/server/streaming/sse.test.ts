import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createFakeClock } from '../../support/live/fake-clock.ts';
import { type GatewayOptions, type OpenGateway, openGateway } from '../../support/open-gateway.ts';
import { openEvents } from '../../support/server/event-reader.ts';
import { watchFlow } from '../../support/server/transports.ts';

const timeout = 20_000;
const events = 'text/event-stream';
const readTypes = '{ documentTypes { type } }';
const mutation =
  'mutation { createFlow(input: { applicationId: "application-1" }) { flow { uuid } } }';

/** The response in place of a stream. */
async function refusalOf(response: Response): Promise<[number, string]> {
  const body = await response.json();
  return [response.status, body.errors[0].extensions.code];
}

interface OpenStream {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  post(operationId: string, query: string, variables?: object): Promise<Response>;
  end(operationId: string): Promise<Response>;
}

/** Reserves a shared stream. */
async function reserve({ graphqlUrl, headers: own }: OpenGateway): Promise<OpenStream> {
  const url = `${graphqlUrl}/stream`;
  const reserved = await fetch(url, { method: 'PUT', headers: own });
  assert.equal(reserved.status, 201);
  const headers = { ...own, 'x-graphql-event-stream-token': await reserved.text() };
  return {
    url,
    headers,
    post: (operationId, query, variables) =>
      fetch(url, {
        method: 'POST',
        headers,
        body: JSON.stringify({ query, variables, extensions: { operationId } }),
      }),
    end: (operationId) => fetch(`${url}?operationId=${operationId}`, { method: 'DELETE', headers }),
  };
}

async function openWithFlow(t: TestContext, options: GatewayOptions = {}) {
  const gateway = await openGateway(t, options);
  return { gateway, uuid: await gateway.openFlow() };
}

test('a mutation is refused on a stream that was asked for by GET, and is not run', async (t) => {
  const gateway = await openGateway(t);
  const url = new URL(gateway.graphqlUrl);
  url.searchParams.set('query', mutation);
  const headers = { ...gateway.headers, accept: events };
  const reader = await openEvents(t, url.href, { headers });
  const { event, data } = await reader.next();
  assert.equal(event, 'next');
  assert.equal(data.errors[0].extensions.code, 'BAD_USER_INPUT');
  assert.equal((await reader.next()).event, 'complete');
  assert.equal(await reader.ended, 'ended');
  assert.equal(gateway.sandbox.countCalls(), 0);
});

test('a mutation runs on a stream that was asked for by POST', async (t) => {
  const gateway = await openGateway(t);
  const headers = { ...gateway.headers, accept: events };
  const body = { query: mutation };
  const reader = await openEvents(t, gateway.graphqlUrl, { method: 'POST', headers, body });
  assert.ok((await reader.next()).data.data.createFlow.flow.uuid);
  assert.equal((await reader.next()).event, 'complete');
});

test('a query and a subscription are asked for by GET', async (t) => {
  const { gateway, uuid } = await openWithFlow(t);
  const headers = { ...gateway.headers, accept: events };
  for (const [query, variables] of [
    [readTypes, {}],
    [watchFlow, { uuid }],
  ] as const) {
    const url = new URL(gateway.graphqlUrl);
    url.searchParams.set('query', query);
    url.searchParams.set('variables', JSON.stringify(variables));
    const reader = await openEvents(t, url.href, { headers });
    assert.ok((await reader.next()).data.data);
  }
});

test('a body that holds no operation is refused before a stream begins', async (t) => {
  const gateway = await openGateway(t);
  const refused: Readonly<Record<string, unknown>> = {
    nothing: '',
    garbage: '{"query":',
    'a list': [],
    null: null,
    'a text': 'text',
    'no query': {},
    'a query that is no text': { query: 7 },
    'variables that are a list': { query: readTypes, variables: [] },
    'variables that are a text': { query: readTypes, variables: '{}' },
    'an operation name that is no text': { query: readTypes, operationName: 7 },
    'extensions that are a list': { query: readTypes, extensions: [] },
    'a member that is unknown': { query: readTypes, id: '1' },
  };
  const stream = await reserve(gateway);
  for (const [name, given] of Object.entries(refused)) {
    const body = name === 'nothing' || name === 'garbage' ? String(given) : JSON.stringify(given);
    const headers = { ...gateway.headers, accept: events };
    const distinct = await fetch(gateway.graphqlUrl, { method: 'POST', headers, body });
    assert.deepEqual(await refusalOf(distinct), [400, 'BAD_USER_INPUT'], name);
    const shared = await fetch(stream.url, { method: 'POST', headers: stream.headers, body });
    assert.deepEqual(await refusalOf(shared), [400, 'BAD_USER_INPUT'], name);
  }
});

test('an operation without an id of its own is refused on a shared stream', async (t) => {
  const gateway = await openGateway(t);
  const { url, headers } = await reserve(gateway);
  for (const extensions of [undefined, {}, { operationId: '' }, { operationId: 7 }]) {
    const body = JSON.stringify({ query: readTypes, extensions });
    const response = await fetch(url, { method: 'POST', headers, body });
    assert.deepEqual(await refusalOf(response), [400, 'BAD_USER_INPUT']);
  }
});

test('a query string that holds no operation is refused', async (t) => {
  const gateway = await openGateway(t);
  const headers = { ...gateway.headers, accept: events };
  for (const search of [
    '',
    '?variables={}',
    `?query=${readTypes}&variables={`,
    `?query=${readTypes}&variables=[]`,
    `?query=${readTypes}&variables=7`,
    `?query=${readTypes}&extensions=text`,
    `?query=${readTypes}&other=1`,
  ]) {
    const response = await fetch(`${gateway.graphqlUrl}${search}`, { headers });
    assert.deepEqual(await refusalOf(response), [400, 'BAD_USER_INPUT'], search);
  }
});

test('a body that is not JSON by its type is refused, as no form may post here', async (t) => {
  const gateway = await openGateway(t);
  const { url, headers } = await reserve(gateway);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    for (const [target, more] of [
      [gateway.graphqlUrl, { accept: events }],
      [url, {}],
    ] as const) {
      const response = await fetch(target, {
        method: 'POST',
        headers: { ...headers, ...more, 'content-type': type },
        body: JSON.stringify({ query: mutation, extensions: { operationId: '1' } }),
      });
      assert.deepEqual(await refusalOf(response), [415, 'BAD_USER_INPUT'], type);
    }
  }
  assert.equal(gateway.sandbox.countCalls(), 0);
});

test('a method that carries no operation is refused', async (t) => {
  const gateway = await openGateway(t);
  const headers = { ...gateway.headers, accept: events };
  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    const response = await fetch(gateway.graphqlUrl, { method, headers });
    assert.deepEqual(await refusalOf(response), [405, 'BAD_USER_INPUT'], method);
  }
  const { url, headers: stream } = await reserve(gateway);
  const response = await fetch(url, { method: 'PATCH', headers: stream });
  assert.equal(response.status, 405);
  assert.equal(response.headers.get('allow'), 'GET, POST, PUT, DELETE');
});

test('a body over a mebibyte is refused while it still comes, and its connection closed', async (t) => {
  const gateway = await openGateway(t);
  const { url, headers } = await reserve(gateway);
  for (const [target, more] of [
    [gateway.graphqlUrl, { accept: events }],
    [url, {}],
  ] as const) {
    const asking = request(target, { method: 'POST', headers: { ...headers, ...more } });
    asking.on('error', () => {}); // the connection is closed on what is still sent
    t.after(() => asking.destroy());
    asking.write('x'.repeat(1024 * 1024));
    asking.write('x');
    const [response] = await once(asking, 'response');
    assert.equal(response.statusCode, 413);
    assert.equal(response.headers.connection, 'close');
  }
});

test('a stream that is reserved and never opened is forgotten after 30 seconds', {
  timeout,
}, async (t) => {
  const clock = createFakeClock();
  const { gateway, uuid } = await openWithFlow(t, { clock });
  const stream = await reserve(gateway);
  assert.equal((await stream.post('1', watchFlow, { uuid })).status, 202);
  assert.equal(gateway.app.countWatched(), 1);
  await clock.advance(29_999);
  assert.equal((await stream.post('2', watchFlow, { uuid })).status, 202);
  await clock.advance(1);
  assert.equal(gateway.app.countWatched(), 0);
  assert.equal((await stream.post('3', watchFlow, { uuid })).status, 404);
});

test('a stream that was opened in time is not forgotten', async (t) => {
  const clock = createFakeClock();
  const { gateway, uuid } = await openWithFlow(t, { clock });
  const stream = await reserve(gateway);
  const reader = await openEvents(t, stream.url, { headers: stream.headers });
  await clock.advance(60_000);
  assert.equal((await stream.post('1', watchFlow, { uuid })).status, 202);
  assert.equal((await reader.next()).data.id, '1');
});

test('results from before a stream was opened are the first it sends', async (t) => {
  const { gateway, uuid } = await openWithFlow(t);
  const stream = await reserve(gateway);
  await stream.post('types', readTypes);
  await stream.post('flow', watchFlow, { uuid });
  const reader = await openEvents(t, stream.url, { headers: stream.headers });
  const told = [await reader.next(), await reader.next(), await reader.next()];
  const ofTypes = told.filter(({ data }) => data.id === 'types');
  assert.deepEqual(
    ofTypes.map(({ event }) => event),
    ['next', 'complete'],
  );
  const ofFlow = told.find(({ data }) => data.id === 'flow');
  assert.equal(ofFlow?.data.payload.data.flowUpdated.status.state, 'NOT_STARTED');
});

test('an operation that is ended before its stream is opened is never told of', async (t) => {
  const gateway = await openGateway(t);
  const stream = await reserve(gateway);
  await stream.post('left', readTypes);
  await stream.post('kept', readTypes);
  assert.equal((await stream.end('left')).status, 200);
  assert.equal((await stream.end('unknown')).status, 200);
  const reader = await openEvents(t, stream.url, { headers: stream.headers });
  assert.equal((await reader.next()).data.id, 'kept');
  assert.equal((await reader.next()).event, 'complete');
  await stream.post('last', readTypes);
  assert.equal((await reader.next()).data.id, 'last');
});

test('a stream runs so many operations, and its neighbours go on when one more is refused', async (t) => {
  const { gateway, uuid } = await openWithFlow(t, { env: { MAX_SUBSCRIPTIONS_PER_SOCKET: '2' } });
  const stream = await reserve(gateway);
  const reader = await openEvents(t, stream.url, { headers: stream.headers });
  for (const id of ['1', '2']) await stream.post(id, watchFlow, { uuid });
  await Promise.all([reader.next(), reader.next()]);
  const refused = await stream.post('3', watchFlow, { uuid });
  assert.deepEqual(await refusalOf(refused), [429, 'RATE_LIMITED']);
  assert.deepEqual(await refusalOf(await stream.post('1', readTypes)), [409, 'BAD_USER_INPUT']);

  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const ids = new Set<string>();
  while (ids.size < 2) {
    const { event, data } = await reader.next();
    if (event === 'complete') ids.add(data.id);
  }
  while ((await stream.post('4', readTypes)).status === 429) await setImmediate();
  assert.equal((await reader.next()).data.id, '4');
});

test('a process reserves so many streams', async (t) => {
  const gateway = await openGateway(t, { env: { MAX_SUBSCRIPTIONS: '2' } });
  await reserve(gateway);
  await reserve(gateway);
  const { graphqlUrl, headers } = gateway;
  const refused = await fetch(`${graphqlUrl}/stream`, { method: 'PUT', headers });
  assert.deepEqual(await refusalOf(refused), [503, 'RATE_LIMITED']);
});

test('an operation whose stream closes while its body comes is not begun', {
  timeout,
}, async (t) => {
  const { gateway, uuid } = await openWithFlow(t);
  const { url, headers } = await reserve(gateway);
  const reader = await openEvents(t, url, { headers });
  const asking = request(url, {
    method: 'POST',
    headers: { ...headers, expect: '100-continue' },
  });
  t.after(() => asking.destroy());
  asking.flushHeaders();
  await once(asking, 'continue'); // the gateway has the request, and waits for its body
  const body = JSON.stringify({
    query: watchFlow,
    variables: { uuid },
    extensions: { operationId: '1' },
  });
  reader.leave();
  while ((await fetch(url, { headers })).status !== 404) await setImmediate();
  asking.end(body);
  const [response] = await once(asking, 'response');
  assert.equal(response.statusCode, 404);
  assert.equal(gateway.app.countWatched(), 0);
});
