import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  getOperationAST,
  type OperationTypeNode,
  type ValidationRule,
} from 'graphql';
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import type { Principal } from '../identity/principal.ts';
import { type Log, toErrorFields } from '../log.ts';
import { createOperation, type Foundation, type GatewayContext } from '../schema/context.ts';
import { createPublicError, isInternal, toPublicError } from '../schema/errors.ts';
import { createSchema } from '../schema/index.ts';
import { type Asked, askedOf, type ServerContext, toLoggedName } from './asked.ts';
import { createDocumentCaches, createLimits, type QueryLimits } from './limits.ts';
import { faultsOf, type OperationEvents, tellResult } from './operation-events.ts';
import { createPersistedPlugin, type ReadQuery } from './persisted-operations.ts';
import { toShownError, withPublicErrors } from './public-results.ts';
import { recordReads } from './record-reads.ts';

export interface GraphOptions {
  readonly foundation: Foundation;
  readonly limits: QueryLimits;
  /** Finds the text of an operation that came by HTTP; other transports find it themselves. */
  readonly readQuery: ReadQuery;
  /**
   * What the operations of a caller must keep to, besides the language's own rules. Rules are known
   * by their names: two that differ must not share one.
   */
  readonly rulesFor?: (principal: Principal) => readonly ValidationRule[];
  /** Whether the graph is kept from a caller. Nobody is a stranger by default. */
  readonly isStranger?: (principal: Principal) => boolean;
  readonly log: Log;
  /** What is told of operations that come by HTTP; other transports tell of theirs themselves. */
  readonly events?: OperationEvents;
}

export type Graph = YogaServerInstance<ServerContext, GatewayContext>;

/** The graph behind Yoga's own HTTP handling; other transports take `prepareOperation`. */
export function createGraph(options: GraphOptions): Graph {
  const { foundation, limits, readQuery, log, events = {} } = options;
  const schema = createSchema();
  return createYoga<ServerContext, GatewayContext>({
    schema,
    graphqlEndpoint: '/graphql',
    context: ({ asked }) => ({ operation: createOperation(foundation, asked) }),
    plugins: [
      takeGiven,
      createPersistedPlugin(readQuery),
      createStrangerPlugin(options),
      nameOperation,
      createLimits({ schema, limits, log }),
      refuseSubscriptions,
      recordReads,
      createErrorsPlugin(events),
    ],
    parserAndValidationCache: createDocumentCaches(),
    maskedErrors: {
      errorMessage: '',
      maskError: (error) => {
        if (isInternal(error)) log.error('a resolver failed', toErrorFields(error));
        return refuseUnread(error, toPublicError(error));
      },
    },
    // The page, CORS, health and everything outside the graph are the server's own.
    graphiql: false,
    // Yoga takes any URL that ends so for a question after its health; none does.
    healthCheckEndpoint: '\n',
    landingPage: false,
    cors: false,
    multipart: false,
    batching: false,
    logging: false,
    // What comes with a request was read within a limit before.
    maxRequestBodySize: false,
  });
}

/** A request that holds no operation is a 400 whatever it accepts; Yoga would call some of them 200. */
function refuseUnread(error: unknown, shown: GraphQLError): GraphQLError {
  const holdsNone = error instanceof GraphQLError && error.extensions.code === 'BAD_REQUEST';
  if (holdsNone && shown.extensions.http) shown.extensions.http.spec = false;
  return shown;
}

function createStrangerPlugin({
  rulesFor,
  isStranger,
}: GraphOptions): Plugin<GatewayContext, ServerContext> {
  return {
    onParse({ context }) {
      const asked = askedOf(context);
      asked.isStranger = isStranger?.(asked.principal) ?? false;
    },
    onValidate({ context, addValidationRule }) {
      for (const rule of rulesFor?.(askedOf(context).principal) ?? []) addValidationRule(rule);
    },
  };
}

const nameOperation: Plugin<GatewayContext, ServerContext> = {
  onExecute: ({ args }) => name(args),
  onSubscribe: ({ args }) => name(args),
};

function name(args: ExecutionArgs): void {
  const asked = askedOf(args.contextValue);
  const operation = getOperationAST(args.document, args.operationName);
  if (operation) asked.kind = operation.operation;
  const given = operation?.name?.value;
  if (given !== undefined) asked.operationName = toLoggedName(given);
}

/** What came with the request is known by now, and is not read from it again. */
const takeGiven: Plugin<GatewayContext, ServerContext> = {
  onRequestParse({ serverContext: { given }, setRequestParser }) {
    if (given !== undefined) setRequestParser(() => given);
  },
};

/** Yoga answers whole. A subscription is run elsewhere, or its caller takes no events. */
const refuseSubscriptions: Plugin<GatewayContext, ServerContext> = {
  onSubscribe({ args: { contextValue }, setResultAndStopExecution }) {
    // Yoga puts the request it answers into every context it makes.
    const isByYoga = typeof contextValue === 'object' && contextValue && 'request' in contextValue;
    if (!isByYoga) return;
    const message = 'Subscribe over WebSocket, or with the header Accept: text/event-stream.';
    const error = createPublicError('BAD_USER_INPUT', message, askedOf(contextValue).requestId);
    setResultAndStopExecution({ errors: [error] });
  },
};

/** The error of a subscription that finds no place. */
export function tooManySubscriptions(requestId: string): GraphQLError {
  const message = 'Too many subscriptions are open. End some, or try again later.';
  return createPublicError('RATE_LIMITED', message, requestId);
}

function createErrorsPlugin(events: OperationEvents): Plugin<GatewayContext, ServerContext> {
  return {
    onResultProcess({ result, setResult, serverContext: { asked } }) {
      if (Array.isArray(result)) return; // batching is off
      const shown = withPublicErrors(result, asked);
      tellResult(events, asked, faultsOf(shown));
      setResult(shown);
    },
  };
}

export interface OperationParams {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

/** An operation that only has to be run: the same hooks, context and errors as over HTTP. */
export interface PreparedOperation extends ExecutionArgs {
  readonly kind: OperationTypeNode;
  /** Runs it, whatever its kind; the answer is a result, or a stream of results. Never rejects. */
  readonly run: () => Promise<ExecutionResult | AsyncIterable<ExecutionResult>>;
}

/**
 * Parses, validates and gives a context to an operation that came over WebSocket or a single SSE
 * connection. A fault in it is answered as errors and never thrown: a throw would close the socket
 * and take its other operations along. `onEnd` is called once, when the operation is over.
 */
export async function prepareOperation(
  graph: Graph,
  asked: Asked,
  params: OperationParams,
  onEnd: () => void,
): Promise<PreparedOperation | GraphQLError[]> {
  const refuse = (faults: readonly unknown[]): GraphQLError[] => {
    onEnd();
    return faults.map((fault) => withoutHttp(toShownError(fault, asked)));
  };
  try {
    const enveloped = graph.getEnveloped({ asked, params });
    const document = enveloped.parse(params.query);
    const faults = enveloped.validate(enveloped.schema, document);
    if (faults.length > 0) return refuse(faults);
    const operation = getOperationAST(document, params.operationName);
    if (!operation) return refuse([new GraphQLError('operationName: there is no such operation.')]);
    asked.kind = operation.operation;
    const execute =
      operation.operation === 'subscription' ? enveloped.subscribe : enveloped.execute;
    const args = {
      schema: enveloped.schema,
      document,
      operationName: params.operationName ?? null,
      variableValues: params.variables ?? null,
      contextValue: await enveloped.contextFactory(),
    };
    const run = async () => {
      try {
        const result = withPublicErrors(await execute(args), asked, onEnd);
        if ('errors' in result) result.errors?.forEach(withoutHttp);
        return result;
      } catch (error) {
        return withPublicErrors({ errors: refuse([error]) }, asked);
      }
    };
    return { ...args, kind: operation.operation, run };
  } catch (error) {
    return refuse([error]);
  }
}

/** Without what only HTTP reads. */
export function withoutHttp(error: GraphQLError): GraphQLError {
  delete error.extensions.http;
  return error;
}
