import type { ExecutionArgs } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../schema/context.ts';

/** Puts on record what an answer shows of somebody's data, before the answer leaves. */
export const recordReads: Plugin<GatewayContext> = {
  onExecute: ({ args }) => ({ onExecuteDone: () => flush(args) }),
  onSubscribe: ({ args }) => ({
    onSubscribeResult: () => ({ onNext: () => flush(args), onEnd: () => flush(args) }),
  }),
};

function flush({ contextValue }: ExecutionArgs): void {
  // Yoga made the context, from what createGraph gives it.
  (contextValue as GatewayContext).operation.reads.flush();
}
