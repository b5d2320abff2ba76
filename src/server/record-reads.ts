import { type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../schema/context.ts';

/**
 * Puts on record what an answer shows of somebody's data, before the answer leaves. What can't be
 * put on record is not shown.
 */
export const recordReads: Plugin<GatewayContext> = {
  onExecute: ({ args }) => ({
    onExecuteDone: ({ setResult }) => record(args, setResult),
  }),
  onSubscribe: ({ args }) => ({
    onSubscribeResult: () => ({ onNext: ({ setResult }) => record(args, setResult) }),
  }),
};

function record({ contextValue }: ExecutionArgs, setResult: (result: ExecutionResult) => void) {
  try {
    // Yoga made the context, from what createGraph gives it.
    (contextValue as GatewayContext).operation.reads.flush();
  } catch (error) {
    const cause = error instanceof Error ? error : new Error('the audit failed', { cause: error });
    setResult({ errors: [new GraphQLError('the audit failed', { originalError: cause })] });
  }
}
