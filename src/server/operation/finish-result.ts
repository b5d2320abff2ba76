import type { ExecutionResult } from 'graphql';
import type { Executed } from './record-reads.ts';
import type { Steps } from './steps.ts';

/** Returns a result with its errors masked. */
export function withMasks(steps: Steps, result: ExecutionResult): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map(steps.mask) } : result;
}

/**
 * Puts on record what a result shows, and returns it with its errors masked; where it can't be put on
 * record, the result that says so.
 */
export function finishResult(
  steps: Steps,
  args: Executed,
  result: ExecutionResult,
): ExecutionResult {
  return withMasks(steps, steps.record(args, result) ?? result);
}

/**
 * Releases what was loaded for each result of a stream, and masks its errors; what ends it early is
 * masked too. Each reader of a result puts it on record for itself.
 */
export function finishStream(
  steps: Steps,
  args: Executed,
  results: AsyncIterable<ExecutionResult>,
): AsyncIterableIterator<ExecutionResult> {
  const source = results[Symbol.asyncIterator]();
  const finished: AsyncIterableIterator<ExecutionResult> = {
    async next() {
      try {
        const { done, value } = await source.next();
        if (done) return { done, value: undefined };
        const settling = steps.long.settle(args, value);
        const settled = settling ? await settling : value;
        const shown = steps.release(args, settled) ?? settled;
        return { done: false, value: withMasks(steps, shown) };
      } catch (error) {
        throw steps.mask(error);
      }
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => finished,
  };
  return finished;
}
