import { type GraphQLError, type OperationDefinitionNode, OperationTypeNode } from 'graphql';
import { createPublicError } from '../../schema/operation/errors.ts';
import type { RequestContext } from './request-context.ts';

/** Throws a GraphQLError for an operation that its transport may not carry. */
export function checkTransport(
  { transport, mayMutate, requestId }: RequestContext,
  { operation }: OperationDefinitionNode,
): void {
  if (operation === OperationTypeNode.MUTATION && !mayMutate) {
    const error = createPublicError(
      'BAD_USER_INPUT',
      'A mutation must be sent by POST.',
      requestId,
    );
    error.extensions.http = { status: 405, headers: { allow: 'POST' } };
    throw error;
  }
  if (operation === OperationTypeNode.SUBSCRIPTION && transport === 'http') {
    const message = 'Subscribe over WebSocket, or with the header Accept: text/event-stream.';
    const error = createPublicError('BAD_USER_INPUT', message, requestId);
    error.extensions.http = { status: 400 };
    throw error;
  }
}

/** The error of a subscription for which no permit is left. */
export function tooManySubscriptions(requestId: string): GraphQLError {
  const message = 'Too many subscriptions are open. End some, or try again later.';
  return createPublicError('RATE_LIMITED', message, requestId);
}
