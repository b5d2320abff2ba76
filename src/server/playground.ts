import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Route } from './http.ts';

/** A tab that the playground opens with. */
export interface ReadyOperation {
  readonly query: string;
  readonly variables?: string;
}

export interface PlaygroundOptions {
  readonly operations: readonly ReadyOperation[];
  /** Filled into the headers of every tab; null leaves a place to fill in. */
  readonly apiKey: string | null;
}

interface Page {
  readonly etag: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly br: Buffer;
}

/**
 * The playground: GraphiQL at `/graphql` for whoever comes with a browser. It is one page without an
 * address outside, rendered once when it is first asked for, sent compressed and with an ETag.
 */
export function createPlaygroundRoute(options: PlaygroundOptions): Route {
  let page: Promise<Page> | undefined;

  return async ({ request, response, path }) => {
    const isBrowser = request.headers.accept?.includes('text/html') ?? false;
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (path !== '/graphql' || !isRead || !isBrowser) return false;
    page ??= renderPage(options);
    const { etag, ...bodies } = await page;
    const accepted = request.headers['accept-encoding'] ?? '';
    const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : 'plain';
    response.setHeader('etag', etag);
    response.setHeader('vary', 'accept, accept-encoding');
    response.setHeader('cache-control', 'no-cache');
    response.setHeader('x-frame-options', 'DENY');
    response.setHeader('referrer-policy', 'no-referrer');
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304).end();
      return true;
    }
    if (encoding !== 'plain') response.setHeader('content-encoding', encoding);
    response.setHeader('content-length', bodies[encoding].length);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(request.method === 'HEAD' ? undefined : bodies[encoding]);
    return true;
  };
}

async function renderPage({ operations, apiKey }: PlaygroundOptions): Promise<Page> {
  // Nine megabytes of script: loaded when somebody opens the page, and not before.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const headers = JSON.stringify({ Authorization: `Bearer ${apiKey ?? '<your key>'}` }, null, 2);
  const html = renderGraphiQL({
    title: 'Atlas Gateway',
    defaultTabs: operations.map(({ query, variables }) => ({
      query,
      headers,
      ...(variables === undefined ? {} : { variables }),
    })),
    defaultHeaders: headers,
    headers,
    shouldPersistHeaders: false,
    subscriptionsProtocol: 'SSE',
    defaultEditorToolsVisibility: 'variables',
  });
  const plain = Buffer.from(html);
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
  const [gz, br] = await Promise.all([
    promisify(gzip)(plain),
    promisify(brotliCompress)(plain, quality),
  ]);
  return { etag, plain, gzip: gz, br };
}
