import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { type DocumentNode, getOperationAST, parse } from 'graphql';
import type { Scope } from '../../../src/identity/scopes.ts';
import { createLog } from '../../../src/logging/log.ts';
import type { Reads } from '../../../src/privacy/audit.ts';
import { createSchema } from '../../../src/schema/index.ts';
import { createDependencyRecorder } from '../../../src/schema/operation/cache-dependencies.ts';
import type { GatewayContext, SchemaDependencies } from '../../../src/schema/operation/context.ts';
import { createFinishedFlows } from '../../../src/schema/operation/finished-flows.ts';
import type { Executable } from '../../../src/server/execution/executable.ts';
import { createResponseCache } from '../../../src/server/execution/response-cache.ts';
import { createFastPath } from '../../../src/server/graphql-http/fast-path.ts';
import { createHttpServer } from '../../../src/server/http/http.ts';
import { createOperationPipeline } from '../../../src/server/operation/pipeline.ts';
import { createRequestContext } from '../../../src/server/operation/request-context.ts';
import { toKeyIssuer } from '../../support/key-issuer.ts';
import { openFlowWatch, statusOf } from '../../support/live/open-flow-watch.ts';
import { tenantOf } from '../../support/live/open-watch.ts';

const schema = createSchema();
const text =
  'query ($uuid: String!, $more: String) { flow(uuid: $uuid) { uuid documents { documentId } } }';

interface Given {
  readonly tenantId?: string;
  readonly visibility?: string;
  readonly query?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Flows that Atlas is asked for while it runs. */
  readonly elsewhere?: readonly string[];
  readonly calls?: number;
  readonly data?: string;
}

/** Answers kept of two tenants that both have a flow LOS-1, which has ended. */
function openKept({ ttlMs = 60_000, maxSize = 10_000 } = {}) {
  const { clock, watch } = openFlowWatch();
  const finished = createFinishedFlows({ flows: watch, ttlMs, now: clock.monotonicMs });
  const cache = createResponseCache({ schema, finished, now: clock.monotonicMs, maxSize });
  const documents = new Map<string, ReturnType<typeof parse>>();

  /** Says that the flow has ended, and what is in it. */
  function end(tenantId: string, uuid = 'LOS-1'): void {
    const tenant = tenantOf(tenantId);
    watch.observe(tenant, uuid, { status: statusOf('SUCCESS'), landed: null }, clock.monotonicMs());
    finished.keepExtracts(tenant, uuid, { documents: [], crossChecks: [] }, clock.monotonicMs());
  }

  /** Whether it was known; where it was not, it is run and kept. */
  function ask(given: Given = {}): { isKnown: boolean; noted: number; cached: number } {
    const { tenantId = 'acme', visibility = 'all', query = text } = given;
    const tenant = tenantOf(tenantId);
    const meter = { calls: given.calls ?? 0, coalesced: 0, cached: 0 };
    let noted = 0;
    const notes = createDependencyRecorder();
    const running = {
      tenant,
      principal: { tenant, visibility },
      meter,
      reads: {
        noted: () => ['of LOS-1'],
        noteAgain(reads: readonly string[]) {
          noted += reads.length;
        },
      },
      recordDependencies: () => notes,
    };
    const document = documents.get(query) ?? parse(query);
    documents.set(query, document);
    const executable = toExecutable(document, given.variables ?? { uuid: 'LOS-1' }, running);
    // An operation that is sent for the first time has no slot yet.
    const slot = cache.lookup(executable) ?? cache.lookup(executable);
    if (slot?.data === undefined) {
      const memory = notes.through(finished);
      for (const uuid of ['LOS-1', ...(given.elsewhere ?? [])]) {
        if (memory.snapshot(tenant, uuid)) meter.cached += 1;
        if (memory.extracts(tenant, uuid)) meter.cached += 1;
      }
      slot?.keep(given.data ?? '{}');
    }
    return { isKnown: slot?.data !== undefined, noted, cached: meter.cached };
  }
  end('acme');
  end('bolt');
  return { ask, end, finished, cache, clock };
}

function toExecutable(
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
  running: object,
): Executable<GatewayContext> {
  const operation = getOperationAST(document);
  assert.ok(operation);
  // The cache reads no more of an operation.
  const contextValue = { operation: running } as unknown as GatewayContext;
  return {
    document,
    operation,
    variables: { declared: variables, coerced: variables },
    contextValue,
  };
}

test('an operation that is sent for the first time records no dependencies', () => {
  const { cache } = openKept();
  let begun = 0;
  const tenant = tenantOf('acme');
  const running = {
    tenant,
    principal: { tenant, visibility: 'all' },
    recordDependencies() {
      begun += 1;
      return createDependencyRecorder();
    },
  };
  const document = parse(text);
  const lookup = (uuid: string) => cache.lookup(toExecutable(document, { uuid }, running));
  for (let count = 0; count < 100; count += 1) lookup(`LOS-${count}`);
  assert.equal(begun, 0);
  assert.notEqual(lookup('LOS-99'), null);
  assert.equal(begun, 1);
});

test('an answer is cached the second time, with its cost and its reads', () => {
  const { ask } = openKept();
  assert.deepEqual(ask(), { isKnown: false, noted: 0, cached: 2 });
  assert.deepEqual(ask(), { isKnown: true, noted: 1, cached: 2 });
});

test('it is known to nobody else: by tenant, by redaction, by operation, by variables', () => {
  const { ask } = openKept();
  const others: readonly Given[] = [
    { tenantId: 'bolt' },
    { visibility: 'grant documents LOS-1' },
    { query: text.replace('uuid documents', 'id documents') },
    { variables: { uuid: 'LOS-1', more: '' } },
    { variables: { uuid: 'LOS-1', more: null } },
    { variables: { uuid: 'LOS-2' } },
  ];
  ask();
  for (const other of others) assert.equal(ask(other).isKnown, false, JSON.stringify(other));
  for (const other of others) assert.equal(ask(other).isKnown, true, JSON.stringify(other));
});

test('it ends with what it was made of: a new start, a newer look, other extracts', async () => {
  const changes: readonly ((world: ReturnType<typeof openKept>) => unknown)[] = [
    ({ finished }) => finished.reopen(tenantOf('acme'), 'LOS-1'),
    async ({ clock, end }) => {
      await clock.advance(10);
      end('acme');
    },
    ({ finished, clock }) =>
      finished.keepExtracts(
        tenantOf('acme'),
        'LOS-1',
        { documents: [], crossChecks: [] },
        clock.now(),
      ),
  ];
  for (const change of changes) {
    const world = openKept();
    for (const tenantId of ['acme', 'bolt']) world.ask({ tenantId });
    await change(world);
    assert.equal(world.ask().isKnown, false);
    assert.equal(world.ask({ tenantId: 'bolt' }).isKnown, true, 'the other tenant has its own');
  }
});

test('it is over when the first thing in it is, however often it was asked for', async () => {
  const { ask, clock, end } = openKept();
  await clock.advance(30_000);
  end('acme', 'LOS-2');
  const both = { elsewhere: ['LOS-2'] };
  assert.equal(ask(both).isKnown, false);
  await clock.advance(29_999);
  assert.equal(ask(both).isKnown, true);
  await clock.advance(2);
  assert.equal(ask(both).isKnown, false);
});

test('where nothing may be remembered nothing is', () => {
  const { ask } = openKept({ ttlMs: 0 });
  for (let time = 0; time < 3; time += 1) assert.equal(ask().isKnown, false);
});

test('an answer for which Atlas was asked is not kept, be it for a part of it', () => {
  const { ask } = openKept();
  for (let time = 0; time < 2; time += 1) {
    assert.equal(ask({ elsewhere: ['LOS-9'] }).isKnown, false);
    assert.equal(ask({ calls: 1 }).isKnown, false);
  }
});

test('the answers used longest ago make room, and one that is long is not kept', () => {
  const { ask } = openKept({ maxSize: 10_000 });
  const data = 'x'.repeat(300);
  const asks = (count: number) => ask({ variables: { uuid: 'LOS-1', more: `${count}` }, data });
  for (let count = 0; count < 30; count += 1) asks(count);
  assert.equal(asks(29).isKnown, true);
  assert.equal(asks(0).isKnown, false);
  for (let time = 0; time < 2; time += 1) {
    assert.equal(ask({ data: 'x'.repeat(9_000) }).isKnown, false);
  }
});

test('an operation with a volatile field is never cached', () => {
  const { ask } = openKept();
  const fields = [
    'viewer { tenantId }',
    'atlasHealth { __typename }',
    'flows { edges { cursor } }',
    'flow(uuid: "LOS-1") { applicationId }',
    'flow(uuid: "LOS-1") { timeline(first: 1) { edges { cursor } } }',
    'waitForFlow(uuid: "LOS-1") { uuid }',
    'node(id: "x") { id }',
    '__schema { description }',
    'flow(uuid: "LOS-1") { documents { extraction { ... on AadhaarExtraction { address { match(against: "x") { similarityScore } } } } } }',
  ];
  for (const field of fields) {
    for (let time = 0; time < 2; time += 1) {
      assert.equal(ask({ query: `{ ${field} documentTypes { type } }` }).isKnown, false, field);
    }
  }
  const mutation =
    'mutation { createFlow(input: { applicationId: "x" }) { flow { uuid status { state } } } }';
  for (let time = 0; time < 2; time += 1) assert.equal(ask({ query: mutation }).isKnown, false);
});

test('a cached answer is written as it is, put on record, and not executed', async (t) => {
  const log = createLog('fatal', new PassThrough());
  let recorded = 0;
  const record = { flush: () => (recorded += 1) } as Partial<Reads> as Reads;
  const pipeline = createOperationPipeline({
    // A cached answer takes no more of it.
    foundation: {
      audit: { begin: () => record },
      startDeadline: () => ({}),
    } as unknown as SchemaDependencies,
    limits: { ...limits, values: 200_000, answerBytes: 1_000_000, atlasCalls: () => 1 },
    readQuery: ({ query }) => query ?? undefined,
    cache: { lookup: () => ({ data: '{"__typename":"kept"}', keep() {} }) },
    log,
  });
  const tenant = tenantOf('acme');
  const principal = {
    tenant,
    callerId: 'one',
    scopes: new Set<Scope>(),
    issuer: toKeyIssuer('one'),
    grant: null,
    visibility: '',
    expiresAt: null,
  };
  const request = createRequestContext({
    principal: { ...principal, isCurrent: () => true, recheck: async () => true },
    requestId: 'request-of-this-test',
    transport: 'http',
    mayMutate: true,
    startedAt: 0,
  });
  const fastPath = createFastPath(pipeline);
  const server = createHttpServer({
    log,
    monotonicMs: () => 0,
    routes: [(http) => fastPath(http, request, { query: '{ __typename }' })],
  });
  t.after(() => server.close().closeAllConnections());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST' });
  assert.equal(
    await response.text(),
    '{"data":{"__typename":"kept"},"extensions":{"atlas":{"planned":0,"calls":0,"coalesced":0,"cached":0},"cost":{"values":1}}}',
  );
  assert.equal(recorded, 1);
});

const limits = { isEnforced: true, tokens: 100, depth: 10, aliases: 10, directives: 10 };
