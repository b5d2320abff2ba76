import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import type { FlowGrant } from '../../src/identity/flow-grants.ts';
import type { Principal } from '../../src/identity/principal.ts';
import { createLog } from '../../src/logging/log.ts';
import { createHttpServer } from '../../src/server/http/http.ts';
import { createRateLimit } from '../../src/server/operation/rate-limit.ts';
import { createSubscriptionCaps } from '../../src/server/operation/subscription-caps.ts';
import { startEventStreams } from '../../src/server/streaming/event-streams.ts';
import type { OperationRequest, ResultSink } from '../../src/server/streaming/operation-runner.ts';
import { createSseStreamRoute } from '../../src/server/streaming/sse-stream.ts';
import { toKeyIssuer } from '../support/key-issuer.ts';
import { createFakeClock } from '../support/live/fake-clock.ts';
import { openEvents } from '../support/server/event-reader.ts';
import { toTenantId } from '../support/tenant-id.ts';

const timeout = 30_000;
/** More than two sockets on one machine hold between them. */
const muchText = JSON.stringify('x'.repeat(16 * 1024 * 1024));
const credentials = {
  clientId: '',
  clientSecret: '',
  addressClientId: '',
  addressClientSecret: '',
};

interface Run {
  readonly request: OperationRequest;
  readonly peer: ResultSink;
  isStopped: boolean;
}

/** A bearer of some key; the test says whether the key still holds. */
type Bearer = Principal & { holds: boolean };

/** The route alone, before a runner whose operations are run by the test. */
async function openRoute(t: TestContext) {
  const clock = createFakeClock();
  const streams = startEventStreams(clock);
  const runs: Run[] = [];
  const bearers = new Map<string, Bearer>();
  const told: string[] = [];
  const recognitions = new EventEmitter();
  const server = createHttpServer({
    log: createLog('silent', { write: () => {} }),
    monotonicMs: clock.monotonicMs,
    events: {
      onErrors: (transport, tenantId, codes) =>
        told.push([transport, tenantId, ...codes].join(' ')),
    },
    routes: [
      createSseStreamRoute({
        authenticate: (key) => bearers.get(key ?? '') ?? null,
        authenticateRequest({ request }) {
          recognitions.emit('recognised');
          return bearers.get(request.headers.authorization ?? '') ?? null;
        },
        runner: {
          run(request, peer) {
            const run = { request, peer, isStopped: false };
            runs.push(run);
            return () => {
              run.isStopped = true;
            };
          },
        },
        streams,
        clock,
        mostOperations: 10,
        rateLimit: createRateLimit({
          isEnforced: true,
          perMinute: () => 1_000,
          log: createLog('silent', { write: () => {} }),
          clock,
        }),
        streamCaps: createSubscriptionCaps({ perCaller: () => 10, perProcess: 10 }),
        isDraining: () => false,
      }),
    ],
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    void streams.close(0);
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port
  const url = `http://127.0.0.1:${port}/graphql/stream`;

  /** Lets a key in, and answers what its bearer can send. */
  function admit(key: string, given: Partial<Principal> = {}) {
    const bearer: Bearer = {
      tenant: { id: toTenantId('acme'), credentials },
      callerId: 'backend',
      scopes: new Set(),
      issuer: toKeyIssuer('backend', key),
      grant: null,
      visibility: 'flows:read',
      expiresAt: null,
      ...given,
      holds: true,
      isCurrent: () => bearer.holds,
      recheck: async () => bearer.holds,
    };
    bearers.set(key, bearer);
    const headersFor = (token: string) => ({
      authorization: key,
      'content-type': 'application/json',
      'x-graphql-event-stream-token': token,
    });
    return {
      bearer,
      reserve: async () =>
        (await fetch(url, { method: 'PUT', headers: { authorization: key } })).text(),
      open: (token: string) => openEvents(t, url, { headers: headersFor(token) }),
      openStatus: async (token: string) => {
        const response = await fetch(url, { headers: headersFor(token) });
        await response.body?.cancel();
        return response.status;
      },
      async start(token: string, operationId: string) {
        const body = JSON.stringify({ query: '{ a }', extensions: { operationId } });
        const response = await fetch(url, { method: 'POST', headers: headersFor(token), body });
        return response.status;
      },
      async end(token: string, operationId: string) {
        const response = await fetch(`${url}?operationId=${operationId}`, {
          method: 'DELETE',
          headers: headersFor(token),
        });
        return response.status;
      },
    };
  }
  return {
    clock,
    runs,
    told,
    url,
    /** Fulfilled when the bearer of the next request has been recognised. */
    async nextRecognised() {
      await once(recognitions, 'recognised');
    },
    admit,
  };
}

function toGrant(flowUuid: string): FlowGrant {
  return {
    id: 'grant-1',
    tenantId: toTenantId('acme'),
    flowUuid,
    canReadDocuments: true,
    issuer: toKeyIssuer('backend'),
    issuedAt: 0,
    expiresAt: 1_000,
  };
}

const others: readonly [name: string, given: Partial<Principal>][] = [
  ['another caller of the tenant', { issuer: toKeyIssuer('frontend') }],
  ['a caller of that name at another tenant', { tenant: { id: toTenantId('bolt'), credentials } }],
  ['the bearer of a grant of the caller', { grant: toGrant('LOS-1') }],
];
for (const [name, given] of others) {
  test(`a stream is not there for ${name}: to open, to start, to end`, { timeout }, async (t) => {
    const { runs, admit } = await openRoute(t);
    const owner = admit('own-key');
    const other = admit('other-key', given);
    const token = await owner.reserve();
    assert.equal(await other.openStatus(token), 404);
    assert.equal(await other.start(token, '1'), 404);
    const reader = await owner.open(token);
    assert.equal(await owner.start(token, '1'), 202);
    assert.equal(await other.openStatus(token), 404);
    assert.equal(await other.start(token, '2'), 404);
    assert.equal(await other.end(token, '1'), 404);
    assert.deepEqual(
      runs.map(({ isStopped }) => isStopped),
      [false],
    );
    runs[0]?.peer.next('{"data":1}');
    assert.deepEqual((await reader.next()).data, { id: '1', payload: { data: 1 } });
    assert.equal(await owner.end(token, '1'), 200);
    assert.equal(runs[0]?.isStopped, true);
  });
}

test('an operation of an older key ends with it, and leaves the others of its stream', {
  timeout,
}, async (t) => {
  const { clock, runs, told, admit } = await openRoute(t);
  const newer = admit('newer-key', { expiresAt: 2_000 });
  const older = admit('older-key', { expiresAt: 1_000 });
  const token = await newer.reserve();
  const reader = await newer.open(token);
  assert.equal(await older.start(token, 'a'), 202);
  assert.equal(await newer.start(token, 'b'), 202);
  assert.equal(runs[0]?.request.principal, older.bearer);
  older.bearer.holds = false;
  await clock.advance(12_000);
  const { event, data } = await reader.next();
  assert.equal(event, 'next');
  assert.equal(data.id, 'a');
  assert.deepEqual(
    data.payload.errors.map(({ extensions }: { extensions: { code: string } }) => extensions.code),
    ['UNAUTHENTICATED'],
  );
  assert.deepEqual(await reader.next(), { event: 'complete', data: { id: 'a' } });
  assert.deepEqual(
    runs.map(({ isStopped }) => isStopped),
    [true, false],
  );
  assert.deepEqual(told, ['sse acme UNAUTHENTICATED']);
  runs[1]?.peer.next('{"data":1}');
  assert.deepEqual((await reader.next()).data, { id: 'b', payload: { data: 1 } });
  await clock.advance(24_000);
  assert.equal(await newer.start(token, 'a'), 202);
  assert.equal(told.length, 1);
});

test('results that were unsent when the key ended are not sent when the stream is opened', {
  timeout,
}, async (t) => {
  const { runs, admit } = await openRoute(t);
  const newer = admit('newer-key', { expiresAt: 2_000 });
  const older = admit('older-key', { expiresAt: 1_000 });
  const token = await newer.reserve();
  assert.equal(await older.start(token, 'a'), 202);
  assert.equal(await newer.start(token, 'b'), 202);
  runs[0]?.peer.next('{"data":"of a"}');
  runs[0]?.peer.next('{"data":"of a too"}');
  runs[1]?.peer.next('{"data":"of b"}');
  older.bearer.holds = false;
  const reader = await newer.open(token);
  const texts: string[] = [];
  for (let count = 0; count < 3; count += 1) texts.push(JSON.stringify(await reader.next()));
  assert.doesNotMatch(texts.join(), /of a/);
  assert.match(texts.join(), /UNAUTHENTICATED/);
  assert.match(texts.join(), /of b/);
  assert.match(texts.join(), /"complete","data":{"id":"a"}/);
});

test('a POST with a newer key extends all operations of the stream, one with the older none', {
  timeout,
}, async (t) => {
  const { clock, runs, told, admit } = await openRoute(t);
  const older = admit('older-key', { expiresAt: 1_000 });
  const newer = admit('newer-key', { expiresAt: 2_000 });
  const token = await older.reserve();
  const reader = await older.open(token);
  assert.equal(await older.start(token, 'a'), 202);
  assert.equal(await newer.start(token, 'b'), 202);
  // It was under way when the newer one came.
  assert.equal(await older.start(token, 'c'), 202);
  older.bearer.holds = false;
  await clock.advance(12_000);
  assert.deepEqual(
    runs.map(({ isStopped }) => isStopped),
    [false, false, true],
  );
  assert.equal((await reader.next()).data.payload.errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.deepEqual(await reader.next(), { event: 'complete', data: { id: 'c' } });
  newer.bearer.holds = false;
  await clock.advance(12_000);
  assert.deepEqual(
    runs.map(({ isStopped }) => isStopped),
    [true, true, true],
  );
  assert.equal(told.length, 3);
});

test('a stream is not opened by an older key of its caller that has fewer rights', {
  timeout,
}, async (t) => {
  const { admit } = await openRoute(t);
  const newer = admit('newer-key', { scopes: new Set(['flows:read']), expiresAt: 2_000 });
  const older = admit('older-key', { expiresAt: 1_000 });
  const token = await newer.reserve();
  assert.equal(await older.openStatus(token), 404);
  assert.equal(await newer.openStatus(token), 200);
});

test('an expired stream takes no more operations while its last ones are on their way', {
  timeout,
}, async (t) => {
  const { clock, runs, admit } = await openRoute(t);
  const older = admit('older-key');
  const newer = admit('newer-key');
  const token = await older.reserve();
  const reader = await older.open(token);
  assert.equal(await older.start(token, 'a'), 202);
  reader.response.pause();
  runs[0]?.peer.next(`{"data":${muchText}}`);
  older.bearer.holds = false;
  await clock.advance(12_000);
  assert.equal(runs[0]?.isStopped, true);
  // The peer has not taken its end yet, so the stream is still there.
  assert.equal(await newer.start(token, 'b'), 404);
  assert.equal(runs.length, 1);
  reader.response.resume();
  assert.equal((await reader.next()).event, 'next');
  assert.equal((await reader.next()).data.payload.errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.equal((await reader.next()).event, 'complete');
  assert.equal(await reader.ended, 'ended');
});

test('no operation begins when its key ends while the body comes', { timeout }, async (t) => {
  const { runs, url, nextRecognised, admit } = await openRoute(t);
  const owner = admit('own-key');
  const token = await owner.reserve();
  const body = JSON.stringify({ query: '{ a }', extensions: { operationId: '1' } });
  const headers = {
    authorization: 'own-key',
    'content-type': 'application/json',
    'x-graphql-event-stream-token': token,
  };
  const asking = request(url, { method: 'POST', headers });
  const recognised = nextRecognised();
  asking.write(body.slice(0, 10));
  await recognised;
  owner.bearer.holds = false;
  asking.end(body.slice(10));
  const [response] = await once(asking, 'response');
  assert.equal(response.statusCode, 401);
  assert.equal(JSON.parse(await text(response)).errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.deepEqual(runs, []);
});
