import assert from 'node:assert/strict';
import test from 'node:test';
import { openPagedAtlas, type PagedAtlas } from '../../support/schema/paged-atlas.ts';

test('pages of 30 over pages of 50 walk every one of 120 documents once', async (t) => {
  const atlas = await openPagedAtlas(t);
  atlas.hold(numbered(120));
  const pages = await walk(atlas, 30);
  assert.deepEqual(
    pages.map(({ ids }) => ids.length),
    [30, 30, 30, 30],
  );
  assert.deepEqual(
    pages.flatMap(({ ids }) => ids),
    numbered(120),
  );
  assert.deepEqual(
    pages.map(({ pageInfo }) => [pageInfo.hasPreviousPage, pageInfo.hasNextPage]),
    [
      [false, true],
      [true, true],
      [true, true],
      [true, false],
    ],
  );
});

test('a page of ours is put together from the pages of Atlas that it needs, each read once', async (t) => {
  const atlas = await openPagedAtlas(t);
  atlas.hold(numbered(120));
  const read = async (first: number) => (await walk(atlas, first)).map((page) => page.read);
  assert.deepEqual(await read(500), [[1, 2, 3]]);
  assert.deepEqual(await read(50), [[1], [1, 2], [1, 2, 3]]);
  assert.deepEqual(await read(70), [
    [1, 2],
    [1, 2, 3],
  ]);
});

test('the last page says so, and so does a page of none', async (t) => {
  const atlas = await openPagedAtlas(t);
  atlas.hold(numbered(100));
  const exact = await walk(atlas, 50);
  assert.deepEqual(
    exact.map(({ pageInfo }) => pageInfo.hasNextPage),
    [true, false],
  );
  atlas.hold([]);
  const [none] = await walk(atlas, 10);
  assert.deepEqual(none?.ids, []);
  assert.deepEqual(none?.pageInfo, {
    hasNextPage: false,
    hasPreviousPage: false,
    startCursor: null,
    endCursor: null,
  });
});

test('a cursor stays valid when Atlas puts documents before it', async (t) => {
  const atlas = await openPagedAtlas(t);
  for (const added of [1, 20, 70]) {
    atlas.hold(numbered(60));
    const { pageInfo } = await pageOf(atlas, 45);
    const late = Array.from({ length: added }, (_, place) => `late-${place}`);
    atlas.hold([...late, ...numbered(60)]);
    const next = await pageOf(atlas, 2, pageInfo.endCursor);
    assert.deepEqual(next.ids, ['doc-45', 'doc-46'], `${added} documents were added`);
  }
});

test('a cursor stays valid when documents before it go, and when its own goes', async (t) => {
  const atlas = await openPagedAtlas(t);
  atlas.hold(numbered(60));
  const { pageInfo } = await pageOf(atlas, 52);
  atlas.hold(numbered(60).slice(10));
  assert.deepEqual((await pageOf(atlas, 2, pageInfo.endCursor)).ids, ['doc-52', 'doc-53']);
  atlas.hold(numbered(60).filter((id) => id !== 'doc-51'));
  assert.deepEqual((await pageOf(atlas, 2, pageInfo.endCursor)).ids, ['doc-52', 'doc-53']);
});

test('a document that stands twice in a batch comes twice and holds nobody up', async (t) => {
  const atlas = await openPagedAtlas(t);
  atlas.hold(['same', 'same', 'other']);
  const pages = await walk(atlas, 1);
  assert.deepEqual(
    pages.flatMap(({ ids }) => ids),
    ['same', 'same', 'other'],
  );
});

test('a cursor that is none is bad input, and so is a page size out of bounds', async (t) => {
  const atlas = await openPagedAtlas(t);
  atlas.hold(numbered(3));
  const strange = ['{}', '[0,0,"a"]', '[1,-1,"a"]', '[1,0]', '[1,0.5,"a"]'].map(toCursor);
  const wrong = [
    ...[0, -1, 501].map((first) => ({ first, message: 'first: must be from 1 to 500.' })),
    ...['', 'nonsense', ...strange].map((after) => ({
      first: 1,
      after,
      message: 'after: this is not a cursor of this list.',
    })),
  ];
  for (const { message, ...args } of wrong) {
    const { data, errors } = await atlas.gateway.ask(pageQuery, args);
    assert.deepEqual(data.batch, { documents: null });
    assert.deepEqual(
      errors?.map((error) => [error.message, error.extensions.code]),
      [[message, 'BAD_USER_INPUT']],
    );
  }
});

test('a cursor far behind the end is an empty page, and costs no more than the batch has', async (t) => {
  const atlas = await openPagedAtlas(t);
  atlas.hold(numbered(60));
  const far = toCursor(`[${Number.MAX_SAFE_INTEGER},3,"nobody"]`);
  const page = await pageOf(atlas, 5, far);
  assert.deepEqual(page.ids, []);
  assert.equal(page.pageInfo.hasNextPage, false);
  assert.deepEqual(page.read, [1, Number.MAX_SAFE_INTEGER, 2]);
});

interface Page {
  readonly ids: readonly string[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  /** The pages of Atlas that were read for it; the first always, as it proves the batch. */
  readonly read: readonly number[];
}

const pageQuery = `query ($first: Int!, $after: String) {
  batch(batchId: "BATCH-1") {
    documents(first: $first, after: $after) {
      edges { cursor node { documentId } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}`;

async function pageOf(
  atlas: PagedAtlas,
  first: number,
  after: string | null = null,
): Promise<Page> {
  atlas.pagesRead();
  const answer = await atlas.gateway.ask(pageQuery, { first, after });
  assert.equal(answer.errors, undefined);
  const { edges, pageInfo } = answer.data.batch.documents;
  assert.equal(pageInfo.startCursor, edges.at(0)?.cursor ?? null);
  assert.equal(pageInfo.endCursor, edges.at(-1)?.cursor ?? null);
  const ids = edges.map((edge: { node: { documentId: string } }) => edge.node.documentId);
  return { ids, pageInfo, read: atlas.pagesRead() };
}

/** Every page from the first to the one that says that it is the last. */
async function walk(atlas: PagedAtlas, first: number): Promise<Page[]> {
  const pages = [await pageOf(atlas, first)];
  for (let last = pages.at(-1); last?.pageInfo.hasNextPage; last = pages.at(-1)) {
    assert.ok(pages.length < 500, 'the walk comes to an end');
    pages.push(await pageOf(atlas, first, last.pageInfo.endCursor));
  }
  return pages;
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, place) => `doc-${place}`);
}

function toCursor(text: string): string {
  return Buffer.from(text).toString('base64url');
}
