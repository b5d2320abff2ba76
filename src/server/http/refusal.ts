import type { GraphQLError } from 'graphql';
import { createPublicError } from '../../schema/operation/errors.ts';
import { toRefusedResult } from '../operation/caller-errors.ts';
import { codeOf } from '../operation/operation-events.ts';
import { type HttpContext, sendJson } from './http.ts';

/** Answers a request to the graph with one error, before anything of it was run. */
export function refuse(
  http: HttpContext,
  status: number,
  error: GraphQLError,
  headers: Readonly<Record<string, string>> = {},
): void {
  const { transport, tenantId } = http;
  http.events.onRefused?.({ transport, tenantId, code: codeOf(error) });
  const type = 'application/graphql-response+json';
  const { retryAfterMs } = error.extensions;
  sendJson(http, status, toRefusedResult([error]), {
    // Clients that ask for this type read the errors; of plain JSON they would read the status alone.
    ...(http.request.headers.accept?.includes(type)
      ? { 'content-type': `${type}; charset=utf-8` }
      : {}),
    ...(typeof retryAfterMs === 'number'
      ? { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }
      : {}),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 405 ? { allow: 'GET, POST' } : {}),
    // What is left of a body that is too long is not read.
    ...(status === 413 ? { connection: 'close' } : {}),
    ...headers,
  });
}

/** The same for a request that can't be read as an operation. */
export function refuseInput(
  http: HttpContext,
  status: number,
  message: string,
  headers?: Readonly<Record<string, string>>,
): void {
  const error = createPublicError('BAD_USER_INPUT', message, http.requestId);
  refuse(http, status, error, headers);
}

/** The same for a request that came when there was no place for it; it may come again. */
export function refuseForNow(http: HttpContext, status: 429 | 503, message: string): void {
  refuse(http, status, createPublicError('RATE_LIMITED', message, http.requestId));
}

/** The same for a request that came when this gateway was about to end. */
export function refuseClosing(http: HttpContext): void {
  refuseForNow(http, 503, 'This gateway is closing. Connect again.');
}

/** Whether a content type is JSON: anything else could be posted by a form, without a preflight. */
export function isJson(contentType: string | undefined): boolean {
  return /^application\/(graphql\+)?json\s*(;|$)/i.test(contentType ?? '');
}
