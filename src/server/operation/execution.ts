import {
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { type AnswerSize, beginAnswer, isTooLong } from '../execution/answer-size.ts';
import { type CompiledQuery, compileQuery } from '../execution/compile-query.ts';
import { isPromise } from '../execution/complete-value.ts';
import type { Executable, Execute } from '../execution/executable.ts';
import { answerTooLong } from './limits.ts';
import type { OperationContext } from './request-context.ts';
import type { CountWrites } from './write-rate.ts';

export interface ExecutionOptions {
  readonly schema: GraphQLSchema;
  /** Counts the fields of mutations before they are executed; by default nothing is counted. */
  readonly countWrites?: CountWrites | undefined;
  /** How many times graphql-js executes an operation before it is compiled. */
  readonly timesBefore?: number;
}

/** An operation that was executed before. */
interface Known {
  readonly length: number;
  times: number;
  compiled?: CompiledQuery | null;
}

/** Bounded by the length of the texts too: a compiled query is several times as large as its text. */
const most = { max: 512, maxSize: 256 * 1024 };
/** The length of a text that was parsed without locations, for it is long: it is never compiled. */
const tooLong = most.maxSize + 1;

/** Fields that wait: a second execution would wait again. */
const onceOnly = new Set(['waitForFlow']);

/**
 * Executes queries and mutations as graphql-js does. A query that is sent again and again is compiled.
 * Any error ends a compiled query; graphql-js then executes the operation from its start, with the
 * records that are loaded already. So Atlas is called once, and errors are made in one place.
 */
export function createExecution({
  schema,
  countWrites = () => null,
  timesBefore = 3,
}: ExecutionOptions): Execute {
  const operations = new LRUCache<OperationDefinitionNode, Known>({
    ...most,
    sizeCalculation: ({ length }) => length,
  });

  function knownOf({ document, operation }: Executable): Known {
    const known = operations.get(operation) ?? { length: document.loc?.end ?? tooLong, times: 0 };
    if (known.times === 0) operations.set(operation, known);
    return known;
  }

  function compiledOf({ document, operation }: Executable, known: Known) {
    if (known.compiled === undefined && known.times >= timesBefore) {
      known.compiled = compileQuery(schema, document, operation, onceOnly);
    }
    known.times += 1;
    return known.compiled;
  }

  return (executable) => {
    const { document, operation, variables, contextValue } = executable;
    const answer = answerOf(contextValue);
    beginAnswer(answer);
    const operationName = operation.name?.value;
    const runPlainly = () =>
      execute({
        schema,
        document,
        operationName,
        // graphql-js reads them once more, and accepts them: its messages would quote them.
        variableValues: variables.declared,
        contextValue,
      });
    if (operation.operation === OperationTypeNode.MUTATION) {
      const counting = countWrites(executable);
      return counting === null ? runPlainly() : counting.then((refusal) => refusal ?? runPlainly());
    }
    const known = knownOf(executable);
    const compiled = compiledOf(executable, known);
    if (!compiled) return runPlainly();
    const runAgain = () => {
      // The second answer would be too long as well.
      if (answer && isTooLong(answer)) {
        return { errors: [answerTooLong(answer.most)], data: null };
      }
      beginAnswer(answer);
      // Where errors are the rule, each request would be executed twice.
      known.times = 0;
      delete known.compiled;
      return runPlainly();
    };
    try {
      const data = compiled.run({ context: contextValue, variables: variables.coerced });
      return isPromise(data) ? data.then(toResult, runAgain) : toResult(data);
    } catch {
      return runAgain();
    }
  };
}

/** The size of the answer; undefined where none is counted. */
function answerOf(contextValue: unknown): AnswerSize | undefined {
  return (contextValue as Partial<OperationContext> | undefined)?.request?.answer;
}

function toResult(data: unknown): ExecutionResult {
  // The data of an operation are always an object.
  return { data: data as NonNullable<ExecutionResult['data']> };
}
