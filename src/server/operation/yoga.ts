import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import type { GatewayContext } from '../../schema/operation/context.ts';
import { createPublicError } from '../../schema/operation/errors.ts';
import { askedOf, type ServerContext } from './asked.ts';
import { faultsOf, type OperationEvents, tellResult } from './operation-events.ts';
import { createPersistedPlugin, type ReadQuery } from './persisted-operations.ts';
import { withPublicErrors } from './public-results.ts';
import type { Steps } from './steps.ts';

export type Yoga = YogaServerInstance<ServerContext, GatewayContext>;

/**
 * GraphQL over HTTP in all its forms, but for subscriptions. What is done with an operation are the
 * steps; Yoga only decides when.
 */
export function createYogaOf(steps: Steps, readQuery: ReadQuery, events: OperationEvents): Yoga {
  return createYoga<ServerContext, GatewayContext>({
    schema: steps.schema,
    graphqlEndpoint: '/graphql',
    context: ({ asked }) => steps.createContext(asked),
    plugins: [
      takeGiven,
      createPersistedPlugin(readQuery),
      takeSteps(steps),
      refuseSubscriptions,
      recordReads(steps),
      publishErrors(steps, events),
    ],
    // The steps remember.
    parserAndValidationCache: false,
    maskedErrors: {
      errorMessage: '',
      maskError: (error) => refuseUnread(error, steps.mask(error)),
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

function takeSteps(steps: Steps): Plugin<GatewayContext, ServerContext> {
  return {
    onParse({ context, setParseFn }) {
      setParseFn((source) =>
        steps.parse(typeof source === 'string' ? source : source.body, askedOf(context)),
      );
    },
    onValidate({ context, setValidationFn }) {
      setValidationFn((_schema, document) => steps.validate(document, askedOf(context)));
    },
    onExecute({ args, setExecuteFn, setResultAndStopExecution }) {
      const refusal = steps.admit(args);
      if (refusal) setResultAndStopExecution({ errors: [refusal] });
      else setExecuteFn(steps.execute);
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const refusal = steps.admit(args);
      if (refusal) setResultAndStopExecution({ errors: [refusal] });
    },
  };
}

/** What came with the request is known by now, and is not read from it again. */
const takeGiven: Plugin<GatewayContext, ServerContext> = {
  onRequestParse({ serverContext: { given }, setRequestParser }) {
    if (given !== undefined) setRequestParser(() => given);
  },
};

/** Refuses subscriptions: Yoga answers whole, and those that can be answered run elsewhere. */
const refuseSubscriptions: Plugin<GatewayContext, ServerContext> = {
  onSubscribe({ args: { contextValue }, setResultAndStopExecution }) {
    const message = 'Subscribe over WebSocket, or with the header Accept: text/event-stream.';
    const error = createPublicError('BAD_USER_INPUT', message, askedOf(contextValue).requestId);
    setResultAndStopExecution({ errors: [error] });
  },
};

function recordReads(steps: Steps): Plugin<GatewayContext, ServerContext> {
  return {
    onExecute: ({ args }) => ({
      async onExecuteDone({ result, setResult }) {
        const whole = toWholeResult(result);
        const settling = steps.long.settle(args, whole);
        const settled = settling ? await settling : whole;
        const refused = steps.record(args, settled);
        if (refused) setResult(refused);
        else if (settling) setResult(settled);
      },
    }),
  };
}

/** A result that is whole; nothing of this graph is streamed in parts. */
function toWholeResult(result: AsyncIterable<unknown> | ExecutionResult): ExecutionResult {
  return Symbol.asyncIterator in result ? {} : result;
}

function publishErrors(
  steps: Steps,
  events: OperationEvents,
): Plugin<GatewayContext, ServerContext> {
  return {
    async onResultProcess({ result, setResult, serverContext: { asked } }) {
      if (Array.isArray(result)) return; // batching is off
      const shown = withPublicErrors(result, asked);
      tellResult(events, asked, faultsOf(shown));
      const errors = 'errors' in shown ? shown.errors : undefined;
      const written = errors ? { ...shown, errors: errors.map(toWritten) } : shown;
      const writing = steps.long.write(written, asked);
      const text = typeof writing === 'string' ? writing : await writing;
      // Yoga would write all of it at once.
      setResult({ ...shown, stringify: () => text });
    },
  };
}

/** An error as it is written: Yoga reads its status from `extensions.http`, which is not for clients. */
function toWritten(error: GraphQLError): GraphQLFormattedError {
  const { http: _, ...extensions } = error.extensions;
  return { ...error.toJSON(), extensions };
}
