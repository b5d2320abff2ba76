import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  getOperationAST,
  type OperationDefinitionNode,
  type OperationTypeNode,
} from 'graphql';
import { type RecordedPrincipal, type Right, recordRights } from '../../identity/rights.ts';
import type { NotedReads } from '../../privacy/audit.ts';
import { createPublicError } from '../../schema/operation/errors.ts';
import { type Asked, toLoggedName } from './asked.ts';
import { finishResult, finishStream, withMasks } from './finish-result.ts';
import { toToldFaults } from './opaque-faults.ts';
import type { OperationEvents } from './operation-events.ts';
import type { ReadQuery } from './persisted-operations.ts';
import { toShownError, withPublicErrors } from './public-results.ts';
import { takeReads } from './record-reads.ts';
import { createSteps, type StepContext, type Steps, type StepsOptions } from './steps.ts';
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

/** An operation that only has to be run, by the same steps as over HTTP. */
export interface PreparedOperation {
  readonly kind: OperationTypeNode;
  /** What a subscription that can be run is shared by; null for all else. */
  readonly shared: SharedPart | null;
  /** Runs it; returns a result, or the stream of results of a subscription. Never rejects. */
  readonly run: () => Promise<ExecutionResult | AsyncIterable<ExecutionResult>>;
}

interface SharedPart {
  /** Equal for subscriptions that tell the same to callers who see the same. */
  readonly key: string;
  /** The personal data that the latest result shows, for the audit; taken once. */
  readonly takeReads: () => NotedReads;
  /** The version that the latest result shows; null: it shows none. */
  readonly versionOf: () => number | null;
  /** The rights of its caller that were used so far. */
  readonly usedRights: () => ReadonlySet<Right>;
}

/**
 * Parses and validates an operation that came over WebSocket or SSE. A fault in it is returned as
 * errors and never thrown: a throw would close the socket and take its other operations along. What it
 * returns holds nothing of the request of a subscription but what it needs for its events.
 */
export function prepareOperation(
  { steps }: Graph,
  asked: Asked,
  params: OperationParams,
): PreparedOperation | GraphQLError[] {
  const toErrors = (faults: readonly unknown[]) =>
    faults.map((fault) => withoutHttp(toShownError(fault, asked)));
  try {
    const document = steps.parse(params.query, asked);
    const faults = steps.validate(document, asked);
    if (faults.length > 0) return toErrors(faults);
    const operation = getOperationAST(document, params.operationName);
    if (!operation)
      return toErrors([new GraphQLError('operationName: there is no such operation.')]);
    asked.kind = operation.operation;
    if (operation.name) asked.operationName = toLoggedName(operation.name.value);
    if (operation.operation === 'subscription') {
      return prepareSubscription(steps, asked, document, operation, params.variables);
    }
    const { operationName, variables: variableValues } = params;
    const run = () => {
      const contextValue = steps.createContext(asked);
      const args = { schema: steps.schema, document, operationName, variableValues, contextValue };
      return runWith(steps, asked, args, async () => await steps.execute(args));
    };
    return { kind: operation.operation, shared: null, run };
  } catch (error) {
    return toErrors([error]);
  }
}

function prepareSubscription(
  steps: Steps,
  asked: Asked,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: OperationParams['variables'],
): PreparedOperation {
  const subscription = steps.subscriptions.read(document, operation, variables);
  const kind = operation.operation;
  if ('errors' in subscription) {
    const errors = toToldFaults(subscription.errors, asked);
    const result = withPublicErrors(withMasks(steps, { errors }), asked);
    result.errors?.forEach(withoutHttp);
    return { kind, shared: null, run: async () => result };
  }
  let contextValue: StepContext | undefined;
  let recorded: RecordedPrincipal | undefined;
  const run = () => {
    recorded = recordRights(asked.principal);
    contextValue = steps.createContext(asked, recorded.principal);
    const args = { ...steps.subscriptions.toArgs(subscription), contextValue };
    return runWith(steps, asked, args, () => steps.subscriptions.start(subscription, contextValue));
  };
  const toReads = () => (contextValue === undefined ? [] : takeReads({ contextValue }));
  const usedRights = () => recorded?.used ?? noRights;
  const versionOf = () => contextValue?.operation.eventVersion ?? null;
  // What its readers have seen already decides which results there are.
  const key = JSON.stringify([subscription.key, asked.resumeAfter ?? null]);
  return { kind, shared: { key, takeReads: toReads, versionOf, usedRights }, run };
}

const noRights: ReadonlySet<Right> = new Set();

async function runWith(
  steps: Steps,
  asked: Asked,
  args: ExecutionArgs,
  start: () => Promise<AsyncIterable<ExecutionResult> | ExecutionResult>,
): Promise<ExecutionResult | AsyncIterable<ExecutionResult>> {
  const { contextValue } = args;
  try {
    const refusal = steps.admit(args);
    const results = refusal ? { errors: [refusal] } : await start();
    if (Symbol.asyncIterator in results) {
      return withPublicErrors(finishStream(steps, { contextValue }, results), asked);
    }
    const settling = steps.long.settle({ contextValue }, results);
    const settled = settling ? await settling : results;
    const result = withPublicErrors(finishResult(steps, { contextValue }, settled), asked);
    result.errors?.forEach(withoutHttp);
    return result;
  } catch (error) {
    return withPublicErrors(
      { errors: [withoutHttp(toShownError(steps.mask(error), asked))] },
      asked,
    );
  }
}

/** Without what only HTTP reads. */
export function withoutHttp(error: GraphQLError): GraphQLError {
  delete error.extensions.http;
  return error;
}
