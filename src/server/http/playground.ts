import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { type Route, sendWhole } from './http.ts';

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
  readonly policy: string;
  readonly bodies: Readonly<Record<Encoding, Buffer>>;
}

/**
 * GraphiQL leaves each tab shifted from where it first stood, and hides that from all but the tab in
 * focus: one that is clicked would jump away from under the pointer.
 */
const tabsThatStay = '.graphiql-tab { transform: none !important }';

type Encoding = 'br' | 'gzip' | 'identity';

/**
 * The playground: GraphiQL at `/graphql` for whoever comes with a browser. It is one page without an
 * address outside, rendered once when it is first asked for, sent compressed and with an ETag.
 */
export function createPlaygroundRoute(options: PlaygroundOptions): Route {
  let page: Promise<Page> | undefined;

  return async (arrival) => {
    const { request, path } = arrival;
    const isBrowser = request.headers.accept?.includes('text/html') ?? false;
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (path !== '/graphql' || !isRead || !isBrowser) return false;
    page ??= renderPage(options);
    const { etag, policy, bodies } = await page;
    const headers = {
      etag,
      vary: 'accept, accept-encoding',
      'cache-control': 'no-cache',
      'content-security-policy': policy,
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    };
    if (request.headers['if-none-match']?.includes(etag)) {
      sendWhole(arrival, 304, headers);
      return true;
    }
    const encoding = toEncoding(request.headers['accept-encoding'] ?? '');
    const head = {
      ...headers,
      ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
      'content-length': bodies[encoding].length,
      'content-type': 'text/html; charset=utf-8',
    };
    sendWhole(arrival, 200, head, request.method === 'HEAD' ? '' : bodies[encoding]);
    return true;
  };
}

async function renderPage({ operations, apiKey }: PlaygroundOptions): Promise<Page> {
  // Nine megabytes of script: loaded when somebody opens the page, and not before.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const authorization = `Bearer ${apiKey ?? 'your-key'}`;
  // The page puts this into a script as it stands: a key must not end the script.
  const headers = JSON.stringify({ authorization }, null, 2).replaceAll('<', '\\u003c');
  const rendered = renderGraphiQL({
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
  const html = rendered
    .replace('</head>', `<style>${tabsThatStay}</style></head>`)
    .replace('<script>', () => `<script>${toPrelude(operations[0])}`);
  const identity = Buffer.from(html);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
  const [zipped, br] = await Promise.all([
    promisify(gzip)(identity),
    promisify(brotliCompress)(identity, quality),
  ]);
  return {
    // Weak: the bodies are the same page, and not the same bytes.
    etag: `W/"${sha256(html, 'base64url').slice(0, 22)}"`,
    policy: toPolicy(html),
    bodies: { br, gzip: zipped, identity },
  };
}

/**
 * GraphiQL fills the editors of the first tab from what was written there last, and so on a first
 * visit leaves its variables empty and on the next adds a tab. This says that it was written there.
 */
function toPrelude(first: ReadyOperation | undefined): string {
  if (first === undefined) return '';
  const written = JSON.stringify({ query: first.query, variables: first.variables ?? '' });
  return `if (localStorage.getItem('graphiql:tabState') === null) {
    for (const [name, text] of Object.entries(${written.replaceAll('<', '\\u003c')})) {
      localStorage.setItem('graphiql:' + name, text);
    }
  }`;
}

/** Lets the page run its own script, style itself, and talk to this gateway; nothing else. */
function toPolicy(html: string): string {
  const start = html.indexOf('<script>') + '<script>'.length;
  const script = html.slice(start, html.lastIndexOf('</script>'));
  return [
    "default-src 'none'",
    `script-src 'sha256-${sha256(script, 'base64')}'`,
    'worker-src blob:',
    // The editor measures its text and writes its styles as it goes.
    "style-src 'unsafe-inline'",
    'font-src data:',
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** The best encoding that is accepted (RFC 9110, 12.5.3). */
function toEncoding(acceptEncoding: string): Encoding {
  const accepted = acceptEncoding
    .split(',')
    .filter((coding) => !/;\s*q=0(\.0*)?\s*$/.test(coding))
    .map((coding) => coding.replace(/;.*/, '').trim().toLowerCase());
  if (accepted.includes('br')) return 'br';
  return accepted.includes('gzip') ? 'gzip' : 'identity';
}

function sha256(text: string, encoding: 'base64' | 'base64url'): string {
  return createHash('sha256').update(text).digest(encoding);
}
