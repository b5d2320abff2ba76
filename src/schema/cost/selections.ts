import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLArgument,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  valueFromASTUntyped,
} from 'graphql';

/** The variables of an operation as they were sent, unchecked, with the defaults of those left out. */
export type SentVariables = Readonly<Record<string, unknown>>;

/** Reads the value of one argument. */
export interface ArgumentReader {
  readonly name: string;
  readonly read: (variables: SentVariables) => unknown;
}

/** Whether `@skip` and `@include` leave a selection in. */
export function toCondition({
  directives = [],
}: SelectionNode): (variables: SentVariables) => boolean {
  if (directives.length === 0) return () => true;
  return (variables) =>
    directives.every(({ name, arguments: args = [] }) => {
      const condition = args.find((argument) => argument.name.value === 'if')?.value;
      const isTrue = condition !== undefined && valueFromASTUntyped(condition, variables) === true;
      if (name.value === 'skip') return !isTrue;
      return name.value !== 'include' || isTrue;
    });
}

/** Reads an argument where a field stands, or its default. */
export function toArgumentReader(
  node: FieldNode,
  { name, defaultValue }: GraphQLArgument,
): ArgumentReader {
  const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
  const read =
    value === undefined
      ? () => defaultValue
      : (variables: SentVariables) => valueFromASTUntyped(value, variables) ?? defaultValue;
  return { name, read };
}

/** The fragments of a document by their names. */
export function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition);
    }
  }
  return fragments;
}

/** The defaults of an operation's variables. */
export function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): SentVariables {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  );
}

/**
 * How many fields of its root type an operation runs: each response name once, through fragments,
 * without those that `@skip` and `@include` leave out. The document must be valid.
 */
export function countRootFields(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  sent: SentVariables | null | undefined,
): number {
  const fragments = fragmentsOf(document);
  const variables = { ...defaultsOf(operation), ...sent };
  const names = new Set<string>();
  const seen = new Set<string>();
  const left: SelectionNode[] = [...operation.selectionSet.selections];
  for (let selection = left.pop(); selection !== undefined; selection = left.pop()) {
    if (!toCondition(selection)(variables)) continue;
    if (selection.kind === Kind.FIELD) {
      const { name, alias } = selection;
      if (!name.value.startsWith('__')) names.add((alias ?? name).value);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      left.push(...selection.selectionSet.selections);
    } else if (!seen.has(selection.name.value)) {
      seen.add(selection.name.value);
      left.push(...(fragments.get(selection.name.value)?.selectionSet.selections ?? []));
    }
  }
  return names.size;
}
