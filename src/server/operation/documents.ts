import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';

/** Texts of operations, read and checked once however often they are sent. */
export interface Documents {
  /** Parses; throws the fault of a text that can't be, the same one while it is remembered. */
  parse(text: string): DocumentNode;
  /** What is wrong with a document by the rules of the language and these. */
  validate(document: DocumentNode, rules: readonly ValidationRule[]): readonly GraphQLError[];
  /** How many texts are remembered, those that can't be parsed too. */
  count(): number;
}

export interface DocumentsOptions {
  readonly schema: GraphQLSchema;
  readonly parse: (text: string) => DocumentNode;
}

/** Errors of one document that are reported, before one that says that there are more. */
const maxErrors = 10;

/** The bound is the length of the texts too, or a few long ones would take all the memory. */
const most = { max: 1_024, maxSize: 1024 * 1024 };

/**
 * Remembers documents, and what is wrong with each by which rules. Rules are known by their names:
 * two that differ must not share one.
 */
export function createDocuments({ schema, parse }: DocumentsOptions): Documents {
  const read = new LRUCache<string, DocumentNode | Error>({
    ...most,
    sizeCalculation: (_, text) => text.length + 1,
  });
  const faultsByRules = new WeakMap<DocumentNode, Map<string, readonly GraphQLError[]>>();

  function tryParse(text: string): DocumentNode | Error {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof GraphQLError) return error;
      throw error;
    }
  }

  return {
    parse(text) {
      const known = read.get(text);
      const document = known ?? tryParse(text);
      if (known === undefined) read.set(text, document);
      if (document instanceof Error) throw document;
      return document;
    },
    validate(document, rules) {
      const key = rules.map(({ name }) => name).join();
      const known = faultsByRules.get(document);
      const before = known?.get(key);
      if (before !== undefined) return before;
      const faults = validate(schema, document, [...specifiedRules, ...rules], { maxErrors });
      if (known === undefined) faultsByRules.set(document, new Map([[key, faults]]));
      else known.set(key, faults);
      return faults;
    },
    count: () => read.size,
  };
}
