import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '../../../src/identity/principal.ts';
import type { Right } from '../../../src/identity/rights.ts';
import type { LogFields } from '../../../src/logging/log.ts';
import type { SchemaDependencies } from '../../../src/schema/operation/context.ts';
import { createOperationPipeline } from '../../../src/server/operation/pipeline.ts';
import { createSubscriptionCaps } from '../../../src/server/operation/subscription-caps.ts';
import {
  createOperationRunner,
  type ResultSink,
} from '../../../src/server/streaming/operation-runner.ts';
import type {
  SharedOperations,
  SharedReader,
  SharedResult,
} from '../../../src/server/streaming/shared-operations.ts';
import { toKeyIssuer } from '../../support/key-issuer.ts';
import { settle } from '../../support/live/fake-clock.ts';
import { toTenantId } from '../../support/tenant-id.ts';

const query = 'subscription { flowUpdated(uuid: "flow-1") { uuid } }';

function toPrincipal(tenantId: string, more: Partial<Principal> = {}): Principal {
  const credentials = {
    clientId: '',
    clientSecret: '',
    addressClientId: '',
    addressClientSecret: '',
  };
  return {
    tenant: { id: toTenantId(tenantId), credentials },
    callerId: 'caller-1',
    scopes: new Set(),
    issuer: toKeyIssuer('caller-1'),
    grant: null,
    visibility: '',
    expiresAt: null,
    isCurrent: () => true,
    recheck: async () => true,
    ...more,
  };
}

const drop = () => {};
const pipeline = createOperationPipeline({
  foundation: {} as SchemaDependencies, // no subscription of these tests is started
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
  readQuery: (sent) => sent.query ?? undefined,
  log: { error: drop, warn: drop, debug: drop, info: drop },
});

function toResult(text: string): SharedResult {
  const usedRights = new Set<Right>();
  return { text, open: null, faults: null, reads: [], version: null, usedRights };
}

/** A runner of subscriptions that all run already, so that nothing is asked of a graph. */
function openRunner({ perCaller = 10 } = {}) {
  const joined: { key: string; reader: SharedReader; hasLeft: boolean }[] = [];
  const shared: SharedOperations = {
    has: () => true,
    countRunning: () => joined.length,
    join(key, _start, reader) {
      const one = { key, reader, hasLeft: false };
      joined.push(one);
      return {
        leave() {
          one.hasLeft = true;
        },
        usedRights: () => new Set(),
      };
    },
  };
  const lines: LogFields[] = [];
  const caps = createSubscriptionCaps({ perCaller: () => perCaller, perProcess: 100 });
  const runner = createOperationRunner({
    pipeline,
    shared,
    caps,
    rateLimit: {
      take: async () => null,
      takeAlone: async () => null,
      left: () => ({ remaining: 1, resetsAt: null }),
      leftOf: () => ({ remaining: 1, resetsAt: null }),
    },
    log: {
      error: drop,
      warn: drop,
      debug: drop,
      info: (_message, fields = {}) => lines.push(fields),
    },
    monotonicMs: () => 0,
  });

  return {
    joined,
    lines,
    caps,
    async run(principal: Principal, params: object = {}) {
      const told: string[] = [];
      const sink: ResultSink = {
        next: (result) => told.push(result),
        refuse: ({ errors: [error] }) => told.push(String(error?.extensions.code)),
        subscribed: () => {},
        complete: () => told.push('complete'),
        expire: () => told.push('expired'),
      };
      const stop = runner.run(
        {
          principal,
          requestId: 'request-1',
          transport: 'ws',
          params: { query, ...params },
          mayMutate: true,
        },
        sink,
      );
      await settle();
      return { told, stop };
    },
  };
}

test('equal subscriptions of two callers of a tenant are shared', async () => {
  const { joined, run } = openRunner();
  await run(toPrincipal('acme'));
  await run(toPrincipal('acme', { callerId: 'caller-2' }));
  assert.equal(joined[0]?.key, joined[1]?.key);
});

const watch =
  'subscription ($uuid: String!, $after: Int = 1) { flowUpdated(uuid: $uuid, after: $after) { uuid } }';

test('nothing is shared that differs in tenant, sight, operation or coerced variables', async () => {
  const { joined, run } = openRunner();
  const acme = toPrincipal('acme');
  await run(acme);
  await run(toPrincipal('bolt'));
  await run(toPrincipal('acme', { visibility: 'flows:read' }));
  await run(acme, { query: query.replace('uuid }', 'id }') });
  await run(acme, { query: query.replace('flow-1', 'flow- 1') });
  await run(acme, { query: query.replace('subscription', 'subscription Named') });
  await run(acme, { query: watch, variables: { uuid: 'flow-1' } });
  await run(acme, { query: watch, variables: { uuid: 'flow-2' } });
  await run(acme, { query: watch, variables: { uuid: 'flow-1', after: 2 } });
  await run(acme, { query: watch, variables: { uuid: 'flow-1', after: null } });
  await run(toPrincipal('acme","","'));
  const keys = joined.map(({ key }) => key);
  assert.equal(keys.length, 11);
  assert.equal(new Set(keys).size, keys.length);
});

test('a key holds nothing without effect on the results, and no text of the request', async () => {
  const { joined, run } = openRunner();
  const acme = toPrincipal('acme');
  const note = 'n'.repeat(10_000);
  const variables = { uuid: 'flow-1' };
  await run(acme, { query: watch, variables });
  await run(acme, { query: watch, variables: { after: 1, uuid: 'flow-1' } });
  await run(acme, { query: watch, variables: { ...variables, note, more: [{ note }] } });
  await run(acme, { query: `# ${note}\n${watch.replaceAll(' ', ' ,\n')}`, variables });
  await run(acme, { query: watch, variables, extensions: { note } });
  const keys = joined.map(({ key }) => key);
  assert.equal(keys.length, 5);
  assert.equal(new Set(keys).size, 1);
  assert.ok((keys[0]?.length ?? 0) < 100);
});

test('a reader that is stopped leaves, gives its place back, and is told nothing more', async () => {
  const { joined, caps, lines, run } = openRunner();
  const { told, stop } = await run(toPrincipal('acme'));
  joined[0]?.reader.next(toResult('1'));
  assert.equal(caps.count(), 1);
  stop();
  stop();
  joined[0]?.reader.next(toResult('2'));
  joined[0]?.reader.complete();
  assert.deepEqual(told, ['1']);
  assert.equal(joined[0]?.hasLeft, true);
  assert.equal(caps.count(), 0);
  assert.equal(lines.length, 1);
});

test('a subscription that ends gives its place back and leaves one line', async () => {
  const { joined, caps, lines, run } = openRunner();
  const { told } = await run(toPrincipal('acme'));
  joined[0]?.reader.complete();
  assert.deepEqual(told, ['complete']);
  assert.equal(caps.count(), 0);
  assert.equal(lines.length, 1);
});

test('a reader that joins a running operation is logged with its operation name', async () => {
  const { lines, run } = openRunner();
  const { stop } = await run(toPrincipal('acme'), { query: query.replace('{', 'WatchFlow {') });
  stop();
  assert.equal(lines[0]?.operation, 'WatchFlow');
});

test('a subscription without a place is refused, joins nothing and leaves a line', async () => {
  const { joined, caps, lines, run } = openRunner({ perCaller: 1 });
  await run(toPrincipal('acme'));
  const { told } = await run(toPrincipal('acme'));
  assert.deepEqual(told, ['RATE_LIMITED']);
  assert.equal(joined.length, 1);
  assert.equal(caps.count(), 1);
  assert.equal(lines.length, 1);
  assert.deepEqual((await run(toPrincipal('bolt'))).told, []);
});

test('a result is not shown to a caller whose authority has ended, and is to all others', async () => {
  const { joined, run, caps, lines } = openRunner();
  const open = { isCurrent: true };
  const ending = await run(toPrincipal('acme', { isCurrent: () => open.isCurrent }));
  const staying = await run(toPrincipal('acme', { callerId: 'caller-2' }));
  const publish = (text: string) => {
    for (const { reader, hasLeft } of joined) if (!hasLeft) reader.next(toResult(text));
  };
  publish('{"data":1}');
  open.isCurrent = false;
  publish('{"data":2}');
  publish('{"data":3}');
  assert.deepEqual(ending.told, ['{"data":1}', 'expired']);
  assert.deepEqual(staying.told, ['{"data":1}', '{"data":2}', '{"data":3}']);
  assert.equal(joined[0]?.hasLeft, true);
  assert.equal(caps.count(), 1);
  assert.equal(lines.length, 1);
});
