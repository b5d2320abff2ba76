import type { GraphQLError } from 'graphql';
import { createPublicError } from '../schema/errors.ts';
import { type Arrival, sendJson } from './http.ts';

/** The error of a caller who is nobody. */
export function unauthenticated(requestId?: string): GraphQLError {
  const message = 'Send a valid API key, as the header Authorization: Bearer <key>.';
  return createPublicError('UNAUTHENTICATED', message, requestId);
}

/** Answers a request to the graph with one error, before anything of it was run. */
export function refuse({ request, response }: Arrival, status: number, error: GraphQLError): void {
  const type = 'application/graphql-response+json';
  sendJson(
    response,
    status,
    { errors: [error] },
    {
      // Clients that ask for this type read the errors; of plain JSON they would read the status alone.
      ...(request.headers.accept?.includes(type)
        ? { 'content-type': `${type}; charset=utf-8` }
        : {}),
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      // What is left of a body that is too long is not read.
      ...(status === 413 ? { connection: 'close' } : {}),
    },
  );
}

/** The same for a request that can't be read as an operation. */
export function refuseInput(arrival: Arrival, status: number, message: string): void {
  refuse(arrival, status, createPublicError('BAD_USER_INPUT', message, arrival.requestId));
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
