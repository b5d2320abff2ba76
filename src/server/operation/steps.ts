import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
  type ValidationRule,
} from 'graphql';
import type { Principal } from '../../identity/principal.ts';
import { type Log, toErrorFields } from '../../logging/log.ts';
import type { NotedReads } from '../../privacy/audit.ts';
import { createSchema } from '../../schema/index.ts';
import type { Foundation, GatewayContext } from '../../schema/operation/context.ts';
import { isInternal, toPublicError } from '../../schema/operation/errors.ts';
import { createOperation } from '../../schema/operation/operation.ts';
import { createTurns, type Turns } from '../../turns.ts';
import { isTooLong } from '../execution/answer-size.ts';
import { countAnswers } from '../execution/count-answer.ts';
import { createKeptAnswers, type KeptAnswers } from '../execution/kept-answers.ts';
import { createVariablesReader } from '../execution/read-variables.ts';
import { type Asked, askedOf, type ServerContext, toLoggedName } from './asked.ts';
import { confirmAuthority } from './confirm-authority.ts';
import { createDocuments } from './documents.ts';
import { createExecution, type Execute } from './execution.ts';
import { answerTooLong, createLimits, type QueryLimits } from './limits.ts';
import { createLongAnswers, type LongAnswers } from './long-answers.ts';
import { toToldFaults } from './opaque-faults.ts';
import type { RateLimit } from './rate-limit.ts';
import {
  type Executed,
  recordDelivery,
  recordReads,
  releaseAnswer,
  takeReads,
} from './record-reads.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions.ts';
import { createCountWrites } from './write-rate.ts';

export interface StepsOptions {
  readonly foundation: Foundation;
  readonly limits: QueryLimits;
  /**
   * What the operations of a caller must keep to, besides the language's own rules. Rules are known
   * by their names: two that differ must not share one.
   */
  readonly rulesFor?: (principal: Principal) => readonly ValidationRule[];
  /** Whether the graph is kept from a caller. Nobody is a stranger by default. */
  readonly isStranger?: (principal: Principal) => boolean;
  /** What the fields of mutations count against; by default they are not counted. */
  readonly rateLimit?: Pick<RateLimit, 'take'> | undefined;
  readonly log: Log;
  /** What long answers are divided over; turns of their own by default. */
  readonly turns?: Turns;
}

/** What an operation is run with: `asked` for us, the rest for its resolvers. */
export type StepContext = GatewayContext & Pick<ServerContext, 'asked'>;

/**
 * The steps of every operation, in their order, whatever it came by. Each transport takes them its
 * own way; none has a rule of its own for what a step does.
 */
export interface Steps {
  readonly schema: GraphQLSchema;
  /** Reads a text within the limits; throws a GraphQLError. */
  parse(text: string, asked: Asked): DocumentNode;
  /** What is wrong with a document, by the rules of this caller. */
  validate(document: DocumentNode, asked: Asked): readonly GraphQLError[];
  /** The context of its resolvers, for its caller, or for the same caller as it is recorded. */
  createContext(asked: Asked, principal?: Principal): StepContext;
  /** Notes which operation it is and plans its calls; answers why it must not be run. */
  admit(args: ExecutionArgs): GraphQLError | null;
  /** Runs a query or a mutation. */
  execute(args: ExecutionArgs): Promise<ExecutionResult> | ExecutionResult;
  /** What follows of an answer that is too long for one turn of the event loop. */
  readonly long: LongAnswers;
  /** What all long work is divided over. */
  readonly turns: Turns;
  /** Subscriptions, as they are kept and run. */
  readonly subscriptions: Subscriptions;
  /** Answers that need not be made again, for whoever writes them as JSON. */
  readonly kept: KeptAnswers;
  /** Puts on record what is about to be shown; what can't be is not, and this is shown instead. */
  record(args: Executed, result: ExecutionResult): ExecutionResult | null;
  /**
   * Releases what was loaded for an event. Returns null, or the result to show instead of an event that
   * is too long.
   */
  release(args: Executed, event: ExecutionResult): ExecutionResult | null;
  /**
   * Puts on record that one reader is shown an event of a shared subscription, with the reads that were
   * taken of it. Returns null, or the result to show instead where the record can't be written.
   */
  recordDelivery(asked: Asked, reads: NotedReads): ExecutionResult | null;
  /** Takes out of an error what is not for clients; our own faults go to the log. */
  mask(error: unknown): GraphQLError;
}

/** Makes the steps of one graph. */
export function createSteps(options: StepsOptions): Steps {
  const { foundation, rulesFor = noRules, isStranger = nobody, log } = options;
  const { turns = createTurns() } = options;
  const schema = createSchema();
  countAnswers(schema, turns);
  const limits = createLimits({ schema, limits: options.limits, log });
  const documents = createDocuments({ schema, parse: limits.parse });
  const readVariables = createVariablesReader(schema);
  const countWrites = options.rateLimit && createCountWrites(options.rateLimit);

  function mask(error: unknown): GraphQLError {
    const shown = toPublicError(error);
    // What was masked before is in the log.
    if (shown !== error && isInternal(error)) {
      log.error('a resolver failed', toErrorFields(error));
    }
    return shown;
  }

  return {
    schema,
    turns,
    long: createLongAnswers(turns, mask),
    parse(text, asked) {
      asked.isStranger = isStranger(asked.principal);
      return documents.parse(text);
    },
    validate(document, asked) {
      const faults = documents.validate(document, rulesFor(asked.principal));
      return toToldFaults(faults, asked);
    },
    createContext: (asked, principal = asked.principal) => ({
      asked,
      operation: createOperation(foundation, { ...asked, principal }),
    }),
    admit(args) {
      name(args);
      return limits.check(args);
    },
    execute: confirmAuthority(
      refuseUnfit(createExecution({ schema, readVariables, countWrites })),
      foundation.monotonicMs,
    ),
    subscriptions: createSubscriptions({
      schema,
      readVariables,
      isEnforced: options.limits.isEnforced,
    }),
    kept: createKeptAnswers({ schema, finished: foundation.finished, now: foundation.monotonicMs }),
    record: (args, result) => recordReads(args) ?? refuseTooLong(args, result),
    release(args, event) {
      releaseAnswer(args);
      const refused = refuseTooLong(args, event);
      // What is not shown is not put on record.
      if (refused) takeReads(args);
      return refused;
    },
    recordDelivery: (asked, reads) => recordDelivery(foundation.audit, asked, reads),
    mask,
  };
}

function name({ document, operationName, contextValue }: ExecutionArgs): void {
  const asked = askedOf(contextValue);
  const operation = getOperationAST(document, operationName);
  if (operation) asked.kind = operation.operation;
  const given = operation?.name?.value;
  if (given !== undefined) asked.operationName = toLoggedName(given);
}

/**
 * The result that stands in for an answer that is too long; null where it is not. What mutations have
 * done is told as far as it was answered; of anything else no part is shown.
 */
function refuseTooLong(
  { contextValue }: Executed,
  { data = null }: ExecutionResult,
): ExecutionResult | null {
  const { answer, kind } = askedOf(contextValue);
  if (!isTooLong(answer)) return null;
  return {
    errors: [answerTooLong(answer.most)],
    data: kind === OperationTypeNode.MUTATION ? data : null,
  };
}

/** What its variables refuse was not run, and has the status of a request that is not valid. */
function refuseUnfit(execute: Execute): Execute {
  return (args) => {
    const result = execute(args);
    if (result instanceof Promise || 'data' in result || !result.errors) return result;
    const errors = toToldFaults(result.errors, askedOf(args.contextValue));
    for (const error of errors) error.extensions.http = { status: 400 };
    return { errors };
  };
}

function noRules(): readonly ValidationRule[] {
  return [];
}

function nobody(): boolean {
  return false;
}
