const mostSuggestions = 3;
const mostEdits = 2;

/**
 * Returns ` Did you mean "…"?` with the names that a mistyped one is most likely to stand for, or an
 * empty text where none is close. The work is bounded by the length of the longest name.
 */
export function suggestName(mistyped: string, names: ReadonlySet<string>): string {
  const close = [...names]
    .map((name) => ({ name, edits: countEdits(mistyped.toLowerCase(), name.toLowerCase()) }))
    .filter(({ edits }) => edits <= mostEdits)
    .sort((one, other) => one.edits - other.edits)
    .slice(0, mostSuggestions)
    .map(({ name }) => `"${name}"`);
  const last = close.pop();
  if (last === undefined) return '';
  return ` Did you mean ${close.length > 0 ? `${close.join(', ')} or ` : ''}${last}?`;
}

/** The Levenshtein distance of two texts; more than `mostEdits` where their lengths alone say so. */
function countEdits(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > mostEdits) return mostEdits + 1;
  let before = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const edits = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const replaced = (before[column - 1] ?? 0) + (isSame ? 0 : 1);
      edits.push(Math.min(replaced, (before[column] ?? 0) + 1, (edits[column - 1] ?? 0) + 1));
    }
    before = edits;
  }
  return before[other.length] ?? 0;
}
