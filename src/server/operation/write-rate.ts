import type { ExecutionResult } from 'graphql';
import { countRootFields } from '../../schema/cost/selections.ts';
import type { Executable } from '../execution/executable.ts';
import { tooManyRequests } from './caller-errors.ts';
import type { RateLimit } from './rate-limit.ts';
import { requestContextOf, toCounted } from './request-context.ts';

/**
 * Counts the fields of a mutation against its caller's rate, each as a request. Returns null where it
 * may run, or the result that refuses it as a whole.
 */
export type CountWrites = (executable: Executable) => Promise<ExecutionResult | null> | null;

/**
 * The first field is the request that was counted when it came; the others are counted here, before
 * any of them is run: all, or none where only a part is left in this minute.
 */
export function createCountWrites({ take }: Pick<RateLimit, 'take'>): CountWrites {
  return ({ document, operation, variables, contextValue }) => {
    const fields = countRootFields(document, operation, variables.declared);
    if (fields < 2) return null;
    const { principal, requestId } = requestContextOf(contextValue);
    return take(toCounted(principal), fields - 1).then((retryAfterMs) => {
      if (retryAfterMs === null) return null;
      const error = tooManyRequests(retryAfterMs, requestId);
      const headers = { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
      error.extensions.http = { status: 429, headers };
      return { errors: [error] };
    });
  };
}
