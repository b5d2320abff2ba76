import { AtlasError, toAtlasError } from './atlas-error.ts';
import { limitAttempt } from './attempt-limit.ts';
import { type GraphResult, type HttpOptions, post, readResult } from './http.ts';
import type { IdempotencyKeys } from './idempotency-keys.ts';
import { retryDelay } from './retry-delay.ts';
import type { Wake } from './wake.ts';

export interface RequestOptions {
  readonly signal?: AbortSignal;
}

export interface Requests {
  /**
   * Sends one query or mutation; again with another token where the first was refused. Rejects with
   * `AtlasError` where there is no `data`.
   */
  request<Data>(
    query: string,
    variables?: object,
    options?: RequestOptions,
  ): Promise<GraphResult<Data>>;
  /**
   * Sends a mutation with the variable `$input` until there is an answer, each time with the
   * idempotency key of `name`, also after a reload: the gateway does it once. The key is forgotten
   * once the mutation was answered without an error.
   */
  mutateOnce<Data>(
    name: string,
    mutation: string,
    input: object,
    options?: RequestOptions,
  ): Promise<GraphResult<Data>>;
  /** Has the next mutation of this name be another act. */
  forgetKey(name: string): void;
}

export interface RequestsOptions extends HttpOptions {
  readonly wake: Wake;
  readonly keys: IdempotencyKeys;
  /** The longest wait for a response, in milliseconds. */
  readonly timeoutMs: number;
  readonly mostRetryMs: number;
}

/** Queries and mutations over HTTP. */
export function createRequests(options: RequestsOptions): Requests {
  const { tokens, wake, keys, timeoutMs, mostRetryMs } = options;
  // A wake-up ends waits and streams; a request that is under way has its own time.
  const asleep: Wake = { ...wake, listen: () => () => {} };

  async function send<Data>(
    query: string,
    variables: object,
    signal: AbortSignal,
  ): Promise<GraphResult<Data>> {
    const limit = limitAttempt(signal, asleep, timeoutMs);
    try {
      const posted = await post(options, 'application/json', { query, variables }, limit.signal);
      const result = await readResult<Data>(posted);
      const [first] = result.errors;
      if (result.data === null && first) throw new AtlasError(first, posted.token);
      return result;
    } catch (failure) {
      if (signal.aborted) throw signal.reason;
      throw toAtlasError(failure);
    } finally {
      limit.end();
    }
  }

  async function request<Data>(
    query: string,
    variables: object = {},
    { signal = new AbortController().signal }: RequestOptions = {},
  ): Promise<GraphResult<Data>> {
    try {
      return await send(query, variables, signal);
    } catch (failure) {
      const { code, token = '' } = toAtlasError(failure);
      if (signal.aborted || code !== 'UNAUTHENTICATED') throw failure;
      if (await tokens.isRefusedForGood(token)) throw failure;
      return send(query, variables, signal);
    }
  }

  return {
    request,
    forgetKey: keys.forget,
    async mutateOnce<Data>(
      name: string,
      mutation: string,
      input: object,
      { signal = new AbortController().signal }: RequestOptions = {},
    ): Promise<GraphResult<Data>> {
      const variables = { input: { ...input, idempotencyKey: keys.keyFor(name) } };
      for (let failures = 0; ; failures += 1) {
        let error: AtlasError;
        try {
          const result = await request<Data>(mutation, variables, { signal });
          const [first] = result.errors;
          if (!first) {
            keys.forget(name);
            return result;
          }
          error = new AtlasError(first);
          if (!error.isRetryable) return result;
        } catch (failure) {
          if (signal.aborted) throw failure;
          error = toAtlasError(failure);
          if (!error.isRetryable) throw error;
        }
        const delayMs = retryDelay(failures, mostRetryMs);
        await wake.sleep(Math.max(delayMs, error.retryAfterMs), signal);
        if (signal.aborted) throw signal.reason;
      }
    },
  };
}
