import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { GraphQLError } from 'graphql';
import type { Principal } from '../../src/identity/principal.ts';
import { createReadQuery } from '../../src/server/operation/persisted-operations.ts';
import { toKeyIssuer } from '../support/key-issuer.ts';
import { codesOf, transports } from '../support/limits/transports.ts';
import { openGateway } from '../support/open-gateway.ts';
import { toTenantId } from '../support/tenant-id.ts';

const kept = 'query Types($skip: Boolean!) { documentTypes @skip(if: $skip) { type } __typename }';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const byHash = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: sha256(text) } });
const config = { persistedOperations: new Map([[sha256(kept), kept]]) };
const variables = { skip: true };

for (const [transport, ask] of transports) {
  test(`an operation that is kept is run by its hash over ${transport}`, async (t) => {
    const gateway = await openGateway(t, { config });
    const { data, errors } = await ask(gateway, { variables, extensions: byHash(kept) });
    assert.equal(errors, undefined);
    assert.deepEqual(data, { __typename: 'Query' });
  });

  test(`a hash that is not known is refused over ${transport} as clients expect`, async (t) => {
    const gateway = await openGateway(t, { config });
    const query = '{ __typename }';
    const refused = await ask(gateway, { extensions: byHash(query) });
    assert.deepEqual(codesOf(refused), ['BAD_USER_INPUT']);
    assert.equal(refused.errors?.[0]?.message, 'PersistedQueryNotFound');
    assert.equal(refused.errors?.[0]?.extensions.http, undefined);
    const again = await ask(gateway, { query, extensions: byHash(query) });
    assert.deepEqual(again.data, { __typename: 'Query' });
    const still = await ask(gateway, { extensions: byHash(query) });
    assert.equal(still.errors?.[0]?.message, 'PersistedQueryNotFound');
  });

  test(`a hash is not taken for another text over ${transport}`, async (t) => {
    const gateway = await openGateway(t, { config });
    const { data, errors } = await ask(gateway, {
      query: '{ __typename }',
      extensions: byHash(kept),
    });
    assert.deepEqual(codesOf({ errors: errors ?? [] }), ['BAD_USER_INPUT']);
    assert.equal(data ?? undefined, undefined);
  });
}

test('two subscriptions by hash are two, though neither has a text', async (t) => {
  const watch = (selection: string) =>
    `subscription ($uuid: String!) { flowUpdated(uuid: $uuid) { ${selection} } }`;
  const texts = [watch('uuid'), watch('id')];
  const persistedOperations = new Map(texts.map((text) => [sha256(text), text]));
  const gateway = await openGateway(t, { config: { persistedOperations } });
  const uuid = await gateway.openFlow();
  const [, askBySse] = transports[1] ?? [];
  assert.ok(askBySse);
  const readings = texts.map((text) =>
    askBySse(gateway, { variables: { uuid }, extensions: byHash(text) }),
  );
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const [one, other] = await Promise.all(readings);
  assert.deepEqual(Object.keys(one?.data.flowUpdated), ['uuid']);
  assert.deepEqual(Object.keys(other?.data.flowUpdated), ['id']);
});

const nobody: Principal = {
  tenant: {
    id: toTenantId('acme'),
    credentials: { clientId: '', clientSecret: '', addressClientId: '', addressClientSecret: '' },
  },
  callerId: 'key',
  scopes: new Set(),
  issuer: toKeyIssuer('key'),
  grant: null,
  visibility: '',
  expiresAt: null,
  isCurrent: () => true,
  recheck: async () => true,
};

test('a caller limited to persisted operations runs no other', () => {
  const operations = config.persistedOperations;
  const readQuery = createReadQuery({ operations, isPersistedOnly: () => true });
  const codeOf = (sent: Parameters<typeof readQuery>[0]) => {
    try {
      return readQuery(sent, nobody);
    } catch (error) {
      assert.ok(error instanceof GraphQLError);
      return error.extensions.code;
    }
  };
  assert.equal(codeOf({ extensions: byHash(kept) }), kept);
  assert.equal(codeOf({ query: kept, extensions: byHash(kept) }), kept);
  assert.equal(codeOf({ query: '{ __typename }' }), 'FORBIDDEN');
  assert.equal(codeOf({ query: kept }), 'FORBIDDEN');
  assert.equal(codeOf({}), 'FORBIDDEN');
  const query = '{ __typename }';
  assert.equal(codeOf({ query, extensions: byHash(query) }), 'BAD_USER_INPUT');
  assert.equal(codeOf({ query, extensions: byHash(kept) }), 'BAD_USER_INPUT');
});

test('a text that is not a hash is refused', () => {
  const operations = new Map([['constructor', '{ a }']]);
  const readQuery = createReadQuery({ operations, isPersistedOnly: () => false });
  for (const extensions of [
    null,
    {},
    { persistedQuery: null },
    { persistedQuery: { sha256Hash: 7 } },
  ]) {
    assert.equal(readQuery({ extensions }, nobody), undefined);
    assert.equal(readQuery({ query: '{ b }', extensions }, nobody), '{ b }');
  }
});
