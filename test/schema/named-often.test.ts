import assert from 'node:assert/strict';
import test from 'node:test';
import { execute, parse } from 'graphql';
import { createSchema } from '../../src/schema/index.ts';

const schema = createSchema();

/** A context whose loaders note each read, and find everything that is asked for. */
function openContext() {
  const reads: string[] = [];
  const principal = { scopes: new Set(['flows:read', 'batches:read']), grant: null };
  const operation = {
    principal,
    isAtlasWell: () => true,
    loaders: {
      flow: {
        load(uuid: string) {
          reads.push(uuid);
          return Promise.resolve({ uuid });
        },
      },
      flowExtracts: { begin() {} },
      batchPage: {
        load({ batchId }: { readonly batchId: string }) {
          reads.push(batchId);
          return Promise.resolve({ documents: [], totalItems: 0, hasNext: false });
        },
      },
    },
    flows: { current: () => undefined },
  };
  return { contextValue: { operation }, reads };
}

const idOf = (typename: string, id: string) =>
  Buffer.from(`${typename}:${id}`).toString('base64url');

/** A hundred names, of two things in turns. */
const hundred = (one: string, two: string) =>
  Array.from({ length: 100 }, (_, place) => (place % 2 === 0 ? one : two));

test('an id that is named often in nodes is resolved once', async () => {
  for (const [typename, one, two] of [
    ['Flow', 'flow-1', 'flow-2'],
    ['Batch', 'BULK/batch-1', 'BULK/batch-2'],
  ] as const) {
    const { contextValue, reads } = openContext();
    const { data, errors } = await execute({
      schema,
      document: parse('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'),
      variableValues: { ids: hundred(idOf(typename, one), idOf(typename, two)) },
      contextValue,
    });
    assert.equal(errors, undefined, String(errors));
    assert.deepEqual(
      JSON.parse(JSON.stringify(data?.nodes)),
      hundred(idOf(typename, one), idOf(typename, two)).map((id) => ({ id })),
    );
    assert.equal(reads.length, 2, `${typename}: ${reads}`);
  }
});

test('a uuid that is named often in flowsByUuid is resolved once', async () => {
  const { contextValue, reads } = openContext();
  const { data, errors } = await execute({
    schema,
    document: parse('query ($uuids: [String!]!) { flowsByUuid(uuids: $uuids) { uuid } }'),
    variableValues: { uuids: hundred('flow-1', 'flow-2') },
    contextValue,
  });
  assert.equal(errors, undefined, String(errors));
  assert.deepEqual(
    JSON.parse(JSON.stringify(data?.flowsByUuid)),
    hundred('flow-1', 'flow-2').map((uuid) => ({ uuid })),
  );
  assert.deepEqual(reads, ['flow-1', 'flow-2']);
});
