import { type ExecutionResult, type GraphQLError, OperationTypeNode } from 'graphql';
import type { Turns } from '../../turns.ts';
import { isTooLong } from '../execution/answer-size.ts';
import { writeDivided } from './divided-json.ts';
import { answerTooLong } from './limits.ts';
import type { OperationContext, RequestContext } from './request-context.ts';

/** The work on answers that are too long for one turn of the event loop. */
export interface LongAnswers {
  /**
   * Masks the errors of a long answer and assembles its lines of the audit, over several turns. Returns
   * the result, or null at once for a short answer, with which nothing was done.
   */
  settle(context: OperationContext, result: ExecutionResult): Promise<ExecutionResult> | null;
  /** Writes a result, or a part of one, as JSON: a short one at once, a long one over several turns. */
  write(result: unknown, request: RequestContext): string | Promise<string>;
}

/** Bytes of an answer that is short. */
const mostShort = 256 * 1024;
/** Errors that are masked before the turn is looked at again. */
const errorsAtOnce = 16;

/** Divides the ends of long answers over the turns of the process. */
export function createLongAnswers(
  turns: Turns,
  mask: (error: unknown) => GraphQLError,
): LongAnswers {
  async function settle(
    { request: { answer }, operation }: OperationContext,
    result: ExecutionResult,
  ): Promise<ExecutionResult> {
    await operation.reads.assemble(turns, answer);
    // An answer that is too long shows none of them.
    if (result.errors === undefined || isTooLong(answer)) return result;
    const errors: GraphQLError[] = [];
    for (const error of result.errors) {
      if (errors.length % errorsAtOnce === 0 && turns.isLong()) await turns.next(answer);
      errors.push(mask(error));
    }
    return { ...result, errors };
  }

  const isLong = ({ answer }: RequestContext) => answer.bytes > mostShort;
  return {
    settle: (context, result) => (isLong(context.request) ? settle(context, result) : null),
    write: (result, request) =>
      isLong(request) && typeof result === 'object' && result !== null
        ? writeDivided(result, turns, request.answer)
        : JSON.stringify(result),
  };
}

/**
 * Returns the result to show instead of an answer that is too long; null where it is not. Of mutations
 * the fields that were answered are shown; of any other operation nothing is.
 */
export function refuseTooLong(
  { answer, kind }: RequestContext,
  { data = null }: ExecutionResult,
): ExecutionResult | null {
  if (!isTooLong(answer)) return null;
  return {
    errors: [answerTooLong(answer.most)],
    data: kind === OperationTypeNode.MUTATION ? data : null,
  };
}
