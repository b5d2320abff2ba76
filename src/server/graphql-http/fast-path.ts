import { jsonFormOf } from '../http/accept.ts';
import { type HttpContext, sendWhole } from '../http/http.ts';
import type { OperationParams } from '../http/operation-params.ts';
import type { Answer, HttpAdvice } from '../operation/answers.ts';
import { notifyResult } from '../operation/operation-events.ts';
import type { OperationPipeline } from '../operation/operation-pipeline.ts';
import { isNamedByHash } from '../operation/persisted-operations.ts';
import type { RequestContext } from '../operation/request-context.ts';
import { answerOnce } from './answer-once.ts';

/** Answers an operation that was sent by POST; false where it declined, and nothing was done. */
export type FastPath = (
  http: HttpContext,
  request: RequestContext,
  given: unknown,
) => Promise<boolean> | boolean;

/**
 * Creates the fast path for nearly every request: an operation as JSON, by POST. Its steps are those
 * of the pipeline; it leaves out the layers that find out about every other form of a request, and
 * declines those.
 */
export function createFastPath(pipeline: OperationPipeline): FastPath {
  async function run(
    http: HttpContext,
    request: RequestContext,
    form: string,
    given: OperationParams,
  ): Promise<boolean> {
    const answer = await answerOnce(pipeline, request, given);
    notifyResult(http.events, request, answer.faults);
    send(http, form, answer);
    return true;
  }

  return (http, request, given) => {
    const form = jsonFormOf(http.request.headers.accept);
    if (http.request.method !== 'POST' || form === null || !isPlain(given)) return false;
    http.lane = 'plain';
    return run(http, request, form, given);
  };
}

function send(http: HttpContext, form: string, { text, http: advice }: Answer): void {
  if (http.response.destroyed) return;
  const length = Buffer.byteLength(text);
  const head = {
    'content-length': length,
    'content-type': `${form}; charset=utf-8`,
    ...advice?.headers,
  };
  // ASCII has the same bytes in both, and is copied faster as Latin 1.
  const coding = length === text.length ? 'latin1' : 'utf8';
  sendWhole(http, toStatus(advice, form), head, text, coding);
}

function toStatus(advice: HttpAdvice | null, form: string): number {
  if (advice === null) return 200;
  // Clients of this type take any other status for a failure of the transport.
  return advice.spec && form === 'application/json' ? 200 : advice.status;
}

/** Whether a request holds an operation, each member of its type, and no other members. */
function isPlain(given: unknown): given is OperationParams {
  if (!isObject(given)) return false;
  for (const name in given) if (!Object.hasOwn(members, name)) return false;
  const { query, operationName, variables, extensions } = given;
  return (
    (operationName == null || typeof operationName === 'string') &&
    (variables == null || isObject(variables)) &&
    (extensions == null || isObject(extensions)) &&
    (typeof query === 'string' || (query == null && isNamedByHash({ extensions })))
  );
}

const members = { query: true, operationName: true, variables: true, extensions: true };

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
