import { type ExecutionResult, GraphQLError, OperationTypeNode } from 'graphql';
import { AuthorityEndedError } from '../../schema/operation/errors.ts';
import type { Executable, Execute } from '../execution/executable.ts';
import type { OperationContext, RequestContext } from './request-context.ts';

/** The age, in milliseconds, from which the facts about a grant are read again. */
const freshMs = 5_000;

/**
 * Runs a query for a caller that still has its authority at the end: a result that was waited for is
 * an UNAUTHENTICATED error where the key or grant has ended or lost a scope meanwhile. The result of
 * a mutation is left, because it says what was done.
 */
export function confirmAuthority(
  execute: Execute,
  monotonicMs: () => number,
): Execute<OperationContext> {
  async function confirm(
    { operation, contextValue }: Executable<OperationContext>,
    running: Promise<ExecutionResult>,
  ): Promise<ExecutionResult> {
    const result = await running;
    if (operation.operation === OperationTypeNode.MUTATION) return result;
    try {
      if (await holds(contextValue.request)) return result;
      return toRefusal(contextValue, new AuthorityEndedError());
    } catch (error) {
      return toRefusal(contextValue, error instanceof Error ? error : new Error('no authority'));
    }
  }

  function holds({ principal, startedAt }: RequestContext): Promise<boolean> | boolean {
    const isLong = principal.grant !== null && monotonicMs() - startedAt > freshMs;
    return isLong ? principal.recheck() : principal.isCurrent();
  }

  return (executable) => {
    const result = execute(executable);
    return result instanceof Promise ? confirm(executable, result) : result;
  };
}

function toRefusal({ operation }: OperationContext, cause: Error): ExecutionResult {
  // The values that were read are not shown, and so not put on record.
  operation.reads.take();
  return { errors: [new GraphQLError(cause.message, { originalError: cause })], data: null };
}
