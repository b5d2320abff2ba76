import { existsSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type Route, sendWhole } from './http.ts';

type Context = Parameters<Route>[0];
type Serve = ReturnType<typeof import('sirv').default>;

/** The sources of scripts and styles that the pages hold, written by the build of the documents. */
interface PolicySources {
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
}

interface Documents {
  readonly serve: Serve;
  readonly policy: string;
  readonly notFound: Buffer;
}

const notBuilt =
  'The documents are not built. Build them with `npm run docs`; in the repository they begin at docs/README.md.\n';

/**
 * The documents at `/docs`, as `npm run docs` builds them into `directory`: static files without an
 * address outside, open to everyone, sent compressed. They are loaded when they are first asked for.
 */
export function createDocumentsRoute(directory: string): Route {
  const contexts = new WeakMap<ServerResponse, Context>();
  let documents: Promise<Documents | null> | undefined;

  async function load(): Promise<Documents | null> {
    if (!existsSync(join(directory, 'policy.json'))) return null;
    const { default: sirv } = await import('sirv');
    const sources: PolicySources = JSON.parse(readFileSync(join(directory, 'policy.json'), 'utf8'));
    const policy = toPolicy(sources);
    const serve = sirv(directory, {
      brotli: true,
      gzip: true,
      etag: true,
      setHeaders(response, path) {
        const context = contexts.get(response);
        const isHashed = path.startsWith('/assets/');
        response.setHeader(
          'cache-control',
          isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
        );
        for (const [name, value] of Object.entries(toHeaders(policy))) {
          response.setHeader(name, value);
        }
        for (const [name, value] of Object.entries(context?.headers ?? {})) {
          response.setHeader(name, value);
        }
        if (context?.isClosing()) response.setHeader('connection', 'close');
      },
    });
    return { serve, policy, notFound: readFileSync(join(directory, '404.html')) };
  }

  return async (context) => {
    const { request, response, path } = context;
    if (path !== '/docs' && !path.startsWith('/docs/')) return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      sendWhole(context, 405, { allow: 'GET, HEAD', 'content-length': 0 });
      return true;
    }
    if (path === '/docs') {
      sendWhole(context, 301, { location: '/docs/', 'content-length': 0 });
      return true;
    }
    documents ??= load();
    const loaded = await documents;
    if (loaded === null) {
      sendWhole(context, 404, { 'content-type': 'text/plain; charset=utf-8' }, notBuilt);
      return true;
    }
    contexts.set(response, context);
    // The files lie at the root of the directory; a query has no meaning for any of them.
    request.url = path.slice('/docs'.length);
    loaded.serve(request, response, () => {
      const headers = {
        ...toHeaders(loaded.policy),
        'content-type': 'text/html; charset=utf-8',
        'content-length': loaded.notFound.length,
        'cache-control': 'no-cache',
      };
      sendWhole(context, 404, headers, request.method === 'HEAD' ? '' : loaded.notFound);
    });
    return true;
  };
}

function toHeaders(policy: string): Record<string, string> {
  return {
    'content-security-policy': policy,
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
  };
}

/** Lets the pages run their own scripts and styles; nothing else, and no address outside. */
function toPolicy({ scripts, styles }: PolicySources): string {
  return [
    "default-src 'none'",
    ['script-src', "'self'", ...scripts].join(' '),
    ['style-src', "'self'", "'unsafe-hashes'", ...styles].join(' '),
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
