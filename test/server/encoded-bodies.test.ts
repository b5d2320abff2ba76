import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';

const body = Buffer.from(JSON.stringify({ query: '{ documentTypes { type } }' }));
const megabyte = 1024 * 1024;

function post(
  { graphqlUrl, headers }: OpenGateway,
  encoding: string,
  bytes: Buffer,
  more: { readonly path?: string; readonly accept?: string } = {},
): Promise<Response> {
  const accept = more.accept ?? 'application/json';
  return fetch(`${graphqlUrl}${more.path ?? ''}`, {
    method: 'POST',
    headers: { ...headers, accept, 'content-encoding': encoding },
    body: Uint8Array.from(bytes),
  });
}

/** The status of a refusal and its code. */
async function refusalOf(response: Response) {
  const { errors } = await response.json();
  return [response.status, errors[0].extensions.code];
}

for (const [encoding, bytes] of [
  ['gzip', gzipSync(body)],
  ['x-gzip', gzipSync(body)],
  ['GZIP', gzipSync(body)],
  ['deflate', deflateSync(body)],
  ['br', brotliCompressSync(body)],
  ['identity', body],
] as const) {
  test(`a body in ${encoding} is read`, async (t) => {
    const gateway = await openGateway(t);
    const response = await post(gateway, encoding, bytes);
    assert.equal(response.status, 200);
    assert.ok((await response.json()).data.documentTypes.length > 0);
    const events = await post(gateway, encoding, bytes, { accept: 'text/event-stream' });
    assert.match(await events.text(), /"documentTypes":\[\{/);
  });
}

test('a body in gzip is read for a shared stream of events', async (t) => {
  const gateway = await openGateway(t);
  const { graphqlUrl, headers } = gateway;
  const reserved = await fetch(`${graphqlUrl}/stream`, { method: 'PUT', headers });
  const token = await reserved.text();
  const bytes = gzipSync(
    JSON.stringify({ query: '{ __typename }', extensions: { operationId: '1' } }),
  );
  const response = await fetch(`${graphqlUrl}/stream`, {
    method: 'POST',
    headers: { ...headers, 'x-graphql-event-stream-token': token, 'content-encoding': 'gzip' },
    body: Uint8Array.from(bytes),
  });
  assert.equal(response.status, 202);
});

async function refusesUnread(t: TestContext, path: string) {
  const gateway = await openGateway(t);
  for (const encoding of ['zstd', 'compress', 'gzip, gzip', 'aes128gcm', 'constructor']) {
    const response = await post(gateway, encoding, gzipSync(body), { path });
    assert.equal(response.headers.get('accept-encoding'), 'gzip, deflate, br', encoding);
    assert.deepEqual(await refusalOf(response), [415, 'BAD_USER_INPUT']);
  }
}

test('a body in another coding is answered with 415 and those that are read', (t) =>
  refusesUnread(t, ''));

test('a body that unpacks to more than a megabyte is refused with 413', async (t) => {
  const gateway = await openGateway(t);
  for (const [encoding, pack] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const) {
    const padded = (bytes: number) => {
      const text = Buffer.alloc(bytes, ' ');
      body.copy(text);
      return pack(text);
    };
    assert.equal((await post(gateway, encoding, padded(megabyte))).status, 200);
    for (const bytes of [megabyte + 1, 100 * megabyte]) {
      const response = await post(gateway, encoding, padded(bytes));
      assert.deepEqual(await refusalOf(response), [413, 'BAD_USER_INPUT'], `${encoding} ${bytes}`);
    }
  }
});

test('a body that is not what its coding says is refused with 400', async (t) => {
  const gateway = await openGateway(t);
  const packed = gzipSync(body);
  for (const bytes of [
    body,
    packed.subarray(0, packed.length / 2),
    deflateSync(body),
    Buffer.alloc(0),
    gzipSync(Buffer.from([0xff, 0xfe])),
  ]) {
    const response = await post(gateway, 'gzip', bytes);
    assert.deepEqual(await refusalOf(response), [400, 'BAD_USER_INPUT']);
  }
});
