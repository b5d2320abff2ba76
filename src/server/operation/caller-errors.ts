import type { GraphQLError } from 'graphql';
import { createPublicError } from '../../schema/operation/errors.ts';
import { nothingAsked } from './atlas-cost.ts';

/** The error for a request without a valid API key, token or grant. */
export function unauthenticated(requestId?: string): GraphQLError {
  const message = 'Send a valid API key or token, as the header Authorization: Bearer <key>.';
  return createPublicError('UNAUTHENTICATED', message, requestId);
}

/** The last error of a stream whose key, token or grant has ended. */
export function keyEnded(requestId: string): GraphQLError {
  const message = 'The key or grant that opened this has ended. Connect again with a newer one.';
  return createPublicError('UNAUTHENTICATED', message, requestId);
}

/** The last error of a subscription that needs a right which its caller's newer credential lacks. */
export function rightsEnded(requestId: string): GraphQLError {
  const message = 'The newer key or token of this connection does not permit this any more.';
  return createPublicError('FORBIDDEN', message, requestId);
}

/** The error for a token that cannot be checked now; it says when to try again. */
export function identityUnavailable(requestId?: string): GraphQLError {
  const message = 'Who you are cannot be checked at the moment. Try again later.';
  const error = createPublicError('IDENTITY_UNAVAILABLE', message, requestId);
  error.extensions.retryAfterMs = 5_000;
  return error;
}

/** The error for a caller over its rate limit; `retryAfterMs` says when the next request may come. */
export function tooManyRequests(retryAfterMs: number, requestId?: string): GraphQLError {
  const message = 'Too many requests in this minute. Try again later.';
  const error = createPublicError('RATE_LIMITED', message, requestId);
  error.extensions.retryAfterMs = retryAfterMs;
  return error;
}

/** The result of an operation that was refused before it was run: its errors, and no cost. */
export function toRefusedResult(errors: readonly GraphQLError[]): object {
  return { errors, extensions: { atlas: nothingAsked, cost: { values: 0 } } };
}
