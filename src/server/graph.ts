import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  getOperationAST,
  type OperationTypeNode,
} from 'graphql';
import type { NotedReads } from '../privacy/audit.ts';
import { createPublicError } from '../schema/errors.ts';
import type { Asked } from './asked.ts';
import type { OperationEvents } from './operation-events.ts';
import type { ReadQuery } from './persisted-operations.ts';
import { toShownError, withPublicErrors } from './public-results.ts';
import { takeReads } from './record-reads.ts';
import { createSteps, type Steps, type StepsOptions } from './steps.ts';
import type { Yoga } from './yoga.ts';

export interface GraphOptions extends StepsOptions {
  /** Finds the text of an operation that came by HTTP; other transports find it themselves. */
  readonly readQuery: ReadQuery;
  /** What is told of operations that Yoga answers by HTTP; all others are told of elsewhere. */
  readonly events?: OperationEvents;
}

/** The graph, ready to be asked. */
export interface Graph {
  readonly steps: Steps;
  /**
   * The steps as Yoga takes them, for all but plain queries and mutations. It is loaded when the
   * first operation needs it: that takes longer than all the rest of the start.
   */
  loadYoga(): Promise<Yoga>;
}

/** Makes the graph; plain operations go by its steps, other transports take `prepareOperation`. */
export function createGraph({ readQuery, events = {}, ...options }: GraphOptions): Graph {
  const steps = createSteps(options);
  let yoga: Promise<Yoga> | undefined;
  return {
    steps,
    loadYoga() {
      yoga ??= import('./yoga.ts').then(({ createYogaOf }) =>
        createYogaOf(steps, readQuery, events),
      );
      return yoga;
    },
  };
}

/** The error of a subscription that finds no place. */
export function tooManySubscriptions(requestId: string): GraphQLError {
  const message = 'Too many subscriptions are open. End some, or try again later.';
  return createPublicError('RATE_LIMITED', message, requestId);
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
  /** The personal data that the latest result of a subscription shows, for the audit; taken once. */
  readonly takeReads: () => NotedReads;
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
    const yoga = await graph.loadYoga();
    const enveloped = yoga.getEnveloped({ asked, params });
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
    return { ...args, kind: operation.operation, run, takeReads: () => takeReads(args) };
  } catch (error) {
    return refuse([error]);
  }
}

/** Without what only HTTP reads. */
export function withoutHttp(error: GraphQLError): GraphQLError {
  delete error.extensions.http;
  return error;
}
