import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Principal } from '../../../src/identity/principal.ts';
import { createLog } from '../../../src/logging/log.ts';
import type { SchemaDependencies } from '../../../src/schema/operation/context.ts';
import { createGraphqlRoute } from '../../../src/server/graphql-http/graphql-route.ts';
import { createHttpServer } from '../../../src/server/http/http.ts';
import { createReadQuery } from '../../../src/server/operation/persisted-operations.ts';
import { createOperationPipeline } from '../../../src/server/operation/pipeline.ts';
import { startEventStreams } from '../../../src/server/streaming/event-streams.ts';
import type {
  OperationRequest,
  ResultSink,
} from '../../../src/server/streaming/operation-runner.ts';
import { createEventsAnswer } from '../../../src/server/streaming/sse.ts';
import { toKeyIssuer } from '../../support/key-issuer.ts';
import { createFakeClock } from '../../support/live/fake-clock.ts';
import { openGateway } from '../../support/open-gateway.ts';
import { openCallers } from '../../support/privacy/open-callers.ts';
import { openEvents } from '../../support/server/event-reader.ts';
import type { Message } from '../../support/server/raw-socket.ts';
import { watchFlow } from '../../support/server/transports.ts';
import { toTenantId } from '../../support/tenant-id.ts';

const timeout = 20_000;
/** More than two sockets on one machine hold between them. */
const muchBytes = 16 * 1024 * 1024;
const keptHash = 'ab'.repeat(32);
const variables = { uuid: 'flow-1' };

/** Clients that accept events and do not prefer them. */
const readers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'anything by its header': { accept: '*/*' },
  'anything by its silence': {},
  'JSON or events': { accept: 'application/json, text/event-stream' },
};

/** The route alone, before a graph whose subscriptions are run by the test. */
async function openRoute(t: TestContext) {
  const clock = createFakeClock();
  const streams = startEventStreams(clock);
  const runs: { request: OperationRequest; peer: ResultSink; isStopped: boolean }[] = [];
  const log = createLog('silent', { write: () => {} });
  const readQuery = createReadQuery({
    operations: new Map([[keptHash, watchFlow]]),
    isPersistedOnly: () => false,
  });
  const open = { isCurrent: true, counted: 0 };
  const principal: Principal = {
    tenant: {
      id: toTenantId('acme'),
      credentials: {
        clientId: '',
        clientSecret: '',
        addressClientId: '',
        addressClientSecret: '',
      },
    },
    callerId: 'caller-1',
    scopes: new Set(),
    issuer: toKeyIssuer('caller-1'),
    grant: null,
    visibility: '',
    expiresAt: null,
    isCurrent: () => open.isCurrent,
    recheck: async () => open.isCurrent,
  };
  const server = createHttpServer({
    log,
    monotonicMs: clock.monotonicMs,
    routes: [
      createGraphqlRoute({
        pipeline: createOperationPipeline({
          foundation: {} as SchemaDependencies, // nothing that is executed here asks it
          limits: {
            isEnforced: true,
            tokens: 200,
            depth: 10,
            aliases: 10,
            directives: 10,
            values: 1_000,
            answerBytes: 1_000_000,
            atlasCalls: () => 10,
          },
          readQuery,
          log,
        }),
        handleByYoga: async () => assert.fail('no request is for Yoga'),
        authenticateRequest: async () => principal,
        rateLimit: {
          async take() {
            open.counted += 1;
            return null;
          },
          takeAlone: async () => null,
          left: () => ({ remaining: 1, resetsAt: null }),
          leftOf: () => ({ remaining: 1, resetsAt: null }),
        },
        answerByEvents: createEventsAnswer({
          streams,
          isDraining: () => false,
          runner: {
            run(request, peer) {
              const run = { request, peer, isStopped: false };
              runs.push(run);
              return () => {
                run.isStopped = true;
              };
            },
          },
        }),
        monotonicMs: clock.monotonicMs,
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
  const url = `http://127.0.0.1:${port}/graphql`;
  const json = { 'content-type': 'application/json' };
  return {
    clock,
    streams,
    runs,
    open,
    url,
    post: (headers: Readonly<Record<string, string>>, body: object) =>
      openEvents(t, url, { method: 'POST', headers: { ...json, ...headers }, body }),
  };
}

for (const [name, headers] of Object.entries(readers)) {
  test(`a subscription of who takes ${name} is run as events, and counted once`, async (t) => {
    const { runs, open, post } = await openRoute(t);
    const reader = await post(headers, { query: watchFlow, variables });
    assert.match(reader.response.headers['content-type'] ?? '', /^text\/event-stream/);
    const [run] = runs;
    assert.deepEqual(run?.request.params, { query: watchFlow, variables });
    assert.equal(open.counted, 1);
    run.peer.next('{"data":1}');
    assert.deepEqual(await reader.next(), { event: 'next', data: { data: 1 } });
    run.peer.complete();
    assert.equal((await reader.next()).event, 'complete');
    assert.equal(await reader.ended, 'ended');
  });

  test(`a subscription by GET of who takes ${name} is run as events`, async (t) => {
    const { runs, url } = await openRoute(t);
    const asked = new URL(url);
    asked.searchParams.set('query', watchFlow);
    asked.searchParams.set('variables', JSON.stringify(variables));
    const reader = await openEvents(t, asked.href, { headers });
    await reader.waitForComments(1);
    assert.deepEqual(runs[0]?.request.params, { query: watchFlow, variables });
    assert.equal(runs[0]?.request.mayMutate, false);
  });

  test(`a peer that takes ${name} and then takes nothing is dropped, and nobody else`, {
    timeout,
  }, async (t) => {
    const { clock, runs, streams, post } = await openRoute(t);
    const stuck = await post(headers, { query: watchFlow, variables });
    const neighbour = await post(headers, { query: watchFlow, variables });
    stuck.response.pause();
    runs[0]?.peer.next(JSON.stringify('x'.repeat(muchBytes)));
    await clock.advance(12_000);
    await neighbour.waitForComments(2);
    assert.deepEqual([streams.count(), runs[0]?.isStopped], [2, false]);
    await clock.advance(12_000);
    await neighbour.waitForComments(3);
    while (streams.count() > 1) await setImmediate();
    assert.deepEqual(
      runs.map(({ isStopped }) => isStopped),
      [true, false],
    );
  });

  test(`a reader of ${name} gets an error when its key has ended, and then the end`, async (t) => {
    const { clock, runs, open, post } = await openRoute(t);
    const reader = await post(headers, { query: watchFlow, variables });
    open.isCurrent = false;
    await clock.advance(12_000);
    const { event, data } = await reader.next();
    assert.deepEqual([event, data.errors[0].extensions.code], ['next', 'UNAUTHENTICATED']);
    assert.equal((await reader.next()).event, 'complete');
    assert.equal(await reader.ended, 'ended');
    assert.equal(runs[0]?.isStopped, true);
  });

  test(`every other operation of a reader of ${name} has a single response`, async (t) => {
    const gateway = await openGateway(t);
    for (const [body, status, code] of [
      [{ query: '{ __typename }' }, 200, undefined],
      [{ query: '{ subscription: __typename }' }, 200, undefined],
      [
        {
          query: `query Q { __typename } ${watchFlow.replace('subscription', 'subscription S')}`,
          operationName: 'Q',
        },
        200,
        undefined,
      ],
      [{ query: 'subscription { flowUpdated' }, 200, 'BAD_USER_INPUT'],
      [{ query: 'subscription { noSuchField }' }, 200, 'BAD_USER_INPUT'],
      [
        { query: `${'#\n'.repeat(3)}subscription { ${'a '.repeat(3_000)} }` },
        200,
        'QUERY_TOO_COMPLEX',
      ],
      [{ extensions: { persistedQuery: { sha256Hash: 'none' } } }, 200, 'BAD_USER_INPUT'],
      [[{ query: watchFlow, variables }], 400, 'BAD_USER_INPUT'],
      [{ query: { subscription: 1 } }, 400, 'BAD_USER_INPUT'],
      ['{"query":"subscription', 400, 'BAD_USER_INPUT'],
      ['', 400, 'BAD_USER_INPUT'],
      ['null', 400, 'BAD_USER_INPUT'],
    ] as const) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await fetch(gateway.graphqlUrl, {
        method: 'POST',
        headers: { ...gateway.headers, ...headers },
        body: text,
      });
      assert.match(response.headers.get('content-type') ?? '', /^application\/json/, text);
      const answer = await response.json();
      assert.deepEqual([response.status, answer.errors?.[0].extensions.code], [status, code], text);
    }
  });
}

test('a subscription that is sent by its hash is known for one', async (t) => {
  const { runs, post } = await openRoute(t);
  const extensions = { persistedQuery: { sha256Hash: keptHash } };
  const reader = await post({ accept: '*/*' }, { variables, extensions });
  await reader.waitForComments(1);
  assert.deepEqual(runs[0]?.request.params.extensions, extensions);
});

test('a subscription with members that no operation has is refused', async (t) => {
  const { runs, post } = await openRoute(t);
  const reader = await post({}, { query: watchFlow, variables, other: 1 });
  assert.equal(reader.response.statusCode, 400);
  assert.equal((await reader.next()).data.errors[0].extensions.code, 'BAD_USER_INPUT');
  assert.deepEqual(runs, []);
});

test('an operation is only streamed to who takes nothing but events', async (t) => {
  const { open, runs, post } = await openRoute(t);
  const reader = await post({ accept: 'text/*' }, { query: '{ __typename }' });
  await reader.waitForComments(1);
  assert.deepEqual([runs.length, open.counted], [1, 1]);
});

test('two who read the same without asking for events first share one execution', {
  timeout,
}, async (t) => {
  // The last result is kept for who joins.
  const gateway = await openCallers(t, { env: { PII_CACHE_SECONDS: '60' } });
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg');
  gateway.clock.advance(2500); // read, and not compared yet
  const query = `subscription ($uuid: String!) {
    flowUpdated(uuid: $uuid) {
      documents { extraction { ... on IdentityExtraction { name { value } } } }
    }
  }`;
  const caller = { name: 'key 1', scopes: ['flows:read', 'pii:read'] } as const;
  const headers = {
    authorization: `Bearer ${gateway.as(caller).apiKey}`,
    'content-type': 'application/json',
  };
  const reads: number[] = [];
  for (const accept of ['*/*', 'application/json, text/event-stream']) {
    const reader = await openEvents(t, gateway.graphqlUrl, {
      method: 'POST',
      headers: { ...headers, accept },
      body: { query, variables: { uuid } },
    });
    let documents: Message[] = [];
    while (!documents[0]?.extraction) {
      documents = (await reader.next()).data.data.flowUpdated.documents;
    }
    reads.push(gateway.sandbox.countCalls('flowExtracts'));
  }
  // The second reader causes no read; each reader is on record under an id of its own.
  assert.equal(reads[1], reads[0]);
  const readers = new Set(gateway.auditLines().map(({ requestId }) => requestId));
  assert.equal(readers.size, 2);
});
