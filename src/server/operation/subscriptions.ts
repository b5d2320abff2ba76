import { createHash } from 'node:crypto';
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  separateOperations,
  stripIgnoredCharacters,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { ReadableVariables } from '../execution/read-variables.ts';

/**
 * What is kept of a subscription for as long as it runs. It holds nothing of the request: neither the
 * text as it was sent, with its comments, nor undeclared variables, nor a parsed document, which takes
 * many times the memory of its text.
 */
export interface Subscription {
  /** A hash of the operation and its coerced variables: equal for subscriptions with equal results. */
  readonly key: string;
  /** The operation and its fragments, without ignored characters. */
  readonly text: string;
  /** The declared variables as they were sent, as JSON. */
  readonly variables: string;
  /** Whether each of its results counts, so that none may take the place of another. */
  readonly isLossless: boolean;
}

/** A stream of results, or the one result of a subscription that can't start. */
export type SubscriptionResults = AsyncIterable<ExecutionResult> | ExecutionResult;

export interface Subscriptions {
  /** Reads a valid subscription. Throws a GraphQLError for one that is too long. */
  read(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: ReadableVariables,
  ): Subscription;
  /** Begins a subscription: one execution of its operation for each event of its source. */
  start(subscription: Subscription, contextValue: unknown): Promise<SubscriptionResults>;
}

/** Characters of a subscription's text and variables together. */
const mostLength = 16 * 1024;
/** Parsed documents that are kept for the next event, by the length of their texts. */
const mostParsed = { max: 512, maxSize: 256 * 1024 };

/** Creates the subscriptions of a schema. `isEnforced`: one that is too long is refused. */
export function createSubscriptions(schema: GraphQLSchema, isEnforced: boolean): Subscriptions {
  const texts = new WeakMap<OperationDefinitionNode, string>();
  const documents = new LRUCache<string, DocumentNode>({
    ...mostParsed,
    sizeCalculation: (_, text) => text.length,
  });

  function textOf(document: DocumentNode, operation: OperationDefinitionNode): string {
    const known = texts.get(operation);
    if (known !== undefined) return known;
    const alone = separateOperations(document)[operation.name?.value ?? ''] ?? document;
    const text = flatten(stripIgnoredCharacters(print(alone)));
    texts.set(operation, text);
    return text;
  }

  function documentOf(text: string): DocumentNode {
    const known = documents.get(text);
    if (known !== undefined) return known;
    // Its places would be those of another text than the caller's.
    const document = parse(text, { noLocation: true });
    documents.set(text, document);
    return document;
  }

  function isLossless(document: DocumentNode, operation: OperationDefinitionNode): boolean {
    const fields = schema.getSubscriptionType()?.getFields() ?? {};
    const names = fieldNamesOf(document, operation.selectionSet);
    return names.some((name) => fields[name]?.extensions.isLossless === true);
  }

  /** Everything that a subscription is executed with, except its context. */
  const toArgs = ({ text, variables }: Subscription): ExecutionArgs => ({
    schema,
    document: documentOf(text),
    variableValues: JSON.parse(variables),
  });

  return {
    read(document, operation, { declared, coerced }) {
      const text = textOf(document, operation);
      const variables = JSON.stringify(declared);
      const length = text.length + variables.length;
      if (isEnforced && length > mostLength) throw tooLong(length);
      const shown = JSON.stringify([text, coerced]);
      const key = createHash('sha256').update(shown).digest('base64url');
      return { key, text, variables, isLossless: isLossless(document, operation) };
    },

    async start(subscription, contextValue) {
      const source = await createSourceEventStream({ ...toArgs(subscription), contextValue });
      if (!(Symbol.asyncIterator in source)) return source;
      return toResults(source, async (rootValue) =>
        execute({ ...toArgs(subscription), contextValue, rootValue }),
      );
    },
  };
}

/** The names of the fields of a selection, those in its fragments too; fragments of a valid document end. */
function fieldNamesOf(document: DocumentNode, { selections }: SelectionSetNode): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection.name.value];
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return fieldNamesOf(document, selection.selectionSet);
    }
    const fragment = document.definitions.find(
      (each): each is FragmentDefinitionNode =>
        each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === selection.name.value,
    );
    return fragment === undefined ? [] : fieldNamesOf(document, fragment.selectionSet);
  });
}

/** Returns a text of its own memory, which none of the texts that it was made of shares. */
function flatten(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

/** Maps events to results. Ending it ends its source at once, also while an event is waited for. */
function toResults(
  source: AsyncIterable<unknown>,
  toResult: (event: unknown) => Promise<ExecutionResult>,
): AsyncIterableIterator<ExecutionResult> {
  const events = source[Symbol.asyncIterator]();
  const results: AsyncIterableIterator<ExecutionResult> = {
    async next() {
      const { done, value } = await events.next();
      return done ? { done, value: undefined } : { done: false, value: await toResult(value) };
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => results,
  };
  return results;
}

function tooLong(length: number): GraphQLError {
  return new GraphQLError(
    `The subscription has ${length} characters with its variables; at most ${mostLength} are taken.`,
    { extensions: { code: 'QUERY_TOO_COMPLEX', http: { spec: true, status: 400 } } },
  );
}
