import type { ExecutionResult, GraphQLError } from 'graphql';
import { type Log, toErrorFields } from '../../logging/log.ts';
import { isInternal, toPublicError } from '../../schema/operation/errors.ts';
import { type AtlasCost, toAtlasCost } from './atlas-cost.ts';
import { toToldMessage } from './opaque-faults.ts';
import { type ResultErrors, toRefusedFaults } from './operation-events.ts';
import type { RequestContext } from './request-context.ts';

/** A result with public errors, the cost of the operation, and nothing else. */
export type PublicResult = ExecutionResult<unknown, Record<string, unknown>>;

/** The status and headers that an error asks for over HTTP. */
export interface HttpAdvice {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether an answer in `application/json` has 200 in place of the status (GraphQL over HTTP, 6.4.1). */
  readonly spec?: boolean;
}

/** An answer to an operation, ready to be sent on any transport. */
export interface Answer {
  /** The result as JSON. */
  readonly text: string;
  /** The errors of the result; null: none. */
  readonly faults: ResultErrors | null;
  /** Its status and headers over HTTP; null: 200, because the operation was executed. */
  readonly http: HttpAdvice | null;
}

/** The answer to an operation that was refused before it was executed. */
export interface Refused extends Answer {
  readonly isReady: false;
  readonly errors: readonly GraphQLError[];
}

/** Turns results into answers. */
export interface Answers {
  /** An error without anything that is not for clients; internal errors go to the log. */
  mask(error: unknown): GraphQLError;
  /** A result as a client may see it, with its cost since `before`. */
  toPublic(request: RequestContext, result: ExecutionResult, before?: AtlasCost): PublicResult;
  refuse(request: RequestContext, errors: readonly unknown[]): Refused;
}

/** Creates the answers of a process. */
export function createAnswers(log: Log): Answers {
  function mask(error: unknown): GraphQLError {
    const shown = toPublicError(error);
    // An error that was masked before is in the log.
    if (shown !== error && isInternal(error)) {
      log.error('a resolver failed', toErrorFields(error));
    }
    return shown;
  }

  function toPublic(
    request: RequestContext,
    result: ExecutionResult,
    before?: AtlasCost,
  ): PublicResult {
    const cost = { values: request.values };
    const extensions = { ...result.extensions, atlas: toAtlasCost(request, before), cost };
    if (!result.errors) return { ...result, extensions };
    const errors = result.errors.map((error) => toShownError(mask(error), request));
    return { ...result, errors, extensions };
  }

  return {
    mask,
    toPublic,
    refuse(request, errors) {
      const shown = errors.map((error) => toShownError(mask(error), request));
      const http = takeHttp(shown) ?? notValid;
      const result = toPublic(request, { errors: shown });
      const text = JSON.stringify(result);
      return { isReady: false, errors: shown, text, faults: toRefusedFaults(shown), http };
    },
  };
}

/** The status of a request that is not valid (GraphQL over HTTP, 6.4.1). */
export const notValid: HttpAdvice = { status: 400, spec: true };

/** An error as this caller may see it. */
function toShownError(error: unknown, request: RequestContext): GraphQLError {
  const shown = toPublicError(error, request.requestId);
  shown.message = toToldMessage(shown.message, request);
  return shown;
}

/** Takes the advice of the first error out of all errors; undefined where it has none. */
export function takeHttp(errors: readonly GraphQLError[] | undefined): HttpAdvice | undefined {
  const advice = errors?.[0]?.extensions.http;
  for (const { extensions } of errors ?? []) if (extensions.http) delete extensions.http;
  // Only errors of this gateway and of Yoga have the extension, in this form.
  return advice as HttpAdvice | undefined;
}
