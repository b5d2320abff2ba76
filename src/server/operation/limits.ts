import { type DocumentNode, GraphQLError, type GraphQLSchema } from 'graphql';
import { limitCalls } from '../../atlas/api/call-meter.ts';
import type { Log } from '../../logging/log.ts';
import { createPlanCalls, type PlannedOperation } from '../../schema/cost/planned-calls.ts';
import { createPlanValues } from '../../schema/cost/planned-values.ts';
import { measureDocument, type QueryFigures } from '../../schema/cost/query-limits.ts';
import { measureValue } from '../../schema/cost/value-figures.ts';
import type { TenantId } from '../../tenant-id.ts';
import { parseText } from './parse-text.ts';
import type { RequestContext } from './request-context.ts';

/** The limits of one operation. */
export interface QueryLimits {
  /** False: an operation over a limit is executed, and the log says so. */
  readonly isEnforced: boolean;
  readonly tokens: number;
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  /** Planned calls to Atlas. */
  readonly atlasCalls: (tenantId: TenantId) => number;
  /** Planned values of an answer. */
  readonly values: number;
  /** Bytes of an answer's data, counted while it is made; holds whatever `isEnforced` says. */
  readonly answerBytes: number;
}

export interface LimitsOptions {
  readonly schema: GraphQLSchema;
  readonly limits: QueryLimits;
  readonly log: Log;
}

/** A figure of an operation that is over its limit. */
interface Excess {
  readonly limit: keyof QueryFigures | 'atlasCalls' | 'values' | 'nesting';
  readonly figure: number;
  readonly most: number;
}

/** Lists with a limit of their own in the schema are far below it. */
const mostListEntries = 1_000;
/** Hard cap on fields after fragment expansion; applies whether limits are enforced or not. */
const mostUnfolded = 100_000;

/** Hard cap on the members of any object: each unknown member is an error of its own. */
const mostMembers = 1_000;
/** Hard cap on nested values: no argument needs more, and endless nesting can't be written as JSON. */
const mostNesting = 64;
const mostOfValues = { nesting: mostNesting, members: mostMembers };

/** The texts of figures with their units. */
const units: Readonly<Record<Excess['limit'], (figure: number) => string>> = {
  tokens: (figure) => `${figure} tokens`,
  depth: (figure) => `${figure} levels of fields`,
  aliases: (figure) => `${figure} aliases and repeated fields`,
  directives: (figure) => `${figure} directives`,
  unfolded: (figure) => `${figure} fields with its fragments written out`,
  listEntries: (figure) => `a list of ${figure} entries`,
  members: (figure) => `an object of ${figure} members`,
  atlasCalls: (figure) => `${figure} planned calls to Atlas`,
  values: (figure) => `${figure} planned values`,
  nesting: (figure) => `values that nest ${figure} deep or deeper`,
};

/** Holds operations to their limits, on every transport. */
export interface Limits {
  /**
   * Parses a text that is within the limits on texts, before anything slower reads it. Throws a
   * GraphQLError for any other.
   */
  parse(text: string): DocumentNode;
  /** Plans the calls and values of a valid operation; returns why it must not be executed, or null. */
  check(request: RequestContext, operation: PlannedOperation): GraphQLError | null;
}

/** Makes the limits of one graph. */
export function createLimits(options: LimitsOptions): Limits {
  const { limits, log } = options;
  const planCalls = createPlanCalls(options.schema);
  const planValues = createPlanValues(options.schema);
  const measured = new WeakMap<DocumentNode, QueryFigures>();

  function figuresOf(document: DocumentNode): QueryFigures {
    const figures = measured.get(document) ?? measureDocument(document);
    measured.set(document, figures);
    return figures;
  }

  function parseWithin(text: string): DocumentNode {
    try {
      const document = parseText(text, limits.isEnforced ? limits.tokens : undefined);
      const [excess] = inText(document);
      // An endless operation would block the process, whether limits are enforced or not.
      const { unfolded, members } = figuresOf(document);
      const isEndless = unfolded > mostUnfolded || members > mostMembers;
      if (excess !== undefined && (limits.isEnforced || isEndless)) throw tooComplex(excess);
      return document;
    } catch (error) {
      if (error instanceof RangeError)
        throw toRefusal('The operation nests too deeply to be read.');
      if (!isAborted(error)) throw error;
      throw tooComplex({ limit: 'tokens', figure: limits.tokens + 1, most: limits.tokens });
    }
  }

  function inText(document: DocumentNode): Excess[] {
    const figures = figuresOf(document);
    return [
      { limit: 'tokens' as const, most: limits.tokens },
      { limit: 'depth' as const, most: limits.depth },
      { limit: 'aliases' as const, most: limits.aliases },
      { limit: 'directives' as const, most: limits.directives },
      // With its fragments written out, an operation may be no longer than its text.
      { limit: 'unfolded' as const, most: limits.tokens },
      { limit: 'listEntries' as const, most: mostListEntries },
      { limit: 'members' as const, most: mostMembers },
    ]
      .map(({ limit, most }) => ({ limit, most, figure: figures[limit] }))
      .filter(isOver);
  }

  function inOperation(request: RequestContext, planned: PlannedOperation): Excess[] {
    const list = measureValue(planned.variables, mostOfValues).listEntries;
    // The plan of a list takes as long as the list.
    if (list > mostListEntries) {
      return [{ limit: 'listEntries', figure: list, most: mostListEntries }];
    }
    request.planned = planCalls(planned);
    const mostCalls = limits.atlasCalls(request.principal.tenant.id);
    if (limits.isEnforced) limitCalls(request.meter, mostCalls, request.planned);
    request.values = planValues(planned);
    return [
      { limit: 'atlasCalls' as const, figure: request.planned, most: mostCalls },
      { limit: 'values' as const, figure: request.values, most: limits.values },
    ].filter(isOver);
  }

  function report(
    { requestId, principal, operationName }: RequestContext,
    excesses: Excess[],
  ): void {
    for (const { limit, figure, most } of excesses) {
      const tenant = principal.tenant.id;
      const fields = { requestId, tenant, operation: operationName, limit, figure, most };
      log.warn('an operation is over a limit', fields);
    }
  }

  return {
    parse: parseWithin,
    check(request, planned) {
      request.answer.most = limits.answerBytes;
      const excesses = inOperation(request, planned);
      const [excess] = excesses;
      if (limits.isEnforced) return excess === undefined ? null : tooComplex(excess);
      report(request, [...inText(planned.document), ...excesses]);
      return null;
    },
  };
}

/** Returns why variables are too large to be read, by their form alone; null where they are not. */
export function refuseOversize(variables: unknown): GraphQLError | null {
  const { nesting, members } = measureValue(variables, mostOfValues);
  if (members > mostMembers) {
    return tooComplex({ limit: 'members', figure: members, most: mostMembers });
  }
  if (nesting <= mostNesting) return null;
  return tooComplex({ limit: 'nesting', figure: nesting, most: mostNesting });
}

/** The error of an answer with more bytes than an answer may have. */
export function answerTooLong(most: number): GraphQLError {
  const message = `The answer has more than ${most} bytes. Ask for less at a time.`;
  // It was executed, and so has the status of an answer.
  return new GraphQLError(message, { extensions: { code: 'QUERY_TOO_COMPLEX' } });
}

/** graphql-js stops counting tokens at the limit, and has no code to say so. */
function isAborted(error: unknown): boolean {
  return error instanceof GraphQLError && /tokens\. Parsing aborted/.test(error.message);
}

function isOver({ figure, most }: Excess): boolean {
  return figure > most;
}

function tooComplex({ limit, figure, most }: Excess): GraphQLError {
  const isLeast = limit === 'tokens' ? 'at least ' : '';
  return toRefusal(
    `The operation has ${isLeast}${units[limit](figure)}; at most ${most} are taken.`,
  );
}

function toRefusal(message: string): GraphQLError {
  // The status of an invalid request (GraphQL over HTTP, 7).
  const http = { spec: true, status: 400 };
  return new GraphQLError(message, { extensions: { code: 'QUERY_TOO_COMPLEX', http } });
}
