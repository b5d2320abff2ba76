/** No answer of CONTRACT.md has nearly so many entries; one that has more is not read. */
export const mostEntries = 10_000;
/** An entry takes at least two characters of a JSON text, itself and a comma. */
const charactersPerEntry = 2;

/**
 * True if the value of a JSON text has more than 10,000 entries: in all its lists together, or as
 * members of one object. Stops at the first entry too many.
 */
export function hasTooManyEntries(text: string, value: unknown): boolean {
  if (text.length <= mostEntries * charactersPerEntry) return false;
  let entries = 0;
  // Not by recursion: a value may nest deeper than the stack.
  const left: unknown[] = [value];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    if (typeof at !== 'object' || at === null) continue;
    const members = Array.isArray(at) ? at : Object.values(at);
    if (Array.isArray(at)) entries += at.length;
    if (entries > mostEntries || members.length > mostEntries) return true;
    for (const member of members) {
      if (typeof member === 'object' && member !== null) left.push(member);
    }
  }
  return false;
}
