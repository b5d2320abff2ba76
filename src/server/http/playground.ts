import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { type Route, sendWhole } from './http.ts';
import { chooseEncoding, type Encoding, type PageFiles } from './page-files.ts';
import type { PlaygroundSettings } from './playground-settings.ts';

export interface PlaygroundOptions {
  readonly settings: PlaygroundSettings;
  /** Reads the page as it was built; null where it was not. Called once, for the first browser. */
  readonly readFiles: () => Promise<PageFiles | null> | PageFiles | null;
}

type Context = Parameters<Route>[0];

interface Page {
  readonly etag: string;
  readonly bodies: Readonly<Record<Encoding, Buffer>>;
  readonly files: PageFiles['files'];
}

const path = '/graphql';
const filesPath = '/graphql/page/';

/** The page may run its own scripts, style itself, and talk to this gateway; nothing else. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const safety = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
};

const notBuilt =
  'The playground is not built. Run "npm start", or "npm run build:playground", in a checkout with its development packages.\n';

/**
 * The playground: the page at `/graphql` for a browser, and its files below `/graphql/page/`. They are
 * read when a browser first asks, kept compressed, and name no address outside. The files may be kept
 * for ever, because another content has another name; the page is checked by its ETag.
 */
export function createPlaygroundRoute(options: PlaygroundOptions): Route {
  let page: Promise<Page | null> | undefined;

  return async (context) => {
    const { request } = context;
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    const isBrowser = request.headers.accept?.includes('text/html') ?? false;
    const isPage = context.path === path && isBrowser;
    if (!isPage && !context.path.startsWith(filesPath)) return false;
    page ??= preparePage(options);
    const prepared = await page;
    if (isPage) sendPage(context, prepared);
    else return sendFile(context, prepared);
    return true;
  };
}

function sendPage(context: Context, page: Page | null): void {
  const { headers } = context.request;
  const shared = { ...safety, vary: 'accept, accept-encoding', 'cache-control': 'no-cache' };
  if (page === null) {
    const head = { ...safety, 'content-type': 'text/plain; charset=utf-8' };
    sendWhole(context, 503, { ...head, 'content-length': notBuilt.length }, notBuilt);
    return;
  }
  if (headers['if-none-match']?.includes(page.etag)) {
    sendWhole(context, 304, { ...shared, etag: page.etag });
    return;
  }
  const head = { ...shared, etag: page.etag, 'content-type': 'text/html; charset=utf-8' };
  sendEncoded(context, head, page.bodies);
}

function sendFile(context: Context, page: Page | null): boolean {
  const file = page?.files.get(context.path.slice(filesPath.length));
  if (file === undefined) return false;
  const head = {
    ...safety,
    vary: 'accept-encoding',
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': file.contentType,
  };
  sendEncoded(context, head, file.bodies);
  return true;
}

function sendEncoded(
  context: Context,
  head: Readonly<Record<string, string>>,
  bodies: Page['bodies'],
): void {
  const { method, headers } = context.request;
  const encoding = chooseEncoding(String(headers['accept-encoding'] ?? ''));
  const body = bodies[encoding];
  sendWhole(
    context,
    200,
    {
      ...head,
      ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
      'content-length': body.length,
    },
    method === 'HEAD' ? '' : body,
  );
}

async function preparePage({ settings, readFiles }: PlaygroundOptions): Promise<Page | null> {
  const built = await readFiles();
  if (built === null) return null;
  // A key or a story must not end the element that holds the settings.
  const text = JSON.stringify(settings).replaceAll('<', '\\u003c');
  const html = built.html.replace('"{{settings}}"', () => text);
  const identity = Buffer.from(html);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
  const [zipped, br] = await Promise.all([
    promisify(gzip)(identity),
    promisify(brotliCompress)(identity, quality),
  ]);
  const hash = createHash('sha256').update(html).digest('base64url');
  return {
    // Weak: the bodies are the same page, and not the same bytes.
    etag: `W/"${hash.slice(0, 22)}"`,
    bodies: { br, gzip: zipped, identity },
    files: built.files,
  };
}
