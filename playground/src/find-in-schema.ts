import {
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';

/** A type, or a field of one, that has what is sought in its name. */
export interface FoundName {
  readonly type: string;
  /** Null for the type itself. */
  readonly field: string | null;
}

/** Names that are shown; of the others the number is told. */
const mostFound = 40;

/** The types and fields with a text in their names, in any letter case; types first. */
export function findInSchema(
  schema: GraphQLSchema,
  sought: string,
): { readonly found: readonly FoundName[]; readonly more: number } {
  const text = sought.trim().toLowerCase();
  const has = (name: string) => name.toLowerCase().includes(text);
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
  const byType = types
    .filter(({ name }) => has(name))
    .map(({ name }) => ({ type: name, field: null }));
  const byField = types.flatMap((type) => {
    const hasFields = isObjectType(type) || isInterfaceType(type) || isInputObjectType(type);
    const names = hasFields
      ? Object.keys(type.getFields())
      : isEnumType(type)
        ? type.getValues().map(({ name }) => name)
        : [];
    return names.filter(has).map((field) => ({ type: type.name, field }));
  });
  const all = [...byType, ...byField];
  return { found: all.slice(0, mostFound), more: Math.max(0, all.length - mostFound) };
}
