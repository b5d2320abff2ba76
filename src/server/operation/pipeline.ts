import {
  type ExecutionResult,
  GraphQLError,
  getOperationAST,
  type OperationDefinitionNode,
  OperationTypeNode,
  type ValidationRule,
} from 'graphql';
import type { Principal } from '../../identity/principal.ts';
import type { Log } from '../../logging/log.ts';
import { createSchema } from '../../schema/index.ts';
import type { SchemaDependencies } from '../../schema/operation/context.ts';
import { createOperation } from '../../schema/operation/operation.ts';
import { createTurns, type Turns } from '../../turns.ts';
import { countAnswers } from '../execution/count-answer.ts';
import type { Executable } from '../execution/executable.ts';
import { createVariablesReader } from '../execution/read-variables.ts';
import { createResponseCache, type ResponseCache } from '../execution/response-cache.ts';
import { type Answer, createAnswers, notValid, takeHttp } from './answers.ts';
import { confirmAuthority } from './confirm-authority.ts';
import { createDocuments } from './documents.ts';
import { createExecution } from './execution.ts';
import { createLimits, type QueryLimits, refuseOversize } from './limits.ts';
import { createLongAnswers, refuseTooLong } from './long-answers.ts';
import { toToldFaults } from './opaque-faults.ts';
import { faultsOf } from './operation-events.ts';
import type { OperationPipeline, SentParams } from './operation-pipeline.ts';
import type { ReadQuery } from './persisted-operations.ts';
import type { RateLimit } from './rate-limit.ts';
import { createReadySubscription } from './ready-subscription.ts';
import { recordDelivery, recordReads } from './record-reads.ts';
import { type OperationContext, type RequestContext, toLoggedName } from './request-context.ts';
import { createSubscriptions } from './subscriptions.ts';
import { checkTransport } from './transport-rules.ts';
import { createCountWrites } from './write-rate.ts';

/** The dependencies and rules of a pipeline. */
export interface PipelineOptions {
  readonly foundation: SchemaDependencies;
  readonly limits: QueryLimits;
  /** Finds the text of an operation that was sent, or of the hash that was sent in its place. */
  readonly readQuery: ReadQuery;
  /**
   * Validation rules for the operations of a caller, besides those of the language. Rules are known by
   * their names: two that differ must not share one.
   */
  readonly rulesFor?: (principal: Principal) => readonly ValidationRule[];
  /** Whether a caller may not introspect the schema; by default every caller may. */
  readonly isStranger?: (principal: Principal) => boolean;
  /** The rate limit that the fields of mutations count against; by default they are not counted. */
  readonly rateLimit?: Pick<RateLimit, 'take'> | undefined;
  readonly log: Log;
  /** The response cache; one of its own by default. */
  readonly cache?: ResponseCache;
  /** The turns that long answers are divided over; turns of their own by default. */
  readonly turns?: Turns;
}

/** Creates the pipeline of one schema. */
export function createOperationPipeline(options: PipelineOptions): OperationPipeline {
  const { foundation, readQuery, rulesFor = noRules, isStranger = mayIntrospect } = options;
  const { log, turns = createTurns(), rateLimit } = options;
  const schema = createSchema();
  countAnswers(schema, turns);
  const limits = createLimits({ schema, limits: options.limits, log });
  const documents = createDocuments({ schema, parse: limits.parse });
  const readersOf = createVariablesReader(schema);
  const subscriptions = createSubscriptions(schema, options.limits.isEnforced);
  const { finished, monotonicMs } = foundation;
  const { cache = createResponseCache({ schema, finished, now: monotonicMs }) } = options;
  const countWrites = rateLimit && createCountWrites(rateLimit);
  const run = confirmAuthority(createExecution({ schema, countWrites }), monotonicMs);
  const answers = createAnswers(log);
  const { refuse } = answers;
  const long = createLongAnswers(turns, answers.mask);
  const toReadySubscription = createReadySubscription({ subscriptions, answers, long, begin });

  /** Returns a valid operation, or throws the errors of any other. */
  function read(request: RequestContext, sent: SentParams) {
    request.isStranger = isStranger(request.principal);
    const document = documents.parse(readQuery(sent, request.principal) ?? '');
    const operation = getOperationAST(document, sent.operationName);
    if (!operation) throw new RefusedError([noSuchOperation()]);
    const faults = documents.validate(document, rulesFor(request.principal));
    if (faults.length > 0) throw new RefusedError(toToldFaults(faults, request));
    return { document, operation };
  }

  function prepare(request: RequestContext, sent: SentParams) {
    const oversize = refuseOversize(sent.variables);
    if (oversize !== null) throw oversize;
    const { document, operation } = read(request, sent);
    nameRequest(request, operation);
    checkTransport(request, operation);
    const excess = limits.check(request, { document, operation, variables: sent.variables });
    if (excess !== null) throw excess;
    const variables = readersOf(document, operation)(sent.variables);
    if ('errors' in variables) throw toUnfit(toToldFaults(variables.errors, request));
    const { operation: kind } = operation;
    if (kind === OperationTypeNode.SUBSCRIPTION) {
      const subscription = subscriptions.read(document, operation, variables);
      return toReadySubscription(request, subscription);
    }
    return {
      isReady: true as const,
      kind,
      execute: () => execute({ document, operation, variables, contextValue: begin(request) }),
    };
  }

  /** Creates the context of an execution, for its caller, or for the same caller as it is recorded. */
  function begin(request: RequestContext, principal = request.principal): OperationContext {
    return { request, operation: createOperation(foundation, { ...request, principal }) };
  }

  async function execute(executable: Executable<OperationContext>): Promise<Answer> {
    const { contextValue } = executable;
    try {
      const slot = cache.lookup(executable);
      if (slot?.data !== undefined) return show(contextValue, { data: null }, slot.data);
      const running = run(executable);
      const result = running instanceof Promise ? await running : running;
      const settling = long.settle(contextValue, result);
      const settled = settling ? await settling : result;
      if (slot === null || settled.errors) return show(contextValue, settled);
      const writing = long.write(settled.data, contextValue.request);
      const data = typeof writing === 'string' ? writing : await writing;
      slot.keep(data);
      return show(contextValue, settled, data);
    } catch (error) {
      return write(contextValue.request, { errors: [answers.mask(error)], data: null });
    }
  }

  /** The answer to an executed operation: put on record, and refused where that fails. */
  function show(context: OperationContext, result: ExecutionResult, data?: string) {
    const refused = recordReads(context) ?? refuseTooLong(context.request, result);
    return refused ? write(context.request, refused) : write(context.request, result, data);
  }

  async function write(
    request: RequestContext,
    result: ExecutionResult,
    data?: string,
  ): Promise<Answer> {
    const shown = answers.toPublic(request, result);
    const advice = takeHttp(shown.errors) ?? notValid;
    const http = 'data' in shown ? null : advice;
    const text =
      data === undefined
        ? long.write(shown, request)
        : `{"data":${data},"extensions":${JSON.stringify(shown.extensions)}}`;
    return { text: typeof text === 'string' ? text : await text, faults: faultsOf(shown), http };
  }

  return {
    schema,
    turns,
    refuse,
    kindOf(request, sent) {
      try {
        return read(request, sent).operation.operation;
      } catch {
        return null;
      }
    },
    prepare(request, sent) {
      try {
        return prepare(request, sent);
      } catch (error) {
        return refuse(request, error instanceof RefusedError ? error.errors : [error]);
      }
    },
    deliver(request, result) {
      if (result.reads.length === 0) return result;
      const refused = recordDelivery(foundation.audit, request, result.reads);
      if (refused === null) return result;
      const { extensions } = JSON.parse(result.text);
      const shown = { ...answers.toPublic(request, refused), extensions };
      takeHttp(shown.errors);
      return { text: JSON.stringify(shown), faults: faultsOf(shown) };
    },
  };
}

/** The errors of an operation that is refused. */
class RefusedError extends Error {
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    super('the operation is refused');
    this.errors = errors;
  }
}

/** The refusal of variables that are not valid: 400 over HTTP in every media type. */
function toUnfit(faults: readonly GraphQLError[]): RefusedError {
  for (const { extensions } of faults) extensions.http = { status: 400 };
  return new RefusedError(faults);
}

function noSuchOperation(): GraphQLError {
  return new GraphQLError('operationName: there is no such operation.', {
    extensions: { http: { status: 400 } },
  });
}

function nameRequest(request: RequestContext, operation: OperationDefinitionNode): void {
  request.kind = operation.operation;
  const name = operation.name?.value;
  if (name !== undefined) request.operationName = toLoggedName(name);
}

function noRules(): readonly ValidationRule[] {
  return [];
}

function mayIntrospect(): boolean {
  return false;
}
