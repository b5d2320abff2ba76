import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { createLog } from '../../../src/logging/log.ts';
import { createDocumentsRoute } from '../../../src/server/http/documents.ts';
import { createHttpServer } from '../../../src/server/http/http.ts';
import { builtDocuments } from '../../support/docs/built-documents.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A server of the documents alone; asks for a path as it stands. */
async function openDocuments(t: TestContext, directory: string, isClosing = () => false) {
  const server = createHttpServer({
    routes: [createDocumentsRoute(directory)],
    log: createLog('silent', { write: () => {} }),
    monotonicMs: () => performance.now(),
    isClosing,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // listening on a port, not on a pipe
  return async (path: string, headers = {}, method = 'GET'): Promise<Answer> => {
    const asking = request({ host: '127.0.0.1', port, path, method, headers });
    asking.end();
    const [response] = await once(asking, 'response');
    const body = await buffer(response);
    return { status: response.statusCode, headers: response.headers, body };
  };
}

test('a page of the documents is sent compressed, with a policy and the id of its request', async (t) => {
  const ask = await openDocuments(t, builtDocuments());
  const page = await ask('/docs/partner/journey?from=mail', { 'accept-encoding': 'gzip, br' });
  assert.equal(page.status, 200);
  assert.match(page.headers['content-type'] ?? '', /^text\/html/);
  assert.equal(page.headers['content-encoding'], 'br');
  assert.match(brotliDecompressSync(page.body).toString(), /From nothing to a finished flow/);
  assert.match(page.headers['x-request-id']?.toString() ?? '', /^[\w-]{36}$/);
  assert.equal(page.headers['x-content-type-options'], 'nosniff');
  assert.equal(page.headers['cache-control'], 'no-cache');
  const policy = page.headers['content-security-policy']?.toString() ?? '';
  assert.match(policy, /^default-src 'none'; script-src 'self' 'sha256-/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval|https?:/);
});

test('a page that has not changed is not sent again', async (t) => {
  const ask = await openDocuments(t, builtDocuments());
  const { etag } = (await ask('/docs/')).headers;
  const again = await ask('/docs/', { 'if-none-match': etag });
  assert.equal(again.status, 304);
  assert.equal(again.body.length, 0);
});

test('files with a hash in their name may be kept for ever', async (t) => {
  const ask = await openDocuments(t, builtDocuments());
  const page = (await ask('/docs/')).body.toString();
  const [asset = ''] = /\/docs\/assets\/app\.[\w-]+\.js/.exec(page) ?? [];
  const { status, headers } = await ask(asset);
  assert.equal(status, 200);
  assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable');
});

test('a path outside of the documents is not found, however it is written', async (t) => {
  const ask = await openDocuments(t, builtDocuments());
  for (const path of [
    '/docs/../package.json',
    '/docs/..%2f..%2fpackage.json',
    '/docs/%2e%2e/%2e%2e/package.json',
    '/docs//etc/passwd',
    '/docs/%00',
    '/docs/%',
    '/docs/nothing',
  ]) {
    const { status, body } = await ask(path);
    assert.equal(status, 404, path);
    assert.doesNotMatch(body.toString(), /"dependencies"|root:/, path);
  }
  assert.equal((await ask('/docsx')).status, 404);
});

test('the documents are read and never written', async (t) => {
  const ask = await openDocuments(t, builtDocuments());
  const { status, headers } = await ask('/docs/', {}, 'POST');
  assert.equal(status, 405);
  assert.equal(headers.allow, 'GET, HEAD');
  const head = await ask('/docs/', {}, 'HEAD');
  assert.equal(head.status, 200);
  assert.equal(head.body.length, 0);
});

test('a process that ends closes the connections of readers', async (t) => {
  const ask = await openDocuments(t, builtDocuments(), () => true);
  assert.equal((await ask('/docs/')).headers.connection, 'close');
});

test('documents that are not built are told so', async (t) => {
  const empty = mkdtempSync(join(tmpdir(), 'documents-'));
  t.after(() => rmSync(empty, { recursive: true }));
  const ask = await openDocuments(t, empty);
  const { status, body } = await ask('/docs/');
  assert.equal(status, 404);
  assert.match(body.toString(), /npm run docs/);
});
