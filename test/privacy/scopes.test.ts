import assert from 'node:assert/strict';
import test from 'node:test';
import { GraphQLObjectType } from 'graphql';
import { type Scope, scopes } from '../../src/identity/scopes.ts';
import { toEventCursor } from '../../src/schema/graph/event-cursor.ts';
import { createSchema } from '../../src/schema/index.ts';
import {
  everyScopeBut,
  openCallers,
  streams,
  transports,
} from '../support/privacy/open-callers.ts';

const flow = '(uuid: "uuid-1")';
const input =
  '{ flowUuid: "uuid-1", files: [{ documentId: "1", url: "https://files.example/1" }] }';

/** Every field of the roots that needs a scope, in the least operation that asks for it. */
const operations: readonly [operation: string, scope: Scope][] = [
  [`{ flow${flow} { uuid } }`, 'flows:read'],
  ['{ flowsByUuid(uuids: ["uuid-1"]) { uuid } }', 'flows:read'],
  ['{ flows(first: 1) { edges { cursor } } }', 'flows:read'],
  ['{ events(first: 1) { edges { cursor } } }', 'events:read'],
  [`{ waitForFlow(uuid: "uuid-1", timeoutMs: 0) { uuid } }`, 'flows:read'],
  [`{ node(id: "${idOf('Flow', 'uuid-1')}") { id } }`, 'flows:read'],
  [`{ nodes(ids: ["${idOf('Document', 'flow/uuid-1/1')}"]) { id } }`, 'flows:read'],
  ['mutation { createFlow(input: { applicationId: "1" }) { flow { uuid } } }', 'flows:write'],
  [`mutation { uploadDocuments(input: ${input}) { flow { uuid } } }`, 'flows:write'],
  ['mutation { issueFlowGrant(input: { flowUuid: "uuid-1" }) { token } }', 'flows:write'],
  ['mutation { revokeFlowGrants(input: { flowUuid: "uuid-1" }) { revokedBefore } }', 'flows:write'],
  ['{ batch(batchId: "batch-1") { batchId } }', 'batches:read'],
  [`{ node(id: "${idOf('Batch', 'BULK/batch-1')}") { id } }`, 'batches:read'],
  [`{ nodes(ids: ["${idOf('Document', 'batch/BULK/batch-1/1')}"]) { id } }`, 'batches:read'],
  [
    'mutation { createBatch(input: { files: [{ documentId: "1", url: "https://files.example/1" }] }) { batch { batchId } } }',
    'batches:write',
  ],
  [
    '{ addressMatch(applicationId: "1", source: "A", target: "B") { failure { code } } }',
    'addresses:match',
  ],
  [
    '{ addressMatches(applicationId: "1", source: "A", targets: []) { failure { code } } }',
    'addresses:match',
  ],
];
const subscriptions: readonly [operation: string, scope: Scope][] = [
  [`subscription { flowUpdated${flow} { uuid } }`, 'flows:read'],
  // A cursor that is of no log is answered at once.
  [`subscription { events(after: "${toEventCursor(7)}") { __typename } }`, 'events:read'],
  ['subscription { batchUpdated(batchId: "batch-1") { batchId } }', 'batches:read'],
];

function idOf(typename: string, id: string): string {
  return Buffer.from(`${typename}:${id}`).toString('base64url');
}

for (const [transport, ask] of Object.entries(transports)) {
  test(`over ${transport} what needs a scope is refused without it, by its name and before Atlas is asked`, async (t) => {
    const gateway = await openCallers(t);
    const carried = transport in streams ? [...operations, ...subscriptions] : operations;
    for (const [operation, scope] of carried) {
      const caller = gateway.as({ scopes: everyScopeBut(scope) });
      const { data, errors } = await ask(t, caller, operation);
      assert.deepEqual(
        errors?.map(({ message, extensions }) => [message, extensions.code]),
        [[`This needs the scope ${scope}.`, 'FORBIDDEN']],
        operation,
      );
      assert.ok(Object.values(data ?? {}).every((value) => value === null));
    }
    assert.equal(gateway.sandbox.countCalls(), 0);
  });

  test(`over ${transport} the one scope is enough for what needs it`, async (t) => {
    const gateway = await openCallers(t);
    const carried = transport in streams ? [...operations, ...subscriptions] : operations;
    for (const [operation, scope] of carried) {
      const { data, errors } = await ask(t, gateway.as({ scopes: [scope] }), operation);
      const codes = errors?.map(({ extensions }) => extensions.code) ?? [];
      assert.ok(data || codes.length > 0, operation);
      assert.ok(!codes.includes('FORBIDDEN'), operation);
    }
  });
}

test('every field that is not refused above is open to a caller without scopes', async (t) => {
  const gateway = await openCallers(t);
  const { data, errors } = await gateway
    .as({})
    .ask(
      '{ documentTypes { type } viewer { callerId scopes } atlasHealth { services { state } } }',
    );
  assert.equal(errors, undefined);
  assert.ok(data.documentTypes.length > 10);
  assert.deepEqual(data.viewer.scopes, []);
  assert.ok(data.atlasHealth.services.length > 0);

  const asked = [...operations, ...subscriptions].map(
    ([operation]) => /(\w+)\(/.exec(operation.replace(/^(subscription|mutation) /, ''))?.[1],
  );
  const schema = createSchema();
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  assert.deepEqual(
    roots
      .flatMap((root) => Object.keys(root?.getFields() ?? {}))
      .filter((name) => !asked.includes(name)),
    ['atlasHealth', 'documentTypes', 'viewer', 'reauthenticate'],
  );
});

test('every field that asks for something says so in its description', () => {
  const silent = Object.values(createSchema().getTypeMap())
    .filter((type) => type instanceof GraphQLObjectType)
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter(({ extensions }) => asksForScopes(extensions.pothosOptions))
        .filter(({ description }) => {
          const named = scopes.filter((scope) => description?.includes(`\`${scope}\``));
          return named.length === 0 && !description?.includes('the scopes that `node` needs');
        })
        .map(({ name }) => `${type.name}.${name}`),
    );
  assert.deepEqual(silent, []);
});

function asksForScopes(options: unknown): boolean {
  return typeof options === 'object' && options !== null && 'authScopes' in options;
}

test('a caller that may only write sees the flow it made, but none of its contents', async (t) => {
  const gateway = await openCallers(t);
  const writer = gateway.as({ scopes: ['flows:write', 'batches:write'] });
  const made = await writer.ask(
    `mutation {
      createFlow(input: { applicationId: "application-1" }) {
        flow { uuid status { state } applicationId documents { documentId } }
      }
      createBatch(input: { files: [{ documentId: "1", url: "https://files.example/pan.jpg" }] }) {
        batch { batchId service progress { arrived } }
      }
    }`,
  );
  assert.deepEqual(made.data.createFlow.flow, {
    uuid: made.data.createFlow.flow.uuid,
    status: { state: 'NOT_STARTED' },
    applicationId: 'application-1',
    documents: null,
  });
  assert.equal(made.data.createBatch.batch.progress, null);
  assert.deepEqual(
    made.errors?.map(({ message, path }) => [path?.at(-1), message]),
    [
      ['documents', 'This needs the scope flows:read.'],
      ['progress', 'This needs the scope batches:read.'],
    ],
  );
});

test('a document shows what is in it by the scope of where it lies', async (t) => {
  const gateway = await openCallers(t);
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  const batchId = await gateway.createBatch(['voter.jpg']);
  gateway.finishBatches();
  const ids = [
    idOf('Document', `flow/${uuid}/pan.jpg`),
    idOf('Document', `batch/BULK/${batchId}/voter.jpg`),
  ];
  const query =
    'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Document { documentType extraction { documentType } } } }';
  const [flows, batches] = [
    gateway.as({ scopes: ['flows:read'] }),
    gateway.as({ scopes: ['batches:read'] }),
  ];
  assert.equal(
    (await flows.ask(query, { ids: ids.slice(0, 1) })).data.nodes[0].documentType,
    'PAN',
  );
  assert.equal(
    (await batches.ask(query, { ids: ids.slice(1) })).data.nodes[0].extraction.documentType,
    'VOTER_ID',
  );
  for (const caller of [flows, batches]) {
    const { data, errors } = await caller.ask(query, { ids });
    assert.deepEqual([data ?? null, errors?.[0]?.extensions.code], [null, 'FORBIDDEN']);
  }
});

for (const [transport, ask] of Object.entries(transports)) {
  test(`over ${transport} an extracted address is matched only with both scopes for it`, async (t) => {
    const gateway = await openCallers(t);
    const uuid = await gateway.finishedFlow(['aadhaar.jpg']);
    const query = `{ flow(uuid: "${uuid}") { documents { extraction { ... on AadhaarExtraction {
      address { match(against: "1 SAMPLE ROAD") { similarityScore } } } } } } }`;
    for (const scope of ['addresses:match', 'pii:read'] as const) {
      const caller = gateway.as({ scopes: everyScopeBut(scope) });
      const { data, errors } = await ask(t, caller, query);
      assert.equal(data.flow.documents[0].extraction.address.match, null);
      assert.deepEqual(
        errors?.map(({ message }) => message),
        [`This needs the scope ${scope}.`],
      );
    }
    assert.equal(gateway.sandbox.countCalls('matchAddresses'), 0);
    const caller = gateway.as({ scopes: ['flows:read', 'addresses:match', 'pii:read'] });
    const { data, errors } = await ask(t, caller, query);
    assert.equal(errors, undefined);
    assert.equal(typeof data.flow.documents[0].extraction.address.match.similarityScore, 'number');
  });
}
