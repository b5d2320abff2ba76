import type { IncomingMessage } from 'node:http';
import type { Principal } from '../../identity/principal.ts';
import type { BrowserOrigins } from '../../identity/tenant-policy.ts';
import { type HttpContext, type Route, sendWhole } from './http.ts';

const shared = new Set(['/graphql', '/graphql/stream']);
const readHeaders = 'retry-after, x-request-id';
const usualHeaders = [
  'authorization',
  'content-type',
  'x-graphql-event-stream-token',
  'x-request-id',
];
const preflightHeaders = {
  'access-control-allow-methods': 'GET, POST, PUT, DELETE',
  'access-control-max-age': '7200',
};
/** More headers than this no page asks for. */
const mostAsked = 100;

/**
 * Tells browsers which pages may read the graph's answers (the fetch standard, CORS protocol). The
 * list is closed, and no credentials go along: the caller is told by a header, never by a cookie. A
 * page on the list may send any header, for its tools add some (trace context, the client's name). It
 * answers preflights, and leaves everything else to the routes behind it, which take the leave back
 * where the caller turns out to be of another tenant.
 */
export function createCorsRoute({ isKnown }: Pick<BrowserOrigins, 'isKnown'>): Route {
  return (http) => {
    const { request, path, headers } = http;
    if (!shared.has(path)) return false;
    headers.vary = 'origin';
    const { origin } = request.headers;
    const isPreflight =
      request.method === 'OPTIONS' && 'access-control-request-method' in request.headers;
    const mayRead = origin !== undefined && isKnown(origin);
    if (mayRead) {
      headers['access-control-allow-origin'] = origin;
      headers['access-control-expose-headers'] = readHeaders;
    }
    if (!isPreflight) return false;
    headers.vary = 'origin, access-control-request-headers';
    const allowed = { ...preflightHeaders, 'access-control-allow-headers': allowHeaders(request) };
    sendWhole(http, mayRead ? 204 : 403, mayRead ? allowed : {});
    return true;
  };
}

/** Keeps an answer from the page that asked, where the tenant of its caller does not know it. */
export function keepFromPage(
  { request, headers }: HttpContext,
  principal: Principal,
  { isFor }: Pick<BrowserOrigins, 'isFor'>,
): void {
  const { origin } = request.headers;
  if (origin === undefined || isFor(principal, origin)) return;
  delete headers['access-control-allow-origin'];
  delete headers['access-control-expose-headers'];
}

/** The usual headers and those that a preflight asks for; not `*`, which leaves out `authorization`. */
function allowHeaders({ headers }: IncomingMessage): string {
  const asked = (headers['access-control-request-headers'] ?? '')
    .split(',', mostAsked)
    .map((name) => name.trim().toLowerCase())
    // A field name is a token (RFC 9110, 5.1).
    .filter((name) => /^[!#$%&'*+.^_`|~\w-]+$/.test(name));
  return [...new Set([...usualHeaders, ...asked])].join(', ');
}

/**
 * The origin of the page that opens a WebSocket; undefined for a page of this gateway and for a client
 * that is no browser. Browsers send no preflight for it, and say only this (RFC 6455, 10.2).
 */
export function foreignOriginOf(
  { headers: { origin, host } }: IncomingMessage,
  { publicOrigin }: Pick<BrowserOrigins, 'publicOrigin'>,
): string | undefined {
  if (origin === undefined) return undefined;
  return isOwnOrigin(origin, host, publicOrigin) ? undefined : origin;
}

/** True if an origin is the gateway's, by the `Host` of the request or by `PUBLIC_URL` (RFC 6454, 5). */
function isOwnOrigin(
  given: string,
  host: string | undefined,
  publicOrigin: string | null,
): boolean {
  if (!/^https?:/i.test(given) || !URL.canParse(given)) return false;
  const { protocol, origin } = new URL(given);
  if (origin === publicOrigin) return true;
  // A proxy may write the default port of the scheme into Host; letters have no case there.
  const own = `${protocol}//${host ?? ''}`;
  return URL.canParse(own) && new URL(own).origin === origin;
}
