import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesNamed, openSandbox } from '../support/sandbox/open-sandbox.ts';

const names = (count: number) => Array.from({ length: count }, (_, place) => `pan-${place}.jpg`);
const batchOf = (...files: string[]) => ({ product_type: 'p', file_urls: filesNamed(...files) });
const idsOf = (page: { data: { document_id: string }[] }) =>
  page.data.map((entry) => entry.document_id);

test('bulk answers 201 with one receipt a document, all of one batch', async (t) => {
  const { call } = await openSandbox(t);
  const { status, body } = await call('uploadBulk', batchOf('pan.jpg', 'dl.jpg'));
  assert.equal(status, 201);
  for (const [place, receipt] of body.entries()) {
    assert.deepEqual(Object.keys(receipt).toSorted(), ['batch_id', 'document_id', 'file_uuid']);
    assert.equal(receipt.batch_id, 'BATCH-10001-QWERT-20260115093000');
    assert.equal(receipt.document_id, `doc-${place + 1}`);
  }
  assert.equal(body.length, 2);
});

test('docstream answers an object with the batch alone', async (t) => {
  const { call } = await openSandbox(t);
  const { status, body } = await call('uploadDocstream', batchOf('pan.jpg', 'dl.jpg'));
  assert.equal(status, 200);
  assert.deepEqual(body, { batch_id: 'BATCH-10001-QWERT-20260115093000' });
});

for (const name of ['uploadBulk', 'uploadDocstream'] as const) {
  test(`${name} names what is missing`, async (t) => {
    const { call } = await openSandbox(t);
    const { status, body } = await call(name, { file_urls: [] });
    assert.equal(status, 400);
    assert.deepEqual(body, {
      error: "Missing or empty required parameters: ['product_type', 'file_urls']",
    });
  });
}

test('documents land one by one over two stages, in a stable order', async (t) => {
  const { call, clock } = await openSandbox(t);
  const [{ batch_id }] = (await call('uploadBulk', batchOf(...names(4)))).body;
  const seen: string[][] = [];
  for (let quarter = 0; quarter <= 4; quarter += 1) {
    seen.push(idsOf((await call('bulkExtracts', { batch_id })).body));
    clock.advance(500);
  }
  assert.deepEqual(seen, [
    [],
    ['doc-1'],
    ['doc-1', 'doc-2'],
    ['doc-1', 'doc-2', 'doc-3'],
    ['doc-1', 'doc-2', 'doc-3', 'doc-4'],
  ]);
});

test('bulk counts what was submitted, docstream what has been extracted', async (t) => {
  const { call, clock } = await openSandbox(t);
  const [{ batch_id: bulk }] = (await call('uploadBulk', batchOf(...names(4)))).body;
  const { batch_id: docstream } = (await call('uploadDocstream', batchOf(...names(4)))).body;
  const early = {
    bulk: (await call('bulkExtracts', { batch_id: bulk })).body,
    docstream: (await call('docstreamExtracts', { batch_id: docstream })).body,
  };
  const page = { data: [], page: 1, per_page: 50, has_next: false, has_prev: false };
  assert.deepEqual(early.bulk, { ...page, total_pages: 1, total_items: 4 });
  assert.deepEqual(early.docstream, { ...page, total_pages: 0, total_items: 0 });
  clock.advance(1000);
  assert.equal((await call('bulkExtracts', { batch_id: bulk })).body.total_items, 4);
  assert.equal((await call('docstreamExtracts', { batch_id: docstream })).body.total_items, 2);
});

test('pages follow each other without a gap', async (t) => {
  const { call, clock } = await openSandbox(t);
  const [{ batch_id }] = (await call('uploadBulk', batchOf(...names(120)))).body;
  clock.advance(2000);
  const pages = [];
  for (const page of [1, 2, 3, 4]) {
    pages.push((await call('bulkExtracts', { batch_id, page })).body);
  }
  assert.deepEqual(
    pages.map(({ data, page, per_page, total_pages, total_items, has_next, has_prev }) => [
      data.length,
      page,
      per_page,
      total_pages,
      total_items,
      has_next,
      has_prev,
    ]),
    [
      [50, 1, 50, 3, 120, true, false],
      [50, 2, 50, 3, 120, true, true],
      [20, 3, 50, 3, 120, false, true],
      [0, 4, 50, 3, 120, false, true],
    ],
  );
  assert.equal(new Set(pages.flatMap(idsOf)).size, 120);
});

test('a failed document is there without file_data', async (t) => {
  const { call, clock } = await openSandbox(t);
  const [{ batch_id }] = (await call('uploadBulk', batchOf('blurred.jpg', 'broken-link.jpg'))).body;
  clock.advance(2000);
  assert.deepEqual((await call('bulkExtracts', { batch_id })).body.data, [
    {
      document_id: 'doc-1',
      error_code: 'UNRECOGNISED',
      error_reason: 'document type not supported',
    },
    {
      document_id: 'doc-2',
      error_code: 'UPLOAD_FAILED',
      error_reason: 'file could not be downloaded',
    },
  ]);
});

test('a batch that is missing, unknown or of the other service is refused with 400', async (t) => {
  const { call } = await openSandbox(t);
  const { batch_id } = (await call('uploadDocstream', batchOf('pan.jpg'))).body;
  for (const query of [{}, { batch_id: '' }, { batch_id: 'BATCH-0' }, { batch_id }]) {
    const { status, body } = await call('bulkExtracts', query);
    assert.equal(status, 400);
    assert.deepEqual(body, {
      error_code: '400',
      error_message: 'Bad Request: batch_id is missing or invalid',
    });
  }
});

test('a page is a whole number from 1, per_page at most 50 for bulk and 100 for docstream', async (t) => {
  const { call } = await openSandbox(t);
  const [{ batch_id }] = (await call('uploadBulk', batchOf('pan.jpg'))).body;
  const docstream = (await call('uploadDocstream', batchOf('pan.jpg'))).body;
  const refused = [{ page: 0 }, { page: 'x' }, { page: 1.5 }, { per_page: 51 }, { per_page: 0 }];
  for (const query of refused) {
    const { status, body } = await call('bulkExtracts', { batch_id, ...query });
    assert.equal(status, 400);
    assert.equal(body.error_code, '400');
    assert.match(body.error_message, /^Bad Request: (page|per_page) is missing or invalid$/);
  }
  const largest = await call('bulkExtracts', { batch_id, per_page: 50 });
  assert.equal(largest.status, 200);
  const larger = await call('docstreamExtracts', { ...docstream, per_page: 100 });
  assert.equal(larger.body.per_page, 100);
  const tooLarge = await call('docstreamExtracts', { ...docstream, per_page: 101 });
  assert.equal(tooLarge.status, 400);
});
