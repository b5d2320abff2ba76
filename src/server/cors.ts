import type { IncomingMessage } from 'node:http';
import type { Principal } from '../identity/principal.ts';
import { type Arrival, type Route, writeHead } from './http.ts';

/**
 * Which pages may call, besides those of this gateway. A browser asks before it says for whom, so
 * that an origin of any tenant may ask; what it may read is for the caller's own tenant to say.
 */
export interface Origins {
  /** Whether any tenant lets pages of an origin call. */
  isKnown(origin: string): boolean;
  /** Whether the tenant of a caller does. */
  isFor(principal: Principal, origin: string): boolean;
}

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
 * answers preflights, and leaves everything else to the routes behind it, which take the leave back
 * where the caller turns out to be of another tenant.
 */
export function createCorsRoute({ isKnown }: Pick<Origins, 'isKnown'>): Route {
  return (arrival) => {
    const { request, path, headers } = arrival;
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
    writeHead(arrival, mayRead ? 204 : 403, mayRead ? preflightHeaders : {}).end();
    return true;
  };
}

/** Keeps an answer from the page that asked, where the tenant of its caller does not know it. */
export function keepFromPage(
  { request, headers }: Arrival,
  principal: Principal,
  { isFor }: Pick<Origins, 'isFor'>,
): void {
  const { origin } = request.headers;
  if (origin === undefined || isFor(principal, origin)) return;
  delete headers['access-control-allow-origin'];
  delete headers['access-control-expose-headers'];
}

/**
 * Where the page comes from that opens a WebSocket; undefined for one of this gateway's own, and for
 * who is no browser. Browsers ask no leave for it beforehand, and say only this (RFC 6455, 10.2).
 */
export function foreignOriginOf({ headers: { origin, host } }: IncomingMessage) {
  if (origin === undefined) return undefined;
  const isOwn = URL.canParse(origin) && new URL(origin).host === host;
  return isOwn ? undefined : origin;
}
