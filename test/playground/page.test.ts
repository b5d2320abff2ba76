import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { createLog } from '../../src/logging/log.ts';
import { createHttpServer } from '../../src/server/http/http.ts';
import { createPlaygroundRoute, type PlaygroundOptions } from '../../src/server/http/playground.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

type Ask = (headers: Readonly<Record<string, string>>, method?: string) => Promise<Answer>;

/** A server of the playground alone; asks it as it stands, without unpacking what comes. */
async function openPage(
  t: TestContext,
  options: PlaygroundOptions = { operations: [], apiKey: null },
): Promise<Ask> {
  const server = createHttpServer({
    routes: [createPlaygroundRoute(options)],
    log: createLog('silent', { write: () => {} }),
    monotonicMs: () => performance.now(),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo; // listening on a port, not on a pipe
  return async (headers, method = 'GET') => {
    const asking = request({ host: '127.0.0.1', port, path: '/graphql', method, headers });
    asking.end();
    const [response] = await once(asking, 'response');
    const body = await buffer(response);
    return { status: response.statusCode, headers: response.headers, body };
  };
}

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test('the page is for browsers alone', async (t) => {
  const ask = await openPage(t);

  const page = await ask(browser);
  assert.equal(page.status, 200);
  assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  assert.match(page.body.toString(), /^\s*<!doctype html>/);

  for (const accept of ['application/json', '*/*', 'text/event-stream']) {
    assert.equal((await ask({ accept })).status, 404, accept);
  }
  assert.equal((await ask({})).status, 404);
  assert.equal((await ask(browser, 'POST')).status, 404);
});

test('the page comes in the best encoding that is accepted', async (t) => {
  const ask = await openPage(t);
  const { body: plain, headers } = await ask(browser);
  assert.equal(headers['content-encoding'], undefined);
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

  for (const [accepted, encoding] of expectations) {
    const answer = await ask({ ...browser, 'accept-encoding': accepted });
    const given = answer.headers['content-encoding'] ?? 'none';
    assert.equal(given, encoding, accepted);
    assert.equal(answer.headers.vary, 'accept, accept-encoding');
    assert.equal(answer.headers['content-length'], String(answer.body.length));
    assert.ok(unpack[encoding](answer.body).equals(plain), accepted);
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

test('HEAD tells of the page without it', async (t) => {
  const ask = await openPage(t);
  const page = await ask(browser);
  const head = await ask(browser, 'HEAD');

  assert.equal(head.status, 200);
  assert.equal(head.body.length, 0);
  assert.equal(head.headers['content-length'], String(page.body.length));
  assert.equal(head.headers.etag, page.headers.etag);
});

test('the page is rendered once, and not before somebody asks', async (t) => {
  let renderings = 0;
  const ask = await openPage(t, {
    apiKey: null,
    get operations() {
      renderings += 1;
      return [];
    },
  });
  assert.equal(renderings, 0);

  await Promise.all([ask(browser), ask(browser)]);
  await ask({ ...browser, 'accept-encoding': 'br' });

  assert.equal(renderings, 1);
});

test('the page may run one script, its own', async (t) => {
  const ask = await openPage(t);
  const { headers, body } = await ask(browser);
  const html = body.toString();
  const script = html.slice(
    html.indexOf('<script>') + '<script>'.length,
    html.lastIndexOf('</script>'),
  );
  const hash = createHash('sha256').update(script).digest('base64');

  const policy = headers['content-security-policy'];
  assert.ok(typeof policy === 'string');
  const rules = new Map(policy.split('; ').map((rule) => [rule.replace(/ .*/, ''), rule]));
  assert.equal(rules.get('default-src'), "default-src 'none'");
  assert.equal(rules.get('script-src'), `script-src 'sha256-${hash}'`);
  assert.equal(rules.get('connect-src'), "connect-src 'self'");
  assert.equal(rules.get('frame-ancestors'), "frame-ancestors 'none'");
});

test('a key is filled in where one is given, and can not end the script', async (t) => {
  const without = (await (await openPage(t))(browser)).body.toString();
  const asks = await openPage(t, { operations: [], apiKey: 'the-</script>-key' });
  const withKey = (await asks(browser)).body.toString();

  assert.match(without, /Bearer your-key/);
  assert.match(withKey, /Bearer the-\\\\u003c\/script>-key/);
  const countEnds = (html: string) => html.split('</script>').length;
  assert.equal(countEnds(withKey), countEnds(without));
});
