import type { ExecutionResult, GraphQLError } from 'graphql';
import type { GatewayContext } from '../../schema/operation/context.ts';
import type { Turns } from '../../turns.ts';
import { isTooLong } from '../execution/answer-size.ts';
import { type Asked, askedOf } from './asked.ts';
import { writeDivided } from './divided-json.ts';
import type { Executed } from './record-reads.ts';

/** What is done with answers that are too long for one turn of the event loop. */
export interface LongAnswers {
  /**
   * Masks the errors of a long answer and assembles its lines of the audit, over several turns. Returns
   * the result, or null at once for a short answer, with which nothing was done.
   */
  settle(args: Executed, result: ExecutionResult): Promise<ExecutionResult> | null;
  /** Writes a result, or a part of one, as JSON: a short one at once, a long one over several turns. */
  write(result: unknown, asked: Asked): string | Promise<string>;
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
  async function settle(args: Executed, result: ExecutionResult): Promise<ExecutionResult> {
    const { answer } = askedOf(args.contextValue);
    // The context of every operation is made by createContext.
    const { operation } = args.contextValue as GatewayContext;
    await operation.reads.assemble(turns, answer);
    // Of one that is too long none of them is told.
    if (result.errors === undefined || isTooLong(answer)) return result;
    const errors: GraphQLError[] = [];
    for (const error of result.errors) {
      if (errors.length % errorsAtOnce === 0 && turns.isLong()) await turns.next(answer);
      errors.push(mask(error));
    }
    return { ...result, errors };
  }

  const isLong = ({ answer }: Asked) => answer.bytes > mostShort;
  return {
    settle: (args, result) => (isLong(askedOf(args.contextValue)) ? settle(args, result) : null),
    write: (result, asked) =>
      isLong(asked) && typeof result === 'object' && result !== null
        ? writeDivided(result, turns, asked.answer)
        : JSON.stringify(result),
  };
}
