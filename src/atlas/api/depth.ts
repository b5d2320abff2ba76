/** No answer of CONTRACT.md is nested half as deep; what lies deeper is not read. */
export const maxDepth = 64;

/** A value as JSON has it, with null for what lies too deep in it. Changes what it is given. */
export function cutDeep(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === maxDepth) return null;
  // JSON.parse makes plain objects and arrays only, whose entries are found by their names alike.
  const members = value as Record<string, unknown>;
  for (const name of Object.keys(members)) {
    const entry = members[name];
    if (typeof entry === 'object') members[name] = cutDeep(entry, depth + 1);
  }
  return value;
}
