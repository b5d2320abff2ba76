import { type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql';
import type { Audit, NotedReads } from '../../privacy/audit.ts';
import { forgetChecks } from '../../schema/access.ts';
import type { GatewayContext } from '../../schema/operation/context.ts';
import type { Asked } from './asked.ts';

/** An operation as far as its context goes. */
export type Executed = Pick<ExecutionArgs, 'contextValue'>;

/**
 * Puts on record what an answer shows of personal data, before the answer leaves. Returns null, or the
 * result to show instead where the record can't be written. Releases what was loaded for the answer.
 */
export function recordReads(args: Executed): ExecutionResult | null {
  return orRefusal(() => {
    releaseAnswer(args);
    operationOf(args).reads.flush();
  });
}

/** Releases what was loaded for an event; its reads stay noted until they are taken. */
export function releaseAnswer({ contextValue }: Executed): void {
  // The context of every operation is made by createContext.
  const context = contextValue as GatewayContext;
  forgetChecks(context);
  context.operation.release();
}

/** Takes the reads of an event that is about to be published, for a line of each of its readers. */
export function takeReads(args: Executed): NotedReads {
  return operationOf(args).reads.take();
}

/**
 * Puts on record that one reader of a shared answer is shown it, under the reader's own request id.
 * Returns null, or the result to show instead where the record can't be written.
 */
export function recordDelivery(
  audit: Audit,
  { principal, requestId }: Pick<Asked, 'principal' | 'requestId'>,
  reads: NotedReads,
): ExecutionResult | null {
  return orRefusal(() => {
    const { tenant, callerId } = principal;
    const reader = audit.begin({ tenantId: tenant.id, callerId, requestId });
    reader.noteAgain(reads);
    reader.flush();
  });
}

function orRefusal(write: () => void): ExecutionResult | null {
  try {
    write();
    return null;
  } catch (error) {
    const cause = error instanceof Error ? error : new Error('the audit failed', { cause: error });
    return { errors: [new GraphQLError('the audit failed', { originalError: cause })], data: null };
  }
}

function operationOf({ contextValue }: Executed): GatewayContext['operation'] {
  // The context of every operation is made by createContext.
  return (contextValue as GatewayContext).operation;
}
