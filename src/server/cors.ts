import type { IncomingMessage } from 'node:http';
import type { Route } from './http.ts';

/** Whether pages of an origin may call, besides those of this gateway. */
export type IsAllowedOrigin = (origin: string) => boolean;

const shared = new Set(['/graphql', '/graphql/stream']);
const methods = 'GET, POST, PUT, DELETE';
const sentHeaders = 'authorization, content-type, x-graphql-event-stream-token, x-request-id';
const readHeaders = 'retry-after, x-request-id';
const preflightSeconds = 7_200;

/**
 * Tells browsers which pages may read the graph's answers (the fetch standard, CORS protocol). The
 * list is closed, and no credentials go along: who asks is told by a header, never by a cookie. It
 * answers preflights, and leaves everything else to the routes behind it.
 */
export function createCorsRoute(isAllowed: IsAllowedOrigin): Route {
  return ({ request, response, path }) => {
    if (!shared.has(path)) return false;
    response.setHeader('vary', 'origin');
    const { origin } = request.headers;
    const isPreflight =
      request.method === 'OPTIONS' && 'access-control-request-method' in request.headers;
    if (origin !== undefined && isAllowed(origin)) {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-expose-headers', readHeaders);
      if (isPreflight) {
        response.setHeader('access-control-allow-methods', methods);
        response.setHeader('access-control-allow-headers', sentHeaders);
        response.setHeader('access-control-max-age', String(preflightSeconds));
      }
    }
    if (!isPreflight) return false;
    response.writeHead(response.hasHeader('access-control-allow-origin') ? 204 : 403).end();
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
