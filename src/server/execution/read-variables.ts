import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { type CoercionOf, createCoercion, type InputPath } from './coerce-input.ts';

export interface Variables {
  readonly [name: string]: unknown;
}

/** The variables of one request. */
export interface ReadableVariables {
  /** The values that were sent for declared variables, as they were sent. */
  readonly declared: Variables;
  /** The same as resolvers take them, with defaults. */
  readonly coerced: Variables;
}

/** Returns the variables, or the first few faults in them. Undeclared variables are dropped. */
export type ReadVariables = (
  sent: Variables | null | undefined,
) => ReadableVariables | { readonly errors: readonly GraphQLError[] };

/** Returns the reader of an operation's variables; the operation must be valid. */
export type VariablesReaderOf = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
) => ReadVariables;

/** The most errors that are reported of one request; reading ends at the last of them. */
const mostFaults = 5;

/** Ends the reading of variables. */
class EnoughFaults extends Error {}

/** Makes the readers of variables for a schema. A reader lives as long as its operation. */
export function createVariablesReader(schema: GraphQLSchema): VariablesReaderOf {
  const coercionOf = createCoercion();
  const readers = new WeakMap<OperationDefinitionNode, ReadVariables>();
  return (document, operation) => {
    const known = readers.get(operation);
    if (known !== undefined) return known;
    const reader = toReader(schema, coercionOf, document, operation);
    readers.set(operation, reader);
    return reader;
  };
}

function toReader(
  schema: GraphQLSchema,
  coercionOf: CoercionOf,
  document: DocumentNode,
  { variableDefinitions = [] }: OperationDefinitionNode,
): ReadVariables {
  if (variableDefinitions.length === 0) return () => ({ declared: {}, coerced: {} });
  const notNull = findNotNull(schema, document, variableDefinitions);
  const readers = variableDefinitions.map((definition) =>
    toVariableReader(schema, coercionOf, definition, notNull),
  );

  return (sent) => {
    // Without a prototype `__proto__` is a member like any other.
    const declared: Record<string, unknown> = Object.create(null);
    const coerced: Record<string, unknown> = Object.create(null);
    const errors: GraphQLError[] = [];
    try {
      for (const { name, read } of readers) {
        const isSent = sent != null && Object.hasOwn(sent, name);
        const value = isSent ? sent[name] : undefined;
        if (isSent) declared[name] = value;
        const result = read(isSent, value, errors);
        if (result !== undefined) coerced[name] = result;
      }
    } catch (error) {
      if (!(error instanceof EnoughFaults)) throw error;
    }
    return errors.length > 0 ? { errors } : { declared, coerced: { ...coerced } };
  };
}

/** Returns the value as resolvers take it; undefined where there is none. Adds faults to `errors`. */
type ReadVariable = (isSent: boolean, value: unknown, errors: GraphQLError[]) => unknown;

function toVariableReader(
  schema: GraphQLSchema,
  coercionOf: CoercionOf,
  definition: VariableDefinitionNode,
  notNull: ReadonlySet<string>,
): { readonly name: string; readonly read: ReadVariable } {
  const name = definition.variable.name.value;
  const type = typeFromAST(schema, definition.type);
  if (!isInputType(type)) throw new Error('the operation is not valid');
  const coerce = coercionOf(type);
  const { defaultValue } = definition;

  const refuse = (errors: GraphQLError[], message: string): void => {
    errors.push(new GraphQLError(message, { nodes: definition }));
    if (errors.length === mostFaults) throw new EnoughFaults();
  };

  const read: ReadVariable = (isSent, value, errors) => {
    if (!isSent && defaultValue) return valueFromAST(defaultValue, type);
    if (!isSent && isNonNullType(type)) {
      refuse(errors, `Variable "$${name}" of required type "${type}" was not provided.`);
    }
    if (!isSent) return undefined;
    if (value === null && isNonNullType(type)) {
      refuse(errors, `Variable "$${name}" of non-null type "${type}" must not be null.`);
      return undefined;
    }
    return coerce(value, undefined, (path, reason) => {
      refuse(errors, `Variable "$${name}${toPathText(path)}": ${reason}`);
    });
  };

  if (!notNull.has(name)) return { name, read };
  return {
    name,
    read(isSent, value, errors) {
      const result = read(isSent, value, errors);
      if (result === null) refuse(errors, `Variable "$${name}" must not be null where it is used.`);
      return result;
    },
  };
}

/**
 * Finds nullable variables that stand inside of a list or an object where null is not allowed. The
 * language takes them for their default (GraphQL specification, 5.8.5); of an explicit null graphql-js
 * says so in a message that quotes the whole argument, for each object that the field belongs to.
 */
function findNotNull(
  schema: GraphQLSchema,
  document: DocumentNode,
  definitions: readonly VariableDefinitionNode[],
): ReadonlySet<string> {
  const nullable = new Set(
    definitions
      .filter(({ type }) => type.kind !== Kind.NON_NULL_TYPE)
      .map(({ variable }) => variable.name.value),
  );
  const found = new Set<string>();
  if (nullable.size === 0) return found;
  const types = new TypeInfo(schema);
  const Variable = ({ name: { value: name } }: VariableDefinitionNode['variable']) => {
    if (!nullable.has(name) || types.getParentInputType() === undefined) return;
    if (isNonNullType(types.getInputType())) found.add(name);
  };
  visit(document, visitWithTypeInfo(types, { Variable }));
  return found;
}

function toPathText(path: InputPath): string {
  if (path === undefined) return '';
  const { parent, key } = path;
  return `${toPathText(parent)}${typeof key === 'number' ? `[${key}]` : `.${key}`}`;
}
