/** Counts by kind, and says so the first time. */
export interface DriftCounter<Kind extends string> {
  readonly count: (kind: Kind) => void;
  readonly counts: ReadonlyMap<Kind, number>;
}

/** Counts of what was met and not expected; `onFirst` is told once for each kind. */
export function createDriftCounter<Kind extends string>(
  onFirst: (kind: Kind) => void,
): DriftCounter<Kind> {
  const counts = new Map<Kind, number>();
  return {
    counts,
    count(kind) {
      const before = counts.get(kind) ?? 0;
      counts.set(kind, before + 1);
      if (before === 0) onFirst(kind);
    },
  };
}
