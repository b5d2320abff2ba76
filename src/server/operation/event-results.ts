import type { ExecutionResult } from 'graphql';
import type { Answers, PublicResult } from './answers.ts';
import { takeHttp } from './answers.ts';
import { type AtlasCost, toAtlasCost } from './atlas-cost.ts';
import type { OperationContext } from './request-context.ts';

/** Takes in one event of a subscription: settles it, releases its records, and bounds its size. */
export type SettleEvent = (result: ExecutionResult) => Promise<ExecutionResult> | ExecutionResult;

/**
 * The results of a subscription as its readers may see them, each with its own cost. A failure of the
 * stream itself is one last result, on every transport alike. Ending it ends its source at once.
 */
export function toEventResults(
  results: AsyncIterable<ExecutionResult>,
  { request }: OperationContext,
  answers: Answers,
  settle: SettleEvent,
): AsyncIterableIterator<PublicResult> {
  const source = results[Symbol.asyncIterator]();
  let hasEnded = false;
  let before: AtlasCost | undefined;

  function show(result: ExecutionResult): IteratorResult<PublicResult> {
    const value = answers.toPublic(request, result, before);
    takeHttp(value.errors);
    before = toAtlasCost(request);
    return { done: false, value };
  }

  function end(): IteratorResult<PublicResult> {
    hasEnded = true;
    return { done: true, value: undefined };
  }

  const shown: AsyncIterableIterator<PublicResult> = {
    async next() {
      if (hasEnded) return end();
      try {
        const { done, value } = await source.next();
        if (done) return end();
        const settled = settle(value);
        return show(settled instanceof Promise ? await settled : settled);
      } catch (error) {
        end();
        return show({ errors: [answers.mask(error)] });
      }
    },
    async return() {
      await source.return?.();
      return end();
    },
    [Symbol.asyncIterator]: () => shown,
  };
  return shown;
}
