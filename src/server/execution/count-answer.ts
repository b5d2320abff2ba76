import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isIntrospectionType,
  isObjectType,
} from 'graphql';
import { createTurns, type Turns } from '../../turns.ts';
import {
  type AnswerSize,
  addBytes,
  beginAnswer,
  bytesOf,
  bytesPerError,
  bytesPerName,
} from './answer-size.ts';
import { isPromise } from './complete-value.ts';
import { divideList } from './divided-list.ts';
import { typenameBytesOf } from './typename-bytes.ts';

type Resolver = GraphQLFieldResolver<unknown, unknown>;

/** Entries of a list that is completed at once, and whose `__typename`s are not counted. */
const shortList = 32;
/** Bytes up to which an answer is made in one turn of the event loop. */
const shortAnswer = 4_096;

/**
 * Has every field of a schema add its bytes to the answer that it is part of, whatever runs it:
 * graphql-js, a subscription, or a compiled query. A field of an answer that is too long is not
 * resolved any more. Objects and long lists of a long answer are resolved over several turns of the
 * event loop. Changes the resolvers of the schema.
 */
export function countAnswers(schema: GraphQLSchema, turns: Turns = createTurns()): void {
  for (const type of Object.values(schema.getTypeMap())) {
    // The types of introspection belong to graphql-js; its answers are bounded by planned values.
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    const isEvent = type === schema.getSubscriptionType();
    for (const field of Object.values(type.getFields())) {
      field.resolve = toCounting(field, isEvent, turns);
    }
  }
}

function toCounting(
  { resolve, type }: GraphQLField<unknown, unknown>,
  isEvent: boolean,
  turns: Turns,
): Resolver {
  if (!isCompositeType(getNamedType(type))) {
    return resolve ? counted(resolve, isEvent, add) : resolveProperty;
  }
  const divide: Finish = (answer, value, info) => {
    addBytes(answer, bytesOf(value));
    if (!Array.isArray(value) || value.length <= shortList) return value;
    addBytes(answer, value.length * typenameBytesOf(info));
    return divideList(value, turns, answer);
  };
  const counting = counted(resolve ?? defaultFieldResolver, isEvent, divide);
  return (source, args, context, info) => {
    const answer = answerOf(context);
    return answer.bytes > shortAnswer && turns.isLong()
      ? turns.next(answer).then(() => counting(source, args, context, info))
      : counting(source, args, context, info);
  };
}

/** The resolver of a field that is a property of its object, with the bytes counted. */
export const resolveProperty: Resolver = (source, args, context, info) => {
  const answer = answerOf(context);
  const value = defaultFieldResolver(source, args, context, info);
  addBytes(answer, nameLengthOf(info) + bytesPerName + bytesOf(value));
  return value;
};

/** Adds a property to the answer of a compiled query, and answers it. */
export function countProperty(context: unknown, name: string, value: unknown): unknown {
  addBytes(answerOf(context), name.length + bytesPerName + bytesOf(value));
  return value;
}

/** Counts what a resolver gives; `finish` makes of it what is completed. */
function counted(resolve: Resolver, isEvent: boolean, finish: Finish): Resolver {
  return (source, args, context, info) => {
    const answer = answerOf(context);
    // Each event of a subscription begins with its one root field, and is an answer of its own.
    if (isEvent) beginAnswer(answer);
    addBytes(answer, nameLengthOf(info) + bytesPerName);
    let value: unknown;
    try {
      value = resolve(source, args, context, info);
    } catch (error) {
      addBytes(answer, bytesPerError);
      throw error;
    }
    if (!isPromise(value)) return finish(answer, value, info);
    return value.then(
      (settled) => finish(answer, settled, info),
      (error) => {
        addBytes(answer, bytesPerError);
        throw error;
      },
    );
  };
}

type Finish = (answer: AnswerSize, value: unknown, info: Parameters<Resolver>[3]) => unknown;

function add(answer: AnswerSize, value: unknown): unknown {
  addBytes(answer, bytesOf(value));
  return value;
}

/** The length of the name that a field has in the answer. */
function nameLengthOf({ fieldNodes: [node], fieldName }: Parameters<Resolver>[3]): number {
  return (node?.alias?.value ?? fieldName).length;
}

/** The part of a context that the counting reads. */
interface CountedContext {
  readonly request: { readonly answer: AnswerSize };
}

function answerOf(context: unknown): AnswerSize {
  // The pipeline makes the context of every operation.
  return (context as CountedContext).request.answer;
}
