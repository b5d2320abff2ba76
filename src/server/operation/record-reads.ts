import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Audit, NotedReads } from '../../privacy/audit.ts';
import { forgetChecks } from '../../schema/access.ts';
import type { OperationContext, RequestContext } from './request-context.ts';

/**
 * Puts on record which personal data an answer shows, before the answer leaves. Returns null, or the
 * result to show instead where the record can't be written. Releases the records that were loaded.
 */
export function recordReads(context: OperationContext): ExecutionResult | null {
  return orRefusal(() => {
    releaseAnswer(context);
    context.operation.reads.flush();
  });
}

/** Releases the records that were loaded for an event; its reads stay noted until they are taken. */
export function releaseAnswer(context: OperationContext): void {
  forgetChecks(context);
  context.operation.release();
}

/**
 * Puts on record that one reader of a shared answer is shown it, under the reader's own request id.
 * Returns null, or the result to show instead where the record can't be written.
 */
export function recordDelivery(
  audit: Audit,
  { principal, requestId }: Pick<RequestContext, 'principal' | 'requestId'>,
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
