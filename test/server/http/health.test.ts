import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { readBuild } from '../../../src/build.ts';
import { type OpenGateway, openGateway } from '../../support/open-gateway.ts';
import { overWebSocket, watchFlow } from '../../support/server/transports.ts';

const timeout = 20_000;
const readTypes = '{ documentTypes { type } }';

type Line = Record<string, unknown>;

/** The lines about requests and operations, once there are so many. A line is written behind its answer. */
async function linesOf({ app, logLines }: OpenGateway, route: string, count = 1): Promise<Line[]> {
  const find = () => logLines().filter((line) => (line.route ?? line.transport) === route);
  while (find().length < count) await fetch(`${app.url}/health`);
  return find();
}

async function openQuiet(t: TestContext): Promise<OpenGateway> {
  const gateway = await openGateway(t);
  // Whether Atlas answers is asked for now, so that nothing below costs a call for it.
  await fetch(`${gateway.app.url}/ready`);
  gateway.sandbox.clearCalls();
  return gateway;
}

test('the process lives, and is ready when Atlas answers', async (t) => {
  const { app } = await openGateway(t);
  const health = await fetch(`${app.url}/health`);
  assert.equal(health.status, 200);
  assert.deepEqual(await health.json(), { status: 'ok', ...readBuild() });
  const ready = await fetch(`${app.url}/ready`);
  assert.equal(ready.status, 200);
  const { status, atlas, callbacks } = await ready.json();
  assert.deepEqual([status, atlas], ['ready', 'answers']);
  assert.equal(callbacks, 'none has ever come: polling');
});

test('the process lives and is not ready while Atlas does not answer', async (t) => {
  const { app, sandbox } = await openGateway(t);
  await sandbox.close();
  assert.equal((await fetch(`${app.url}/health`)).status, 200);
  const ready = await fetch(`${app.url}/ready`);
  assert.equal(ready.status, 503);
  const { status, atlas } = await ready.json();
  assert.deepEqual([status, atlas], ['not ready', 'does not answer']);
});

test('health is asked for at its exact path and nowhere else', async (t) => {
  const { app, headers } = await openQuiet(t);
  for (const path of ['/health?x=1', '/ready?x=1', '/health?', '/health#x']) {
    assert.equal((await fetch(`${app.url}${path}`)).status, 200, path);
  }
  for (const path of [
    '/healthz',
    '/health/',
    '/x/health',
    '/Health',
    '//health',
    '/',
    '/ready/x',
  ]) {
    assert.equal((await fetch(`${app.url}${path}`)).status, 404, path);
  }
  for (const path of ['/graphql?x=/health', '/graphql?/ready', '/graphql?query=/health']) {
    assert.equal((await fetch(`${app.url}${path}`)).status, 401, path);
    const response = await fetch(`${app.url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query: readTypes }),
    });
    assert.ok((await response.json()).data, path);
  }
});

test('health is read by HEAD too, and by no method that changes things', async (t) => {
  const { app } = await openQuiet(t);
  for (const path of ['/health', '/ready']) {
    const head = await fetch(`${app.url}${path}`, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), '');
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const response = await fetch(`${app.url}${path}`, { method });
      assert.equal(response.status, 405, method);
      assert.equal(response.headers.get('allow'), 'GET, HEAD');
    }
  }
});

test('answers of health are kept by nobody', async (t) => {
  const { app } = await openQuiet(t);
  for (const path of ['/health', '/ready']) {
    const { headers } = await fetch(`${app.url}${path}`);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  }
});

test('a request leaves one line: who, what, how long, and what it cost', { timeout }, async (t) => {
  const gateway = await openQuiet(t);
  const uuid = await gateway.openFlow();
  const secret = 'value-of-this-test';
  const response = await fetch(`${gateway.graphqlUrl}?secret=${secret}`, {
    method: 'POST',
    headers: { ...gateway.headers, 'x-request-id': 'request-of-this-test' },
    body: JSON.stringify({
      query: `query ReadFlow($uuid: String!, $target: String!) {
        flow(uuid: $uuid) { uuid documents { documentId } }
        addressMatch(applicationId: "x", source: "y", target: $target) { similarityScore }
      }`,
      variables: { uuid, target: secret },
    }),
  });
  assert.ok((await response.json()).data.flow);
  assert.equal(response.headers.get('x-request-id'), 'request-of-this-test');
  const lines = await linesOf(gateway, '/graphql', 2);
  const [line, ...more] = lines.filter(({ requestId }) => requestId === 'request-of-this-test');
  assert.deepEqual(more, []);
  const { time, durationMs, ...rest } = line ?? {};
  assert.match(String(time), /^\d{4}-\d{2}-\d{2}T/);
  assert.equal(Number.isInteger(durationMs), true);
  assert.deepEqual(rest, {
    level: 'info',
    msg: 'request',
    requestId: 'request-of-this-test',
    transport: 'http',
    tenant: 'default',
    method: 'POST',
    route: '/graphql',
    status: 200,
    lane: 'plain',
    operation: 'ReadFlow',
    atlasCalls: 3,
    atlasCoalesced: 0,
  });
  const logged = JSON.stringify(gateway.logLines());
  assert.equal(logged.includes(secret), false);
  assert.equal(logged.includes(uuid), false);
  assert.equal(logged.includes(gateway.apiKey), false);
});

test('a subscription leaves one line when it is over', { timeout }, async (t) => {
  const gateway = await openQuiet(t);
  const uuid = await gateway.openFlow();
  const named = watchFlow.replace('subscription', 'subscription WatchFlow');
  const reading = await overWebSocket(t, gateway, uuid, named);
  await reading.next();
  assert.deepEqual(
    gateway.logLines().filter(({ transport }) => transport === 'ws'),
    [],
  );
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const [line, ...more] = await linesOf(gateway, 'ws');
  assert.deepEqual(more, []);
  const { msg, operation, tenant, requestId } = line ?? {};
  assert.deepEqual([msg, operation, tenant], ['operation', 'WatchFlow', 'default']);
  assert.match(String(requestId), /^[\w-]{36}$/);
  assert.equal(JSON.stringify(gateway.logLines()).includes(uuid), false);
});

test('a path that is unknown is logged as other', { timeout }, async (t) => {
  const gateway = await openQuiet(t);
  const canary = 'canary-of-this-test';
  for (const path of [
    `/${canary}`,
    `/graphql/${canary}`,
    `/health/${canary}`,
    `/atlas/${canary}`,
  ]) {
    assert.equal((await fetch(`${gateway.app.url}${path}`)).status, 404);
  }
  const lines = await linesOf(gateway, 'other', 4);
  assert.equal(lines.length, 4);
  assert.ok(lines.every(({ status }) => status === 404));
  assert.equal(JSON.stringify(gateway.logLines()).includes(canary), false);
});

test('the id a caller gives its request is kept if it looks like one, and made otherwise', async (t) => {
  const { app } = await openQuiet(t);
  const idOf = async (given?: string) => {
    const headers = given === undefined ? {} : { 'x-request-id': given };
    return (await fetch(`${app.url}/health`, { headers })).headers.get('x-request-id');
  };
  for (const good of [
    '12345678',
    'a'.repeat(64),
    'A-b_c-1-2',
    'request-20261124',
    '00000000-0000-4000-8000-000000000000',
  ]) {
    assert.equal(await idOf(good), good);
  }
  const bad = [
    '',
    '1234567',
    'a'.repeat(65),
    'with blank',
    'a,b-12345',
    '"12345678"',
    'é2345678',
    '{{12345678}}',
    'request-ABCPE1234F',
    '234567890124',
    'id-2345_6789_0124',
  ];
  for (const given of [undefined, ...bad]) {
    assert.match((await idOf(given)) ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  }
});

test('a request that breaks off is no fault of a route', { timeout }, async (t) => {
  const gateway = await openQuiet(t);
  const { hostname, port } = new URL(gateway.app.url);
  for (const path of ['/graphql', '/graphql/stream']) {
    const peer = connect(Number(port), hostname);
    await once(peer, 'connect');
    const head = [
      `POST ${path} HTTP/1.1`,
      'host: gateway.example',
      'accept: text/event-stream',
      `authorization: ${gateway.headers.authorization}`,
      'content-type: application/json',
      'content-length: 1000',
      'expect: 100-continue',
    ];
    peer.write(`${head.join('\r\n')}\r\n\r\n`);
    await once(peer, 'data');
    peer.write('{');
    peer.destroy();
    await linesOf(gateway, path);
  }
  assert.ok(gateway.logLines().every(({ level }) => level === 'info'));
});

test('an upgrade to anything but a WebSocket is answered as a plain request', {
  timeout,
}, async (t) => {
  const gateway = await openQuiet(t);
  const { hostname, port } = new URL(gateway.app.url);
  const peer = connect(Number(port), hostname);
  t.after(() => peer.destroy());
  // As some clients do with their first request, to offer HTTP/2.
  peer.write(
    'GET /health HTTP/1.1\r\nhost: x\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n',
  );
  const [answer] = await once(peer, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 200 OK/);
});
