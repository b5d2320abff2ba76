import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';

/** The values of required arguments, by the argument's name. */
export type Given = Readonly<Record<string, string>>;

/**
 * A selection of every field there is below a type, whatever objects stand behind its interfaces. A
 * type is not entered once more below itself.
 */
export function selectEverything(schema: GraphQLSchema, typeName: string, given: Given): string {
  const start = schema.getType(typeName);
  if (start === undefined) throw new Error(`there is no type ${typeName}`);
  return selectBelow(start, []);

  function selectBelow(type: GraphQLNamedType, above: readonly string[]): string {
    if (isLeafType(type)) return '';
    if (isInterfaceType(type)) {
      const each = schema
        .getPossibleTypes(type)
        .map((object) => `... on ${object.name} ${selectBelow(object, above)}`);
      return `{ __typename ${each.join(' ')} }`;
    }
    if (!isObjectType(type)) throw new Error(`a ${type.name} can't be selected`);
    const trail = [...above, type.name];
    const fields = Object.values(type.getFields()).flatMap((field) => {
      const below = getNamedType(field.type);
      const isAbove = isInterfaceType(below)
        ? schema.getPossibleTypes(below).some(({ name }) => trail.includes(name))
        : trail.includes(below.name);
      return isAbove ? [] : [`${field.name}${toArguments(field)} ${selectBelow(below, trail)}`];
    });
    return `{ __typename ${fields.join(' ')} }`;
  }

  function toArguments(field: GraphQLField<unknown, unknown>): string {
    const named = field.args.filter(isRequiredArgument).map(({ name }) => {
      const value = given[name];
      if (value === undefined) throw new Error(`nothing is given for ${field.name}(${name}:)`);
      return `${name}: ${value}`;
    });
    return named.length > 0 ? `(${named.join(', ')})` : '';
  }
}
