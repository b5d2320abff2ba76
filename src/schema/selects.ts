import {
  type FieldNode,
  type GraphQLDirective,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * Whether an operation asks for any of these fields right below the field being resolved; those that
 * `@skip` and `@include` leave out are not asked for.
 */
export function selectsAny(info: GraphQLResolveInfo, names: ReadonlySet<string>): boolean {
  return info.fieldNodes.some(({ selectionSet }) => holdsAny(selectionSet, names, info));
}

/** Whether an operation asks for any of these fields below a field right below the one being resolved. */
export function selectsAnyBelow(
  info: GraphQLResolveInfo,
  parent: string,
  names: ReadonlySet<string>,
): boolean {
  const holds = (selectionSet: SelectionSetNode | undefined): boolean =>
    fieldsOf(selectionSet, info).some(
      ({ name, selectionSet: below }) => name.value === parent && holdsAny(below, names, info),
    );
  return info.fieldNodes.some(({ selectionSet }) => holds(selectionSet));
}

/** The fields of a selection set, through its fragments, without those that are left out. */
function fieldsOf(
  selectionSet: SelectionSetNode | undefined,
  info: GraphQLResolveInfo,
): readonly FieldNode[] {
  return (selectionSet?.selections ?? []).flatMap((selection) => {
    if (isLeftOut(selection, info)) return [];
    if (selection.kind === Kind.FIELD) return [selection];
    const { selectionSet: below } =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : (info.fragments[selection.name.value] ?? {});
    // A validated document has no circle of fragments, so this ends.
    return fieldsOf(below, info);
  });
}

function holdsAny(
  selectionSet: SelectionSetNode | undefined,
  names: ReadonlySet<string>,
  info: GraphQLResolveInfo,
): boolean {
  return fieldsOf(selectionSet, info).some(({ name }) => names.has(name.value));
}

function isLeftOut(selection: SelectionNode, { variableValues }: GraphQLResolveInfo): boolean {
  if (!selection.directives?.length) return false;
  const conditionOf = (directive: GraphQLDirective) =>
    getDirectiveValues(directive, selection, variableValues)?.if;
  return (
    conditionOf(GraphQLSkipDirective) === true || conditionOf(GraphQLIncludeDirective) === false
  );
}
