import type { ExecutionResult, GraphQLError } from 'graphql';
import { toPublicError } from '../../schema/operation/errors.ts';
import type { Asked } from './asked.ts';
import { type AtlasCost, toAtlasCost } from './atlas-cost.ts';
import { toToldMessage } from './opaque-faults.ts';

type Result = ExecutionResult<unknown, Record<string, unknown>>;

/**
 * A result with every error as a client may see it, the request's id, and what it cost. Of a stream,
 * each result with its own cost; and where the stream itself fails, one last result that says so, on
 * every transport alike.
 */
export function withPublicErrors<Given>(given: Given, asked: Asked): Given {
  if (isStream(given)) {
    // The stream is replaced by one of the same kind of results.
    return toPublicStream(given, asked) as Given;
  }
  return isResult(given) ? (toPublicResult(given, asked, toAtlasCost(asked)) as Given) : given;
}

/** An error as this caller may see it. */
export function toShownError(thrown: unknown, asked: Asked): GraphQLError {
  const shown = toPublicError(thrown, asked.requestId);
  shown.message = toToldMessage(shown.message, asked);
  return shown;
}

function toPublicResult(result: Result, asked: Asked, atlas: AtlasCost): Result {
  const extensions = { ...result.extensions, atlas, cost: { values: asked.values } };
  if (!result.errors) return { ...result, extensions };
  const errors = result.errors.map((error) => toShownError(error, asked));
  return { ...result, errors, extensions };
}

function isResult(value: unknown): value is Result {
  return typeof value === 'object' && value !== null && ('data' in value || 'errors' in value);
}

function isStream(value: unknown): value is AsyncIterable<Result> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function toPublicStream(
  stream: AsyncIterable<Result>,
  asked: Asked,
): AsyncIterableIterator<Result> {
  const source = stream[Symbol.asyncIterator]();
  let hasEnded = false;
  let before: AtlasCost | undefined;
  function tell(result: Result): IteratorResult<Result> {
    const total = toAtlasCost(asked);
    const value = toPublicResult(result, asked, toAtlasCost(asked, before));
    before = total;
    return { done: false, value };
  }
  function end(): IteratorResult<Result> {
    hasEnded = true;
    return { done: true, value: undefined };
  }
  const published: AsyncIterableIterator<Result> = {
    async next() {
      if (hasEnded) return end();
      try {
        const { done, value } = await source.next();
        return done ? end() : tell(value);
      } catch (error) {
        end();
        return tell({ errors: [toShownError(error, asked)] });
      }
    },
    async return() {
      end();
      await source.return?.();
      return { done: true, value: undefined };
    },
    // graphql-sse only closes what can also throw.
    async throw(error) {
      end();
      await source.return?.();
      throw error;
    },
    [Symbol.asyncIterator]: () => published,
  };
  return published;
}
