/** A value that differs between two results. */
export interface Change {
  /** Its path below the root field, such as `status.upload`. */
  readonly path: string;
  /** As JSON; null where it was not there before. */
  readonly from: string | null;
  /** As JSON; null where it is gone. */
  readonly to: string | null;
}

/** The values that differ between the data of two results, in the order of the later one. */
export function changesBetween(earlier: unknown, later: unknown): readonly Change[] {
  const before = leavesOf(earlier);
  const after = leavesOf(later);
  const changed = [...after]
    .filter(([path, value]) => before.get(path) !== value)
    .map(([path, to]) => ({ path, from: before.get(path) ?? null, to }));
  const gone = [...before]
    .filter(([path]) => !after.has(path))
    .map(([path, from]) => ({ path, from, to: null }));
  return [...changed, ...gone];
}

function leavesOf(data: unknown): Map<string, string> {
  const leaves = new Map<string, string>();
  function walk(value: unknown, path: readonly string[]): void {
    if (typeof value !== 'object' || value === null) {
      // The root field is the same in every event of a subscription.
      leaves.set(path.slice(1).join('.') || path.join('.'), JSON.stringify(value) ?? 'null');
      return;
    }
    for (const [name, member] of Object.entries(value)) {
      walk(member, [...path, Array.isArray(value) ? nameOf(member, name) : name]);
    }
  }
  walk(data, []);
  return leaves;
}

/** The id of an entry of a list, so that it keeps its name when others come before it. */
function nameOf(entry: unknown, place: string): string {
  if (typeof entry !== 'object' || entry === null) return place;
  const { documentId, uuid, id } = entry as Record<string, unknown>;
  const name = documentId ?? uuid ?? id;
  return typeof name === 'string' ? name : place;
}
