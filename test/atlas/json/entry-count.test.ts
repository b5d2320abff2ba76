import assert from 'node:assert/strict';
import test from 'node:test';
import { mostEntries } from '../../../src/atlas/json/entry-count.ts';
import { parseMasked } from '../../../src/atlas/masking/masked-json.ts';
import { openStillGateway } from '../../support/schema/still-gateway.ts';

const most = mostEntries;
const list = (count: number) => Array.from({ length: count }, () => 0);
const members = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, place) => [`m${place}`, 0]));

for (const [what, toValue] of [
  ['entries of a list', (count: number) => list(count)],
  ['entries of a list in an object', (count: number) => ({ data: list(count) })],
  ['entries of two lists', (count: number) => ({ a: list(5_000), b: list(count - 5_000) })],
  ['entries of lists in a list', (count: number) => [list(count - 10), ...list(9)]],
  ['members of an object', (count: number) => members(count)],
] as const) {
  test(`an answer with ten thousand ${what} is read, and one with more is not`, () => {
    const value = toValue(most);
    assert.deepEqual(parseMasked(JSON.stringify(value)), value);
    assert.equal(parseMasked(JSON.stringify(toValue(most + 1))), undefined);
  });
}

test('an answer that nests deeper than the stack is looked through', () => {
  const depth = most - 1;
  const text = `${'['.repeat(depth)}${']'.repeat(depth)}`;
  assert.notEqual(parseMasked(text), undefined);
});

test('an answer of Atlas with more than ten thousand entries is ATLAS_CONTRACT_BROKEN', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  const query = 'query ($uuid: String!) { flow(uuid: $uuid) { uuid documents { state } } }';
  const documents = (count: number) =>
    Array.from({ length: count }, (_, place) => ({
      document_id: place === 0 ? 'pan.jpg' : `${place}`,
      document_type: 'PAN',
    }));
  gateway.answerExtracts(documents(most));
  const read = await gateway.ask(query, { uuid });
  assert.equal(read.errors, undefined);
  assert.equal(read.data.flow.documents.length, most);
  gateway.answerExtracts(documents(most + 1));
  const refused = await gateway.ask(query, { uuid });
  assert.deepEqual(refused.data, { flow: { uuid, documents: null } });
  assert.equal(refused.errors?.[0]?.extensions.code, 'ATLAS_CONTRACT_BROKEN');
});
