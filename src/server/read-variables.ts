import {
  type GraphQLInputType,
  type GraphQLSchema,
  getVariableValues,
  isInputType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql';

interface Variables {
  [name: string]: unknown;
}

/** Checks what is given for an operation; undefined where something of it is wrong. */
export type ReadVariables = (given: Readonly<Variables>) => Variables | undefined;

/** Makes of a value what resolvers take; undefined, or an error, where that is not for here. */
type Read = (value: unknown) => unknown;

/**
 * Reads the variables of a valid operation as graphql-js does, with their types looked up beforehand.
 * Whatever is not simply a scalar, an enum or a list of them, or is wrong, is left to graphql-js.
 */
export function createReadVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): ReadVariables {
  const variables = variableDefinitions.map((definition) => ({
    name: definition.variable.name.value,
    mayBeMissing: !definition.defaultValue && definition.type.kind !== Kind.NON_NULL_TYPE,
    read: toReadVariable(schema, definition),
  }));

  function readSimple(given: Readonly<Variables>): Variables | undefined {
    const coerced: Variables = {};
    for (const { name, mayBeMissing, read } of variables) {
      if (!Object.hasOwn(given, name)) {
        if (mayBeMissing) continue;
        return undefined;
      }
      const value = read(given[name]);
      if (value === undefined) return undefined;
      coerced[name] = value;
    }
    return coerced;
  }

  return (given) => {
    try {
      const coerced = readSimple(given);
      if (coerced !== undefined) return coerced;
    } catch {
      // What is wrong is said by graphql-js.
    }
    return getVariableValues(schema, variableDefinitions, given).coerced;
  };
}

function toReadVariable(
  schema: GraphQLSchema,
  { variable, type: node }: VariableDefinitionNode,
): Read {
  const type = typeFromAST(schema, node);
  // As a member's name this is none: it would set what the object is made after.
  return isInputType(type) && variable.name.value !== '__proto__' ? toRead(type) : () => undefined;
}

function toRead(type: GraphQLInputType): Read {
  if (isNonNullType(type)) {
    const read = toRead(type.ofType);
    return (value) => (value == null ? undefined : read(value));
  }
  if (isListType(type)) {
    const read = toRead(type.ofType);
    return (value) => (value == null ? null : readList(value, read));
  }
  if (isLeafType(type)) return (value) => (value == null ? null : type.parseValue(value));
  return () => undefined;
}

function readList(value: unknown, read: Read): unknown[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries: unknown[] = [];
  for (const each of value) {
    const entry = read(each);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries;
}
