import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';
import { bytesPerName } from './answer-size.ts';

/** What the name of a type takes in an answer, about, with its quotation marks. */
const bytesPerTypename = 12;

/**
 * Returns the bytes of the `__typename`s that a field asks of each object below it, as far as its
 * selection shows: graphql-js resolves them by itself, and nothing counts them there.
 */
export function typenameBytesOf({ fieldNodes, fragments }: GraphQLResolveInfo): number {
  const seen = new Set<string>();
  let bytes = 0;
  function count(set: SelectionSetNode | undefined): void {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) {
        if (selection.name.value !== '__typename') continue;
        const name = selection.alias?.value ?? selection.name.value;
        bytes += name.length + bytesPerName + bytesPerTypename;
      } else if (selection.kind === Kind.INLINE_FRAGMENT) count(selection.selectionSet);
      else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        count(fragments[selection.name.value]?.selectionSet);
      }
    }
  }
  for (const { selectionSet } of fieldNodes) count(selectionSet);
  return bytes;
}
