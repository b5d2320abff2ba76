import assert from 'node:assert/strict';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';

const app = 'https://app.example';
const env = { CORS_ORIGINS: `${app},https://other.example` };

/** The preflight request of a browser for a page that posts JSON. */
function preflight(url: string, origin: string): Promise<Response> {
  return fetch(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
}

function ask({ graphqlUrl, headers }: OpenGateway, origin?: string): Promise<Response> {
  return fetch(graphqlUrl, {
    method: 'POST',
    headers: { ...headers, ...(origin === undefined ? {} : { origin }) },
    body: '{"query":"{ __typename }"}',
  });
}

for (const path of ['/graphql', '/graphql/stream']) {
  test(`a page of an origin on the list may ask for ${path}`, async (t) => {
    const gateway = await openGateway(t, { env });
    const response = await preflight(new URL(path, gateway.graphqlUrl).href, app);
    assert.equal(response.status, 204);
    assert.equal(response.headers.get('access-control-allow-origin'), app);
    assert.match(response.headers.get('access-control-allow-methods') ?? '', /\bPOST\b/);
    const allowed = response.headers.get('access-control-allow-headers') ?? '';
    for (const name of ['authorization', 'content-type', 'x-graphql-event-stream-token']) {
      assert.ok(allowed.split(', ').includes(name), name);
    }
    assert.equal(response.headers.get('access-control-allow-credentials'), null);
    assert.equal(response.headers.get('vary'), 'origin, access-control-request-headers');
  });
}

const askedHeaders: readonly [asked: string, allowed: readonly string[]][] = [
  ['authorization,content-type,traceparent,tracestate', ['traceparent', 'tracestate']],
  ['sentry-trace, baggage', ['sentry-trace', 'baggage']],
  ['apollographql-client-name,apollographql-client-version', ['apollographql-client-name']],
  ['Apollo-Require-Preflight', ['apollo-require-preflight']],
  ['x-datadog-trace-id,x-b3-traceid,b3', ['x-datadog-trace-id', 'x-b3-traceid', 'b3']],
  ['x-of-its-own', ['x-of-its-own']],
];
for (const [asked, allowed] of askedHeaders) {
  test(`a page on the list may send ${asked}`, async (t) => {
    const { graphqlUrl } = await openGateway(t, { env });
    const from = (origin: string) =>
      fetch(graphqlUrl, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': asked,
        },
      });
    const names = (await from(app)).headers.get('access-control-allow-headers')?.split(', ') ?? [];
    for (const name of ['authorization', ...allowed]) assert.ok(names.includes(name), name);
    const foreign = await from('https://foreign.example');
    assert.equal(foreign.headers.get('access-control-allow-headers'), null);
  });
}

test('a requested header with an invalid name is not allowed', async (t) => {
  const { graphqlUrl } = await openGateway(t, { env });
  const response = await fetch(graphqlUrl, {
    method: 'OPTIONS',
    headers: {
      origin: app,
      'access-control-request-method': 'POST',
      'access-control-request-headers': `*;q=1, two words, a:b, ,ok, ${Array.from({ length: 200 }, (_, place) => `x-${place}`)}`,
    },
  });
  const names = response.headers.get('access-control-allow-headers')?.split(', ') ?? [];
  assert.ok(names.includes('ok'));
  assert.ok(names.length <= 104);
  for (const name of names) assert.match(name, /^[\w-]+$/);
});

test('a cookie proves nobody, and none is ever set', async (t) => {
  const { graphqlUrl, apiKey } = await openGateway(t, { env });
  const cookie = `authorization=Bearer ${apiKey}; Authorization=${apiKey}; token=${apiKey}`;
  for (const path of ['', '/stream']) {
    const response = await fetch(`${graphqlUrl}${path}`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json', origin: app },
      body: '{"query":"{ __typename }"}',
    });
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('set-cookie'), null);
    assert.equal(response.headers.get('access-control-allow-credentials'), null);
  }
  const socket = new WebSocket(graphqlUrl.replace('http', 'ws'), 'graphql-transport-ws', {
    headers: { cookie },
  });
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  const [code] = await once(socket, 'close');
  assert.equal(code, 4401);
});

test('a page of another origin is refused before it asks', async (t) => {
  const closed = await openGateway(t);
  const open = await openGateway(t, { env });
  for (const [gateway, origin] of [
    [closed, app],
    [open, 'https://app.example.evil.example'],
    [open, 'http://app.example'],
    [open, 'null'],
  ] as const) {
    const response = await preflight(gateway.graphqlUrl, origin);
    assert.equal(response.status, 403, origin);
    for (const [name] of response.headers) assert.doesNotMatch(name, /^access-control-/);
  }
});

test('an answer can be read by pages of the list, whatever it is, and by no others', async (t) => {
  const gateway = await openGateway(t, { env });
  const stranger = { ...gateway, headers: { 'content-type': 'application/json' } };
  for (const [asking, status] of [
    [gateway, 200],
    [stranger, 401],
  ] as const) {
    const read = await ask(asking, app);
    assert.equal(read.status, status);
    assert.equal(read.headers.get('access-control-allow-origin'), app);
    assert.match(read.headers.get('access-control-expose-headers') ?? '', /retry-after/);
    const unread = await ask(asking, 'https://evil.example');
    assert.equal(unread.headers.get('access-control-allow-origin'), null);
    const same = await ask(asking);
    assert.equal(same.headers.get('access-control-allow-origin'), null);
    for (const { headers } of [read, unread, same])
      assert.match(headers.get('vary') ?? '', /origin/i);
  }
});

test('routes other than the graph allow no page', async (t) => {
  const gateway = await openGateway(t, { env });
  for (const path of ['/health', '/ready', '/atlas/auth/any', '/graphql/other']) {
    const response = await fetch(new URL(path, gateway.graphqlUrl), { headers: { origin: app } });
    assert.equal(response.headers.get('access-control-allow-origin'), null, path);
  }
});

/** How an upgrade from an origin ends: `open`, or the status it is refused with. */
async function upgrade(t: TestContext, url: string, origin?: string): Promise<string | number> {
  const options = origin === undefined ? {} : { headers: { origin } };
  const socket = new WebSocket(url, 'graphql-transport-ws', options);
  t.after(() => socket.terminate());
  const opened = once(socket, 'open').then(() => 'open');
  const refused = once(socket, 'unexpected-response').then(([, response]) => response.statusCode);
  opened.catch(() => {}); // refused, and told there
  return await Promise.race([opened, refused]);
}

test('a socket is opened by pages of the list and of the gateway itself, and by no browser else', async (t) => {
  const gateway = await openGateway(t, { env });
  const { origin } = new URL(gateway.graphqlUrl);
  for (const [from, end] of [
    [undefined, 'open'],
    [origin, 'open'],
    [app, 'open'],
    ['https://evil.example', 403],
    ['http://127.0.0.1:1', 403],
    ['null', 403],
    ['', 403],
  ] as const) {
    assert.equal(await upgrade(t, gateway.webSocketUrl, from), end, String(from));
  }
});
