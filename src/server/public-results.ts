import type { ExecutionResult } from 'graphql';
import { toPublicError } from '../schema/errors.ts';

type Result = ExecutionResult<unknown, unknown>;

/**
 * A result with every error as a client may see it and the request's id. Of a stream, each result;
 * and where the stream itself fails, one last result that says so, on every transport alike.
 */
export function withPublicErrors<Given>(
  given: Given,
  requestId: string,
  onEnd: () => void = () => {},
): Given {
  if (isStream(given)) {
    // The stream is replaced by one of the same kind of results.
    return toPublicStream(given, requestId, onEnd) as Given;
  }
  onEnd();
  return isResult(given) ? (toPublicResult(given, requestId) as Given) : given;
}

function toPublicResult(result: Result, requestId: string): Result {
  if (!result.errors) return result;
  return { ...result, errors: result.errors.map((error) => toPublicError(error, requestId)) };
}

function isResult(value: unknown): value is Result {
  return typeof value === 'object' && value !== null && ('data' in value || 'errors' in value);
}

function isStream(value: unknown): value is AsyncIterable<Result> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function toPublicStream(
  stream: AsyncIterable<Result>,
  requestId: string,
  onEnd: () => void,
): AsyncIterableIterator<Result> {
  const source = stream[Symbol.asyncIterator]();
  let hasEnded = false;
  function end(): IteratorResult<Result> {
    if (!hasEnded) onEnd();
    hasEnded = true;
    return { done: true, value: undefined };
  }
  const published: AsyncIterableIterator<Result> = {
    async next() {
      if (hasEnded) return end();
      try {
        const { done, value } = await source.next();
        return done ? end() : { done: false, value: toPublicResult(value, requestId) };
      } catch (error) {
        end();
        return { done: false, value: { errors: [toPublicError(error, requestId)] } };
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
