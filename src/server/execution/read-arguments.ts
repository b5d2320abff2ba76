import {
  type ASTNode,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLField,
  getArgumentValues,
  isNonNullType,
  Kind,
  visit,
} from 'graphql';

interface Values {
  [name: string]: unknown;
}

/** Makes the arguments of a field, of variables that were checked. Throws at what is wrong. */
export type ReadArguments = (variables: Readonly<Values>) => Values;

/**
 * Reads the arguments of a field as graphql-js does. Those that no variable is in are read once, and
 * a variable that is all of an argument was read already. Throws where the text is wrong.
 */
export function createReadArguments(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): ReadArguments {
  const { arguments: given = [] } = node;
  if (!given.some(holdsVariable)) {
    const args = getArgumentValues(field, node);
    return field.args.length === 0 ? () => args : () => ({ ...args });
  }
  const variables = new Map<string, string>();
  for (const { name, value } of given) {
    if (value.kind === Kind.VARIABLE) variables.set(name.value, value.name.value);
  }
  if (variables.size < given.length) return (values) => getArgumentValues(field, node, values);
  return readVariables(
    field.args.map((argument) => ({ argument, variable: variables.get(argument.name) })),
  );
}

interface Given {
  readonly argument: GraphQLArgument;
  /** The name of the variable that it is; undefined where nothing is said of it. */
  readonly variable: string | undefined;
}

function readVariables(all: readonly Given[]): ReadArguments {
  return (values) => {
    const args: Values = {};
    for (const { argument, variable } of all) {
      const isGiven = variable !== undefined && Object.hasOwn(values, variable);
      const value = isGiven ? values[variable] : argument.defaultValue;
      if (value == null && isNonNullType(argument.type)) throw new Error('no value');
      if (value !== undefined) args[argument.name] = value;
    }
    return args;
  };
}

function holdsVariable(node: ASTNode): boolean {
  let isFound = false;
  visit(node, {
    Variable() {
      isFound = true;
    },
  });
  return isFound;
}
