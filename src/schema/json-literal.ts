import { Kind, type ValueNode } from 'graphql';
import { toRawNumber } from '../atlas/json/raw-number.ts';

type Variables = Readonly<Record<string, unknown>>;

/**
 * The JSON value of a literal in the text of an operation, as graphql-js's `valueFromASTUntyped` has
 * it, but with every digit of its numbers. Undefined for a variable without a value.
 */
export function toJsonValue(node: ValueNode, variables?: Variables | null): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      return toRawNumber(node.value);
    case Kind.LIST:
      return node.values.map((entry) => toJsonValue(entry, variables) ?? null);
    case Kind.OBJECT:
      return toMembers(node.fields, variables);
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    default:
      return node.value;
  }
}

function toMembers(
  fields: readonly { readonly name: { readonly value: string }; readonly value: ValueNode }[],
  variables: Variables | null | undefined,
): Record<string, unknown> {
  // Without a prototype, a member may have any name.
  const members: Record<string, unknown> = Object.create(null);
  for (const { name, value } of fields) members[name.value] = toJsonValue(value, variables);
  return members;
}
