import { type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql';
import { forgetChecks } from '../schema/access.ts';
import type { GatewayContext } from '../schema/context.ts';

/**
 * Puts on record what an answer shows of somebody's data, before the answer leaves. What can't be
 * put on record is not shown: then this is the answer. What was loaded for it is let go.
 */
export function recordReads({ contextValue }: ExecutionArgs): ExecutionResult | null {
  // The context of every operation is made by createContext.
  const context = contextValue as GatewayContext;
  try {
    forgetChecks(context);
    context.operation.release();
    context.operation.reads.flush();
    return null;
  } catch (error) {
    const cause = error instanceof Error ? error : new Error('the audit failed', { cause: error });
    return { errors: [new GraphQLError('the audit failed', { originalError: cause })], data: null };
  }
}
