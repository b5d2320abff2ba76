import {
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

function holdsAny(
  selectionSet: SelectionSetNode | undefined,
  names: ReadonlySet<string>,
  info: GraphQLResolveInfo,
): boolean {
  return (selectionSet?.selections ?? []).some((selection) => {
    if (isLeftOut(selection, info)) return false;
    if (selection.kind === Kind.FIELD) return names.has(selection.name.value);
    const { selectionSet: below } =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : (info.fragments[selection.name.value] ?? {});
    // A validated document has no circle of fragments, so this ends.
    return holdsAny(below, names, info);
  });
}

function isLeftOut(selection: SelectionNode, { variableValues }: GraphQLResolveInfo): boolean {
  if (!selection.directives?.length) return false;
  const conditionOf = (directive: GraphQLDirective) =>
    getDirectiveValues(directive, selection, variableValues)?.if;
  return (
    conditionOf(GraphQLSkipDirective) === true || conditionOf(GraphQLIncludeDirective) === false
  );
}
