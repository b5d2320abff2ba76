import { Kind, parse, print, type SelectionNode } from 'graphql';
import { readVariables } from '../variables.ts';
import type { CopiedOperation } from './copied.ts';

/** An operation as it stands in the editors. */
export interface WrittenOperation {
  readonly url: string;
  readonly query: string;
  /** As JSON. */
  readonly variables: string;
}

/**
 * Reads what stands in the editors. Throws an error with a message for the reader where the query or
 * the variables can't be read.
 */
export function readOperation({ url, query, variables: text }: WrittenOperation): CopiedOperation {
  const { definitions } = parse(query);
  const operation = definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error('There is no operation.');
  const variables = readVariables(text);
  const [root, ...others] = operation.selectionSet.selections;
  const isAlone = others.length === 0 && definitions.length === 1;
  return {
    url,
    query,
    variables,
    kind: operation.operation,
    watched: root && isAlone ? watchedOf(root, variables) : null,
  };
}

/** The watch of the client kit that a selection of the root is; null where it is another. */
function watchedOf(
  root: SelectionNode,
  variables: Record<string, unknown>,
): CopiedOperation['watched'] {
  if (root.kind !== Kind.FIELD || root.name.value !== 'flowUpdated' || root.alias) return null;
  const [argument, ...others] = root.arguments ?? [];
  if (argument?.name.value !== 'uuid' || others.length > 0 || root.directives?.length) return null;
  const { value } = argument;
  const uuid = value.kind === Kind.VARIABLE ? variables[value.name.value] : undefined;
  const given = value.kind === Kind.STRING ? value.value : uuid;
  const select = root.selectionSet?.selections.map(print).join('\n') ?? '';
  // Fields that take variables of their own can't be moved into another operation.
  if (typeof given !== 'string' || select.includes('$')) return null;
  return { uuid: given, select };
}
