import assert from 'node:assert/strict';
import test from 'node:test';
import { openPagedAtlas, type PagedAtlas } from '../support/schema/paged-atlas.ts';
import { overWebSocket } from '../support/server/transports.ts';

const documents = Array.from({ length: 60 }, (_, place) => `doc-${place}`);
const page = `query ($first: Int!, $after: String) { batch(batchId: "B-1") {
  documents(first: $first, after: $after) {
    edges { cursor node { id documentId } } pageInfo { hasNextPage endCursor } } } }`;
const node = 'query ($id: ID!) { node(id: $id) { __typename } }';
const progress = `subscription { batchUpdated(batchId: "B-1") {
  totalKnown documents(first: 500) { edges { node { documentId } } } } }`;
/** No walk of these tests has so many pages of ours. */
const mostPages = 8;

for (const [mode, pages] of [
  ['honest', 2],
  ['ignored', 1],
  ['last again', 2],
] as const) {
  const held = documents.slice(0, pages * 50);

  test(`pages of Atlas that are ${mode}: a walk over all of them ends, each document once`, async (t) => {
    const atlas = await openPagedAtlas(t);
    atlas.hold(documents);
    atlas.answer(mode);
    for (const first of [7, 50, 500]) assert.deepEqual(await walk(atlas, first), held);
  });

  test(`pages of Atlas that are ${mode}: a document that is gone is looked for once a page`, async (t) => {
    const atlas = await openPagedAtlas(t, { PII_CACHE_SECONDS: '0' });
    atlas.hold(documents);
    atlas.answer(mode);
    const edges = (await pageOf(atlas, 5)).edges;
    atlas.hold(documents.filter((id) => id !== 'doc-4'));
    atlas.pagesRead();
    const { data } = await atlas.gateway.ask(node, { id: edges[4].node.id });
    assert.deepEqual(data, { node: null });
    assert.ok(atlas.pagesRead().length <= pages + 1);
    assert.equal((await pageOf(atlas, 5, edges[4].cursor)).edges[0].node.documentId, 'doc-5');
    assert.ok(atlas.pagesRead().length <= pages + 2);
  });

  test(`pages of Atlas that are ${mode}: an event tells as many documents as a query`, async (t) => {
    const atlas = await openPagedAtlas(t);
    atlas.hold(documents);
    atlas.answer(mode);
    const watched = await overWebSocket(t, atlas.gateway, 'none', progress);
    const { data } = await watched.next();
    const told = data.batchUpdated.documents.edges.map(
      ({ node: { documentId } }: { node: { documentId: string } }) => documentId,
    );
    assert.deepEqual(told, held);
  });
}

test('documents that an earlier page of the walk had are not shown again', async (t) => {
  const atlas = await openPagedAtlas(t);
  const twice = [...documents.slice(0, 50), ...documents.slice(45, 60)];
  atlas.hold(twice);
  assert.deepEqual(await walk(atlas, 500), documents);
});

test('no operation makes more calls than MAX_ATLAS_CALLS, whatever Atlas says', async (t) => {
  const most = 12;
  const atlas = await openPagedAtlas(t, { MAX_ATLAS_CALLS: String(most) });
  atlas.hold(documents);
  const [edge] = (await pageOf(atlas, 1)).edges;
  const other = Buffer.from('Document:batch/BULK/B-1/none').toString('base64url');
  const gone = Buffer.from(JSON.stringify([1, 1, 'gone'])).toString('base64url');
  atlas.hold(documents.slice(1));
  atlas.answer('endless');
  for (const [query, variables] of [
    [node, { id: edge.node.id }],
    ['query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [edge.node.id, other] }],
    ['{ batch(batchId: "B-1") { documents(first: 500) { edges { cursor } } } }', {}],
    [page, { first: 1, after: gone }],
  ] as const) {
    atlas.pagesRead();
    const { errors = [] } = await atlas.gateway.ask(query, variables);
    const calls = atlas.pagesRead().length;
    assert.ok(calls <= most, `${calls} calls for ${query}`);
    // Five hundred documents are on ten pages.
    if (query.includes('500')) continue;
    assert.deepEqual([errors[0]?.extensions.code, calls], ['QUERY_TOO_COMPLEX', most], query);
    assert.equal(errors[0]?.extensions.service, undefined);
  }
});

test('a look of a watch makes no more calls than MAX_ATLAS_CALLS', async (t) => {
  const atlas = await openPagedAtlas(t, { MAX_ATLAS_CALLS: '12' });
  atlas.hold(documents);
  atlas.answer('endless');
  const query = 'subscription { batchUpdated(batchId: "B-1") { batchId } }';
  const watched = await overWebSocket(t, atlas.gateway, 'none', query);
  const { errors } = await watched.next();
  assert.equal(errors[0].extensions.code, 'QUERY_TOO_COMPLEX');
  assert.equal(atlas.pagesRead().length, 12);
});

test('each event of a subscription may make as many calls as the one before', async (t) => {
  const atlas = await openPagedAtlas(t, { MAX_ATLAS_CALLS: '5', PII_CACHE_SECONDS: '0' });
  const ofEvent = `subscription { batchUpdated(batchId: "B-1") {
    documents(first: 50) { edges { node { documentId } } } } }`;
  const watched = await overWebSocket(t, atlas.gateway, 'none', ofEvent);
  for (let count = 1; count <= 8; count += 1) {
    atlas.hold(documents.slice(0, count));
    let event = await watched.next();
    while (event.data.batchUpdated.documents.edges.length < count) event = await watched.next();
    assert.equal(event.errors, undefined);
  }
});

async function pageOf({ gateway }: PagedAtlas, first: number, after: string | null = null) {
  const { data, errors } = await gateway.ask(page, { first, after });
  assert.equal(errors, undefined);
  return data.batch.documents;
}

async function walk(atlas: PagedAtlas, first: number): Promise<string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  for (let count = 0; count < mostPages + 60 / first; count += 1) {
    const { edges, pageInfo } = await pageOf(atlas, first, after);
    for (const { node } of edges) ids.push(node.documentId);
    if (!pageInfo.hasNextPage) return ids;
    after = pageInfo.endCursor;
  }
  throw new Error('the walk does not end');
}
