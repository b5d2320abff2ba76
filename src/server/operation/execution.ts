import {
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { type AnswerSize, beginAnswer, isTooLong } from '../execution/answer-size.ts';
import { type CompiledQuery, compileQuery } from '../execution/compile-query.ts';
import { isPromise } from '../execution/complete-value.ts';
import type { VariablesReaderOf } from '../execution/read-variables.ts';
import type { ServerContext } from './asked.ts';
import { answerTooLong } from './limits.ts';
import type { CountWrites } from './write-rate.ts';

export type Execute = (args: ExecutionArgs) => Promise<ExecutionResult> | ExecutionResult;

export interface ExecutionOptions {
  readonly schema: GraphQLSchema;
  readonly readVariables: VariablesReaderOf;
  /** Counts the fields of mutations before they are run; by default nothing is counted. */
  readonly countWrites?: CountWrites | undefined;
  /** How often an operation is run before it is compiled. */
  readonly timesBefore?: number;
}

/** What is known of an operation: how often it was run, or what was made of it. */
interface Known {
  readonly length: number;
  times: number;
  compiled?: CompiledQuery | null;
}

/** Bounded by the length of the texts too: what is made of one is several times as large. */
const most = { max: 512, maxSize: 256 * 1024 };
/** The length of a text that was parsed without locations, for it is long: it is never compiled. */
const tooLong = most.maxSize + 1;

/** What waits would do so again, if it were run a second time. */
const onceOnly = new Set(['waitForFlow']);

/**
 * Runs queries and mutations as graphql-js does. Variables are read first, so that graphql-js meets
 * only those that it accepts: its messages about others quote them. A query that is sent again and
 * again is compiled; when that comes upon an error, whatever it is, graphql-js runs the query from the start,
 * with what was loaded already, and tells it in its own words. So nobody is asked twice, and there is
 * one place only where errors are made.
 */
export function createExecution({
  schema,
  readVariables,
  countWrites = () => null,
  timesBefore = 3,
}: ExecutionOptions): Execute {
  const operations = new LRUCache<OperationDefinitionNode, Known>({
    ...most,
    sizeCalculation: ({ length }) => length,
  });

  function knownOf({ document }: ExecutionArgs, operation: OperationDefinitionNode): Known {
    const known = operations.get(operation) ?? { length: document.loc?.end ?? tooLong, times: 0 };
    if (known.times === 0) operations.set(operation, known);
    return known;
  }

  function compiledOf(
    { document }: ExecutionArgs,
    operation: OperationDefinitionNode,
    known: Known,
  ) {
    if (known.compiled === undefined && known.times >= timesBefore) {
      known.compiled = compileQuery(schema, document, operation, onceOnly);
    }
    known.times += 1;
    return known.compiled;
  }

  return (args) => {
    const answer = answerOf(args.contextValue);
    beginAnswer(answer);
    const operation = getOperationAST(args.document, args.operationName);
    if (!operation) return execute(args);
    const variables = readVariables(args.document, operation)(args.variableValues);
    if ('errors' in variables) return variables;
    const runPlainly = () => execute({ ...args, variableValues: variables.declared });
    if (operation.operation === OperationTypeNode.MUTATION) {
      const counting = countWrites(args, operation);
      return counting === null ? runPlainly() : counting.then((refusal) => refusal ?? runPlainly());
    }
    const known = knownOf(args, operation);
    const compiled = compiledOf(args, operation, known);
    if (!compiled) return runPlainly();
    const runAgain = () => {
      // It would be too long again.
      if (answer && isTooLong(answer)) {
        return { errors: [answerTooLong(answer.most)], data: null };
      }
      beginAnswer(answer);
      // Where errors are the rule it would be run twice each time.
      known.times = 0;
      delete known.compiled;
      return runPlainly();
    };
    try {
      const data = compiled.run({ context: args.contextValue, variables: variables.coerced });
      return isPromise(data) ? data.then(toResult, runAgain) : toResult(data);
    } catch {
      return runAgain();
    }
  };
}

/** The size of the answer; undefined where none is counted. */
function answerOf(contextValue: unknown): AnswerSize | undefined {
  return (contextValue as Partial<ServerContext> | undefined)?.asked?.answer;
}

function toResult(data: unknown): ExecutionResult {
  // What is asked of the root is an object, always.
  return { data: data as NonNullable<ExecutionResult['data']> };
}
