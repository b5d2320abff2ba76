import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import {
  failureOf,
  flowToOpen,
  oneFile,
  openClientAt,
  openServer,
  tenantNamed,
} from '../../support/atlas/open-client.ts';

const tenant = tenantNamed('acme');
const mark = Buffer.from([0xef, 0xbb, 0xbf]);
const answers: Readonly<Record<string, object>> = {
  authtoken: { access_token: 'sample', expires_in: 3600 },
  init: { flow_uuid: 'LOS-1' },
  status: { master_status: 'SUCCESS' },
  multiupload: [{ document_id: 'doc-1', batch_id: 'BATCH-1' }],
};

type Encode = (body: Buffer) => { readonly bytes: Buffer; readonly encoding?: string | string[] };

/** An Atlas that encodes every answer, tokens too, and the statuses that it gives. */
async function openEncoding(t: TestContext, encode: Encode, statusOf = (_path: string) => 200) {
  const asked: (string | string[] | undefined)[] = [];
  const { url } = await openServer(t, (request, response) => {
    request.resume();
    const path = request.url?.split('?')[0]?.split('/').at(-1) ?? '';
    asked.push(request.headers['accept-encoding']);
    const { bytes, encoding } = encode(Buffer.from(JSON.stringify(answers[path])));
    if (encoding !== undefined) response.setHeader('content-encoding', encoding);
    response.writeHead(statusOf(path));
    response.end(bytes);
  });
  const { client } = openClientAt(t, url, { transport: { maxResponseBytes: 100_000 } });
  return { client, asked };
}

const readable: Readonly<Record<string, Encode>> = {
  'a byte order mark': (body) => ({ bytes: Buffer.concat([mark, body]) }),
  'a byte order mark and blanks': (body) => ({
    bytes: Buffer.concat([mark, Buffer.from('\r\n '), body, Buffer.from('\n')]),
  }),
  gzip: (body) => ({ bytes: gzipSync(body), encoding: 'gzip' }),
  'gzip in capitals': (body) => ({ bytes: gzipSync(body), encoding: ' GZIP ' }),
  'x-gzip': (body) => ({ bytes: gzipSync(body), encoding: 'x-gzip' }),
  'gzip in two members': (body) => ({
    bytes: Buffer.concat([gzipSync(body.subarray(0, 5)), gzipSync(body.subarray(5))]),
    encoding: 'gzip',
  }),
  brotli: (body) => ({ bytes: brotliCompressSync(body), encoding: 'br' }),
  'deflate as zlib': (body) => ({ bytes: deflateSync(body), encoding: 'deflate' }),
  'raw deflate': (body) => ({ bytes: deflateRawSync(body), encoding: 'deflate' }),
  'deflate, then gzip': (body) => ({
    bytes: gzipSync(deflateSync(body)),
    encoding: 'deflate, gzip',
  }),
  'gzip twice, in two headers': (body) => ({
    bytes: gzipSync(gzipSync(body)),
    encoding: ['gzip', 'gzip'],
  }),
  identity: (body) => ({ bytes: body, encoding: 'identity' }),
  'a byte order mark in gzip': (body) => ({
    bytes: gzipSync(Buffer.concat([mark, body])),
    encoding: 'gzip',
  }),
  'a header that says gzip of what is plain': (body) => ({ bytes: body, encoding: 'gzip' }),
};
for (const [what, encode] of Object.entries(readable)) {
  test(`answers with ${what} are read: tokens, reads and writes`, async (t) => {
    const { client } = await openEncoding(t, encode);
    assert.equal(await client.call(tenant, 'initFlow', flowToOpen), 'LOS-1');
    const status = await client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' });
    assert.equal(status?.master_status, 'SUCCESS');
    const upload = { product_type: 'SAMPLE', file_urls: oneFile };
    const receipts = await client.call(tenant, 'uploadBulk', upload);
    assert.equal(receipts?.[0]?.batch_id, 'BATCH-1');
  });
}

test('every request says which content codings are read', async (t) => {
  const { client, asked } = await openEncoding(t, (bytes) => ({ bytes }));
  await client.call(tenant, 'initFlow', flowToOpen);
  await client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' });
  assert.deepEqual(asked, Array(3).fill('gzip, br, deflate'));
});

const zeros = Buffer.alloc(50_000_000);
const oncePacked = gzipSync(zeros);
// By default brotli takes the most time for the shortest text.
const brotliPacked = brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
const bombs: Readonly<Record<string, Encode>> = {
  gzip: () => ({ bytes: oncePacked, encoding: 'gzip' }),
  brotli: () => ({ bytes: brotliPacked, encoding: 'br' }),
  deflate: () => ({ bytes: deflateSync(zeros), encoding: 'deflate' }),
  'raw deflate': () => ({ bytes: deflateRawSync(zeros), encoding: 'deflate' }),
  'gzip twice': () => ({ bytes: gzipSync(oncePacked), encoding: 'gzip, gzip' }),
};
for (const [what, encode] of Object.entries(bombs)) {
  test(`an answer that ${what} unpacks to 50 MB is not unpacked beyond the limit`, async (t) => {
    const packed = encode(zeros);
    assert.ok(packed.bytes.length < 100_000, 'it is short as sent');
    const isToken = (body: Buffer) => body.includes('access_token');
    const { client } = await openEncoding(t, (body) => (isToken(body) ? { bytes: body } : packed));
    const read = await failureOf(client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }));
    assert.deepEqual([read.failure, read.reason], ['contract-broken', 'answer-too-long']);
    const write = await failureOf(client.call(tenant, 'initFlow', flowToOpen));
    assert.deepEqual([write.failure, write.reason], ['outcome-unknown', 'answer-too-long']);
  });

  test(`a refusal that ${what} unpacks to 50 MB is read by its status`, async (t) => {
    const statusOf = (path: string) => (path === 'authtoken' ? 200 : 422);
    const isToken = (body: Buffer) => body.includes('access_token');
    const { client } = await openEncoding(
      t,
      (body) => (isToken(body) ? { bytes: body } : encode(zeros)),
      statusOf,
    );
    const write = await failureOf(client.call(tenant, 'initFlow', flowToOpen));
    assert.deepEqual([write.failure, write.status], ['rejected', 422]);
  });
}

test('a refusal that is longer than the limit is read by its status', async (t) => {
  const statusOf = (path: string) => (path === 'authtoken' ? 200 : 422);
  const { client } = await openEncoding(
    t,
    (body) => ({ bytes: body.includes('access_token') ? body : Buffer.alloc(200_000, ' ') }),
    statusOf,
  );
  const write = await failureOf(client.call(tenant, 'initFlow', flowToOpen));
  assert.deepEqual([write.failure, write.status], ['rejected', 422]);
  const read = await failureOf(client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }));
  assert.deepEqual([read.failure, read.status], ['rejected', 422]);
});

const unreadable: Readonly<Record<string, Encode>> = {
  'an unknown coding': (body) => ({ bytes: body, encoding: 'compress' }),
  'gzip that breaks off': (body) => ({ bytes: gzipSync(body).subarray(0, -9), encoding: 'gzip' }),
  'brotli that is none': (body) => ({ bytes: body, encoding: 'br' }),
  'four codings': (body) => ({ bytes: body, encoding: 'gzip, gzip, gzip, gzip' }),
};
for (const [what, encode] of Object.entries(unreadable)) {
  test(`an answer in ${what} costs a read its answer and a write its outcome`, async (t) => {
    const { client } = await openEncoding(t, (body) =>
      body.includes('access_token') ? { bytes: body } : encode(body),
    );
    const read = await failureOf(client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }));
    assert.equal(read.failure, 'contract-broken');
    const write = await failureOf(client.call(tenant, 'initFlow', flowToOpen));
    assert.equal(write.failure, 'outcome-unknown');
  });

  test(`a token in ${what} is none, and nothing else is sent`, async (t) => {
    const { client, asked } = await openEncoding(t, encode);
    const failure = await failureOf(client.call(tenant, 'initFlow', flowToOpen));
    assert.deepEqual([failure.failure, failure.endpoint], ['contract-broken', 'verificationToken']);
    assert.equal(asked.length, 1);
  });
}
