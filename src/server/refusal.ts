import type { GraphQLError } from 'graphql';
import { createPublicError } from '../schema/errors.ts';
import { nothingAsked } from './atlas-cost.ts';
import { type Arrival, sendJson } from './http.ts';
import { codeOf } from './operation-events.ts';

/** The error of a caller who is nobody. */
export function unauthenticated(requestId?: string): GraphQLError {
  const message = 'Send a valid API key or token, as the header Authorization: Bearer <key>.';
  return createPublicError('UNAUTHENTICATED', message, requestId);
}

/** The last error of a stream whose bearer may not be here any more. */
export function keyEnded(requestId: string): GraphQLError {
  const message = 'The key or grant that opened this has ended. Connect again with a newer one.';
  return createPublicError('UNAUTHENTICATED', message, requestId);
}

/** The error of a caller whose token can't be checked now, and when to come again. */
export function identityUnavailable(requestId?: string): GraphQLError {
  const message = 'Who you are cannot be checked at the moment. Try again later.';
  const error = createPublicError('IDENTITY_UNAVAILABLE', message, requestId);
  error.extensions.retryAfterMs = 5_000;
  return error;
}

/** The error of a caller who comes too often, and when to come again. */
export function tooManyRequests(retryAfterMs: number, requestId?: string): GraphQLError {
  const message = 'Too many requests in this minute. Try again later.';
  const error = createPublicError('RATE_LIMITED', message, requestId);
  error.extensions.retryAfterMs = retryAfterMs;
  return error;
}

/** The result of an operation that was not run. */
export function toRefusedResult(errors: readonly GraphQLError[]): object {
  return { errors, extensions: { atlas: nothingAsked, cost: { values: 0 } } };
}

/** Answers a request to the graph with one error, before anything of it was run. */
export function refuse(
  arrival: Arrival,
  status: number,
  error: GraphQLError,
  headers: Readonly<Record<string, string>> = {},
): void {
  const { transport, tenantId } = arrival;
  arrival.events.onRefused?.({ transport, tenantId, code: codeOf(error) });
  const type = 'application/graphql-response+json';
  const { retryAfterMs } = error.extensions;
  sendJson(arrival, status, toRefusedResult([error]), {
    // Clients that ask for this type read the errors; of plain JSON they would read the status alone.
    ...(arrival.request.headers.accept?.includes(type)
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
  arrival: Arrival,
  status: number,
  message: string,
  headers?: Readonly<Record<string, string>>,
): void {
  const error = createPublicError('BAD_USER_INPUT', message, arrival.requestId);
  refuse(arrival, status, error, headers);
}

/** The same for a request that came when there was no place for it; it may come again. */
export function refuseForNow(arrival: Arrival, status: 429 | 503, message: string): void {
  refuse(arrival, status, createPublicError('RATE_LIMITED', message, arrival.requestId));
}

/** The same for a request that came when this gateway was about to end. */
export function refuseClosing(arrival: Arrival): void {
  refuseForNow(arrival, 503, 'This gateway is closing. Connect again.');
}

/** Whether a content type is JSON: anything else could be posted by a form, without a preflight. */
export function isJson(contentType: string | undefined): boolean {
  return /^application\/(graphql\+)?json\s*(;|$)/i.test(contentType ?? '');
}
