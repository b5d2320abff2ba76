import { type ExecutionArgs, type ExecutionResult, GraphQLError, OperationTypeNode } from 'graphql';
import type { GatewayContext } from '../../schema/operation/context.ts';
import { AuthorityEndedError } from '../../schema/operation/errors.ts';
import { type Asked, askedOf } from './asked.ts';
import type { Execute } from './execution.ts';

/** After how long, in milliseconds, what was known of a caller at the beginning is read again. */
const freshMs = 5_000;

/**
 * Runs a query for a caller that still has its authority at the end: a result that was waited for is
 * an UNAUTHENTICATED error where the key or grant has ended or lost a scope meanwhile. The result of
 * a mutation is left, because it says what was done.
 */
export function confirmAuthority(execute: Execute, monotonicMs: () => number): Execute {
  async function confirm(
    args: ExecutionArgs,
    running: Promise<ExecutionResult>,
  ): Promise<ExecutionResult> {
    const result = await running;
    const asked = askedOf(args.contextValue);
    if (asked.kind === OperationTypeNode.MUTATION) return result;
    try {
      if (await holds(asked)) return result;
      return toRefusal(args, new AuthorityEndedError());
    } catch (error) {
      return toRefusal(args, error instanceof Error ? error : new Error('no authority'));
    }
  }

  function holds({ principal, startedAt }: Asked): Promise<boolean> | boolean {
    const isLong = principal.grant !== null && monotonicMs() - startedAt > freshMs;
    return isLong ? principal.recheck() : principal.isCurrent();
  }

  return (args) => {
    const result = execute(args);
    return result instanceof Promise ? confirm(args, result) : result;
  };
}

function toRefusal({ contextValue }: ExecutionArgs, cause: Error): ExecutionResult {
  // The context of every operation is made by createContext.
  const { operation } = contextValue as GatewayContext;
  // What was read is not shown, and so not put on record.
  operation.reads.take();
  return { errors: [new GraphQLError(cause.message, { originalError: cause })], data: null };
}
