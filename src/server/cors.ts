import type { IncomingMessage } from 'node:http';
import { type Route, writeHead } from './http.ts';

/** Whether pages of an origin may call, besides those of this gateway. */
export type IsAllowedOrigin = (origin: string) => boolean;

const shared = new Set(['/graphql', '/graphql/stream']);
const readHeaders = 'retry-after, x-request-id';
const preflightHeaders = {
  'access-control-allow-methods': 'GET, POST, PUT, DELETE',
  'access-control-allow-headers':
    'authorization, content-type, x-graphql-event-stream-token, x-request-id',
  'access-control-max-age': '7200',
};

/**
 * Tells browsers which pages may read the graph's answers (the fetch standard, CORS protocol). The
 * list is closed, and no credentials go along: who asks is told by a header, never by a cookie. It
 * answers preflights, and leaves everything else to the routes behind it.
 */
export function createCorsRoute(isAllowed: IsAllowedOrigin): Route {
  return (arrival) => {
    const { request, path, headers } = arrival;
    if (!shared.has(path)) return false;
    headers.vary = 'origin';
    const { origin } = request.headers;
    const isPreflight =
      request.method === 'OPTIONS' && 'access-control-request-method' in request.headers;
    const mayRead = origin !== undefined && isAllowed(origin);
    if (mayRead) {
      headers['access-control-allow-origin'] = origin;
      headers['access-control-expose-headers'] = readHeaders;
    }
    if (!isPreflight) return false;
    writeHead(arrival, mayRead ? 204 : 403, mayRead ? preflightHeaders : {}).end();
    return true;
  };
}

/**
 * Whether a WebSocket may be opened: browsers ask no leave for it beforehand, and say only where
 * their page comes from (RFC 6455, 10.2). Who says nothing is no browser.
 */
export function mayConnect(
  { headers: { origin, host } }: IncomingMessage,
  isAllowed: IsAllowedOrigin,
): boolean {
  if (origin === undefined || isAllowed(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
