import { type ExecutionArgs, type ExecutionResult, getOperationAST } from 'graphql';
import type { GraphQLHTTPExtensions } from 'graphql-yoga';
import type { Place } from '../execution/kept-answers.ts';
import { jsonFormOf } from '../http/accept.ts';
import { type Arrival, sendWhole } from '../http/http.ts';
import type { OperationParams } from '../http/operation-params.ts';
import type { Asked } from '../operation/asked.ts';
import { withMasks } from '../operation/finish-result.ts';
import { withoutHttp } from '../operation/graph.ts';
import { faultsOf, tellResult } from '../operation/operation-events.ts';
import type { ReadQuery } from '../operation/persisted-operations.ts';
import { withPublicErrors } from '../operation/public-results.ts';
import type { Steps } from '../operation/steps.ts';

/** Answers an operation that was posted; false where it is left to others, and nothing was done. */
export type AnswerPlain = (
  arrival: Arrival,
  asked: Asked,
  given: unknown,
) => Promise<boolean> | boolean;

export interface PlainAnswerOptions {
  readonly steps: Steps;
  readonly readQuery: ReadQuery;
}

/**
 * The short way for what nearly everybody sends: a valid query or mutation, as JSON, by POST. The
 * steps are those of every operation; what is left out are the layers that find out about all the
 * other forms a request may have. Whatever is not plain, or not to be run, is left to those.
 */
export function createPlainAnswer({ steps, readQuery }: PlainAnswerOptions): AnswerPlain {
  function prepare(asked: Asked, given: OperationParams): ExecutionArgs | null {
    try {
      const query = readQuery(given, asked.principal);
      if (query === undefined) return null;
      const document = steps.parse(query, asked);
      if (steps.validate(document, asked).length > 0) return null;
      const kind = getOperationAST(document, given.operationName)?.operation;
      if (kind === undefined || kind === 'subscription') return null;
      const args = {
        schema: steps.schema,
        document,
        operationName: given.operationName,
        variableValues: given.variables,
        contextValue: steps.createContext(asked),
      };
      return steps.admit(args) === null ? args : null;
    } catch {
      // No such text, or none that can be parsed: whoever answers comes upon the same, and says it.
      return null;
    }
  }

  async function run(arrival: Arrival, asked: Asked, form: string, args: ExecutionArgs) {
    let shown: Shown;
    try {
      const place = steps.kept.place(args);
      if (place?.data !== undefined) {
        shown = record(args, { data: null }, place.data);
      } else {
        const running = steps.execute(args);
        const result = running instanceof Promise ? await running : running;
        const settling = steps.long.settle(args, result);
        shown = settling
          ? await keepLong(args, asked, place, await settling)
          : keep(args, place, result);
      }
    } catch (error) {
      shown = { result: { errors: [steps.mask(error)], data: null } };
    }
    const result = withPublicErrors(shown.result, asked);
    const { status = 400, headers = {} } = httpOf(result);
    result.errors?.forEach(withoutHttp);
    tellResult(arrival.events, asked, faultsOf(result));
    // Without data nothing was run: its variables are not what it says they are, or it came too often.
    const head = { status: 'data' in result ? 200 : status, headers, form };
    const body = toBody(result, shown.data) ?? steps.long.write(result, asked);
    send(arrival, head, typeof body === 'string' ? body : await body);
    return true;
  }

  function keep(args: ExecutionArgs, place: Place | null, result: ExecutionResult): Shown {
    if (place === null || result.errors) return record(args, result);
    const data = JSON.stringify(result.data);
    place.keep(data);
    return record(args, result, data);
  }

  async function keepLong(
    args: ExecutionArgs,
    asked: Asked,
    place: Place | null,
    result: ExecutionResult,
  ): Promise<Shown> {
    if (place === null || result.errors) return record(args, result);
    const data = await steps.long.write(result.data, asked);
    place.keep(data);
    return record(args, result, data);
  }

  function record(args: ExecutionArgs, result: ExecutionResult, data?: string): Shown {
    const refused = steps.record(args, result);
    if (refused !== null) return { result: withMasks(steps, refused) };
    return data === undefined ? { result: withMasks(steps, result) } : { result, data };
  }

  return (arrival, asked, given) => {
    const { request } = arrival;
    const form = jsonFormOf(request.headers.accept);
    if (request.method !== 'POST' || form === null || !isPlain(given)) return false;
    const args = prepare(asked, given);
    if (args === null) return false;
    arrival.lane = 'plain';
    return run(arrival, asked, form, args);
  };
}

/** A result, and its data as JSON where they were written already. */
interface Shown {
  readonly result: ExecutionResult;
  readonly data?: string;
}

/** What an answer says by HTTP in front of its body. */
interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The media type. */
  readonly form: string;
}

function send(arrival: Arrival, { status, headers, form }: Head, body: string): void {
  if (arrival.response.destroyed) return;
  const length = Buffer.byteLength(body);
  const head = {
    'content-length': length,
    'content-type': `${form}; charset=utf-8`,
    ...headers,
  };
  // What is ASCII throughout is the same bytes in both, and copied faster.
  const coding = length === body.length ? 'latin1' : 'utf8';
  sendWhole(arrival, status, head, body, coding);
}

/** How an error wants to be sent by HTTP, which Yoga reads too. */
function httpOf({ errors }: ExecutionResult): GraphQLHTTPExtensions {
  return errors?.[0]?.extensions.http ?? {};
}

/** The result around its data; undefined where these are still to be written. */
function toBody(result: ExecutionResult, data: string | undefined): string | undefined {
  if (data === undefined) return undefined;
  return `{"data":${data},"extensions":${JSON.stringify(result.extensions)}}`;
}

/** Whether a request holds the members of an operation and nothing else, each as it should be. */
function isPlain(given: unknown): given is OperationParams {
  if (!isObject(given)) return false;
  for (const name in given) if (!Object.hasOwn(members, name)) return false;
  const { query, operationName, variables, extensions } = given;
  return (
    (query == null || typeof query === 'string') &&
    (operationName == null || typeof operationName === 'string') &&
    (variables == null || isObject(variables)) &&
    (extensions == null || isObject(extensions))
  );
}

const members = { query: true, operationName: true, variables: true, extensions: true };

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
