import { type ExecutionResult, GraphQLError } from 'graphql';
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import { acceptsJson } from '../http/accept.ts';
import type { Answer } from '../operation/answers.ts';
import { notifyResult, type OperationEvents } from '../operation/operation-events.ts';
import type { OperationPipeline } from '../operation/operation-pipeline.ts';
import { isNamedByHash } from '../operation/persisted-operations.ts';
import type { RequestContext } from '../operation/request-context.ts';
import { answerOnce } from './answer-once.ts';

/** A result with the function that writes it as JSON. */
interface WrittenResult extends ExecutionResult {
  readonly stringify: () => string;
}

/** The context that a request is handed to Yoga with. */
export interface YogaContext {
  readonly requestContext: RequestContext;
  /** The JSON object in the body of the request, where it was read already. */
  readonly given?: object;
}

/** Yoga as the HTTP edge of the pipeline. */
export type Yoga = YogaServerInstance<YogaContext, object>;

/**
 * Creates GraphQL over HTTP in all its forms, but for subscriptions. Yoga reads the request and finds
 * the form and status of the answer; its one plugin hands the operation to the pipeline.
 */
export function createYogaOf(pipeline: OperationPipeline, events: OperationEvents): Yoga {
  return createYoga<YogaContext, object>({
    graphqlEndpoint: '/graphql',
    plugins: [answerByPipeline(pipeline, events)],
    parserAndValidationCache: false,
    maskedErrors: { errorMessage: '', maskError: asUnread },
    // The page, CORS, health and every other path are the server's own.
    graphiql: false,
    // Yoga takes any URL with this end for a health check; no URL has it.
    healthCheckEndpoint: '\n',
    landingPage: false,
    cors: false,
    multipart: false,
    batching: false,
    logging: false,
    // The body was read within a limit before.
    maxRequestBodySize: false,
  });
}

/** A request that holds no operation is a 400 in every form; Yoga would call some of them 200. */
function asUnread(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('the request failed', { cause: error });
  const { http, code } = error instanceof GraphQLError ? error.extensions : {};
  if (code === 'BAD_REQUEST' && http) http.spec = false;
  return error;
}

function answerByPipeline(
  pipeline: OperationPipeline,
  events: OperationEvents,
): Plugin<object, YogaContext> {
  return {
    onRequestParse({ serverContext: { given }, setRequestParser }) {
      if (given !== undefined) setRequestParser(() => given);
    },
    onParams({ params, setParams, setParamsHandler, context: { requestContext } }) {
      // Yoga refuses everything that is no operation, when this hook is done.
      if (typeof params !== 'object' || params === null) return;
      const sent = params;
      // Yoga takes no operation without a text.
      if (sent.query == null && isNamedByHash(sent)) setParams({ ...sent, query: '' });
      setParamsHandler(async () =>
        tell(requestContext, await answerOnce(pipeline, requestContext, sent)),
      );
    },
    onResultProcess({ request, result, setResult, serverContext: { requestContext }, ...process }) {
      // Yoga would send the one result of a query as multipart/mixed, and so of a refused subscription.
      if (requestContext.kind === 'subscription' && !acceptsJson(request.headers.get('accept'))) {
        process.setResultProcessor((_, { Response }) => new Response(null, { status: 406 }), '');
      }
      if (Array.isArray(result) || 'stringify' in result || !('errors' in result)) return;
      setResult(tell(requestContext, pipeline.refuse(requestContext, result.errors ?? [])));
    },
  };

  function tell(request: RequestContext, answer: Answer): WrittenResult {
    notifyResult(events, request, answer.faults);
    return toYogaResult(answer);
  }
}

/** An answer as Yoga sends it: with the error that holds its status, and the text as it is written. */
function toYogaResult({ text, http }: Answer): WrittenResult {
  const stringify = () => text;
  if (http === null) return { data: null, stringify };
  return { errors: [new GraphQLError('refused', { extensions: { http } })], stringify };
}
