import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { createLog } from '../../src/logging/log.ts';
import { createHttpServer } from '../../src/server/http/http.ts';
import { createPlaygroundRoute, type PlaygroundOptions } from '../../src/server/http/playground.ts';
import { readBuiltPage } from '../support/built-page.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

type Ask = (
  headers: Readonly<Record<string, string>>,
  target?: { readonly method?: string; readonly path?: string },
) => Promise<Answer>;

const settings = { apiKey: null, isSandbox: true, hasDocuments: false, stories: [] };

/** A server of the playground alone; asks it as it stands, without unpacking the answer. */
async function openPage(t: TestContext, options: Partial<PlaygroundOptions> = {}): Promise<Ask> {
  const server = createHttpServer({
    routes: [createPlaygroundRoute({ settings, readFiles: readBuiltPage, ...options })],
    log: createLog('silent', { write: () => {} }),
    monotonicMs: () => performance.now(),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo; // listening on a port, not on a pipe
  return async (headers, { method = 'GET', path = '/graphql' } = {}) => {
    const asking = request({ host: '127.0.0.1', port, path, method, headers });
    asking.end();
    const [response] = await once(asking, 'response');
    const body = await buffer(response);
    return { status: response.statusCode, headers: response.headers, body };
  };
}

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

/** The addresses that a page names, as paths. */
function addressesIn(html: string): string[] {
  return [...html.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, address = '']) => address);
}

test('the page is for browsers alone', async (t) => {
  const ask = await openPage(t);

  const page = await ask(browser);
  assert.equal(page.status, 200);
  assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  assert.match(page.body.toString(), /^<!doctype html>/);

  for (const accept of ['application/json', '*/*', 'text/event-stream']) {
    assert.equal((await ask({ accept })).status, 404, accept);
  }
  assert.equal((await ask({})).status, 404);
  assert.equal((await ask(browser, { method: 'POST' })).status, 404);
});

test('the page and its files come in the best encoding that is accepted', async (t) => {
  const ask = await openPage(t);
  const [script = ''] = addressesIn((await ask(browser)).body.toString()).filter((address) =>
    /main-\w+\.js$/.test(address),
  );
  const unpack = { br: brotliDecompressSync, gzip: gunzipSync, none: (body: Buffer) => body };
  const expectations: readonly (readonly [string, keyof typeof unpack])[] = [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['BR;q=0.5, gzip;q=1', 'br'],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0.000, gzip;q=0', 'none'],
    ['deflate', 'none'],
    ['identity', 'none'],
  ];

  for (const path of ['/graphql', `/${script}`]) {
    const { body: plain, headers } = await ask(browser, { path });
    assert.equal(headers['content-encoding'], undefined);
    for (const [accepted, encoding] of expectations) {
      const answer = await ask({ ...browser, 'accept-encoding': accepted }, { path });
      assert.equal(answer.headers['content-encoding'] ?? 'none', encoding, accepted);
      assert.match(answer.headers.vary ?? '', /accept-encoding/);
      assert.equal(answer.headers['content-length'], String(answer.body.length));
      assert.ok(unpack[encoding](answer.body).equals(plain), accepted);
    }
  }
});

test('a browser that has the page is told so', async (t) => {
  const ask = await openPage(t);
  const { etag = '', ...headers } = (await ask(browser)).headers;
  assert.match(etag, /^W\/"[\w-]{22}"$/);
  assert.equal(headers['cache-control'], 'no-cache');

  for (const known of [etag, `"other", ${etag}`]) {
    const answer = await ask({ ...browser, 'if-none-match': known });
    assert.equal(answer.status, 304);
    assert.equal(answer.headers.etag, etag);
    assert.equal(answer.body.length, 0);
  }
  assert.equal((await ask({ ...browser, 'if-none-match': 'W/"other"' })).status, 200);
});

test('the files of the page may be kept for ever, and their names hold a hash', async (t) => {
  const ask = await openPage(t);
  const named = addressesIn((await ask(browser)).body.toString());
  assert.ok(named.length >= 4);

  for (const address of named) {
    assert.match(address, /^graphql\/page\/[\w-]+-[A-Z0-9]{8}\.(js|css|svg)$/);
    const file = await ask({ accept: '*/*' }, { path: `/${address}` });
    assert.equal(file.status, 200, address);
    assert.equal(file.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal(file.headers['x-content-type-options'], 'nosniff');
  }
  for (const path of ['/graphql/page/', '/graphql/page/none.js', '/graphql/page/index.html']) {
    assert.equal((await ask(browser, { path })).status, 404, path);
  }
  for (const path of ['/graphql/page/../../package.json', '/graphql/page/%2e%2e%2finputs.txt']) {
    assert.equal((await ask(browser, { path })).status, 404, path);
  }
});

test('HEAD tells of the page without it', async (t) => {
  const ask = await openPage(t);
  const page = await ask(browser);
  const head = await ask(browser, { method: 'HEAD' });

  assert.equal(head.status, 200);
  assert.equal(head.body.length, 0);
  assert.equal(head.headers['content-length'], String(page.body.length));
  assert.equal(head.headers.etag, page.headers.etag);
});

test('the files are read once, and not before a browser asks', async (t) => {
  let readings = 0;
  const ask = await openPage(t, {
    readFiles() {
      readings += 1;
      return readBuiltPage();
    },
  });
  await ask({ accept: 'application/json' });
  assert.equal(readings, 0);

  await Promise.all([ask(browser), ask(browser)]);
  await ask({ ...browser, 'accept-encoding': 'br' });

  assert.equal(readings, 1);
});

test('a page that was not built says how to build it', async (t) => {
  const ask = await openPage(t, { readFiles: () => null });
  const { status, body } = await ask(browser);
  assert.equal(status, 503);
  assert.match(body.toString(), /npm run build:playground/);
  assert.equal((await ask(browser, { path: '/graphql/page/main.js' })).status, 404);
});

test('the policy of the page allows its own files and this gateway, and nothing inline', async (t) => {
  const ask = await openPage(t);
  const { headers, body } = await ask(browser);
  const policy = String(headers['content-security-policy']);
  const rules = Object.fromEntries(
    policy.split('; ').map((rule) => [rule.replace(/ .*/, ''), rule.replace(/^\S+ /, '')]),
  );
  assert.deepEqual(rules, {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'img-src': "'self'",
    'connect-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    'require-trusted-types-for': "'script'",
    'trusted-types': "'none'",
  });
  assert.doesNotMatch(body.toString(), / style=|<style| on\w+=/);
  assert.doesNotMatch(body.toString(), /https?:\/\//);
});

test('the settings stand in the page, and can not end their element', async (t) => {
  const apiKey = 'the-</script>-key-$&';
  const ask = await openPage(t, { settings: { ...settings, apiKey } });
  const html = (await ask(browser)).body.toString();
  const [, text = ''] = /id="settings">(.*?)<\/script>/.exec(html) ?? [];
  assert.deepEqual(JSON.parse(text), { ...settings, apiKey });
});

test('a browser can use the page once it has loaded 32 KiB', async (t) => {
  const ask = await openPage(t);
  const compressed = { ...browser, 'accept-encoding': 'br' };
  const page = await ask(compressed);
  const named = addressesIn(brotliDecompressSync(page.body).toString());
  const files = await Promise.all(named.map((address) => ask(compressed, { path: `/${address}` })));
  const bytes = [page, ...files].reduce((sum, { body }) => sum + body.length, 0);
  assert.ok(bytes < 32 * 1024, `${bytes} bytes`);
});
