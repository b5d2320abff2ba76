import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
} from 'graphql';
import { limitCalls } from '../../atlas/api/call-meter.ts';
import type { Log } from '../../logging/log.ts';
import { createPlanCalls } from '../../schema/cost/planned-calls.ts';
import { createPlanValues } from '../../schema/cost/planned-values.ts';
import { measureDocument, type QueryFigures } from '../../schema/cost/query-limits.ts';
import { measureValue } from '../../schema/cost/value-figures.ts';
import type { TenantId } from '../../tenant-id.ts';
import { type Asked, askedOf } from './asked.ts';
import { parseText } from './parse-text.ts';

/** The most that an operation may be. */
export interface QueryLimits {
  /** False: what is over a limit is said in the log, and run. */
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

/** Something of an operation that there is too much of. */
interface Excess {
  readonly limit: keyof QueryFigures | 'atlasCalls' | 'values' | 'nesting';
  readonly figure: number;
  readonly most: number;
}

/** Lists for which the graph sets a limit of its own are far below it. */
const mostListEntries = 1_000;
/** More than this nobody runs, whatever is enforced. */
const mostUnfolded = 100_000;

/** Members of any object, whatever is enforced: each one unknown is a fault to be told. */
const mostMembers = 1_000;
/** Nor this: no argument has use for it, and what nests without end can't be written down again. */
const mostNesting = 64;
const mostOfValues = { nesting: mostNesting, members: mostMembers };

/** What a figure counts. */
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
   * Parses a text that keeps to the limits which it alone shows, before anything slower looks at it.
   * Throws a GraphQLError for any other.
   */
  parse(text: string): DocumentNode;
  /** Plans the calls of an operation that is about to be run; answers why it must not be. */
  check(args: ExecutionArgs): GraphQLError | null;
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
      // What has no end to speak of would hold up everybody, and is not even measured by running it.
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
      // Written out, it may be no longer than what is written.
      { limit: 'unfolded' as const, most: limits.tokens },
      { limit: 'listEntries' as const, most: mostListEntries },
      { limit: 'members' as const, most: mostMembers },
    ]
      .map(({ limit, most }) => ({ limit, most, figure: figures[limit] }))
      .filter(isOver);
  }

  function inGiven(asked: Asked, args: ExecutionArgs): Excess[] {
    const { document, operationName, variableValues: variables } = args;
    const list = measureValue(variables, mostOfValues).listEntries;
    // What is too long to be looked through is not looked through for its price.
    if (list > mostListEntries) {
      return [{ limit: 'listEntries', figure: list, most: mostListEntries }];
    }
    const operation = getOperationAST(document, operationName);
    if (!operation) return [];
    asked.planned = planCalls({ document, operation, variables });
    const mostCalls = limits.atlasCalls(asked.principal.tenant.id);
    if (limits.isEnforced) limitCalls(asked.meter, mostCalls, asked.planned);
    asked.values = planValues({ document, operation, variables });
    return [
      {
        limit: 'atlasCalls' as const,
        figure: asked.planned,
        most: mostCalls,
      },
      { limit: 'values' as const, figure: asked.values, most: limits.values },
    ].filter(isOver);
  }

  function report({ requestId, principal, operationName }: Asked, excesses: Excess[]): void {
    for (const { limit, figure, most } of excesses) {
      const tenant = principal.tenant.id;
      const fields = { requestId, tenant, operation: operationName, limit, figure, most };
      log.warn('an operation is over a limit', fields);
    }
  }

  return {
    parse: parseWithin,
    check(args) {
      const endless = refuseOversize(args.variableValues);
      if (endless !== null) return endless;
      const asked = askedOf(args.contextValue);
      asked.answer.most = limits.answerBytes;
      const excesses = inGiven(asked, args);
      const [excess] = excesses;
      if (limits.isEnforced) return excess === undefined ? null : tooComplex(excess);
      report(asked, [...inText(args.document), ...excesses]);
      return null;
    },
  };
}

/** Returns why variables are too large to be looked at, by their form alone; null where they are not. */
export function refuseOversize(variables: unknown): GraphQLError | null {
  const { nesting, members } = measureValue(variables, mostOfValues);
  if (members > mostMembers) {
    return tooComplex({ limit: 'members', figure: members, most: mostMembers });
  }
  if (nesting <= mostNesting) return null;
  return tooComplex({ limit: 'nesting', figure: nesting, most: mostNesting });
}

/** Why an answer ends that has more bytes than it may have. */
export function answerTooLong(most: number): GraphQLError {
  const message = `The answer has more than ${most} bytes. Ask for less at a time.`;
  // It was run, and so has the status of an answer.
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
  // With the status of a request that is not valid (GraphQL over HTTP, 7).
  const http = { spec: true, status: 400 };
  return new GraphQLError(message, { extensions: { code: 'QUERY_TOO_COMPLEX', http } });
}
