/** Counts of two kinds over the last while. */
export interface RollingCounts {
  add(kind: 0 | 1): void;
  /** How many of each kind lately. */
  sums(): readonly [number, number];
  clear(): void;
}

const slices = 10;

/**
 * Forgets by tenths of the window: what is counted is at most the window old. `now` is a monotonic
 * clock, in milliseconds.
 */
export function createRollingCounts(windowMs: number, now: () => number): RollingCounts {
  const sliceMs = windowMs / slices;
  const counts = [new Uint32Array(slices), new Uint32Array(slices)] as const;
  const sums: [number, number] = [0, 0];
  let newest = Math.floor(now() / sliceMs);

  function forget(): void {
    const current = Math.floor(now() / sliceMs);
    for (let passed = Math.max(newest + 1, current - slices + 1); passed <= current; passed += 1) {
      for (const kind of [0, 1] as const) {
        sums[kind] -= counts[kind][passed % slices] ?? 0;
        counts[kind][passed % slices] = 0;
      }
    }
    newest = current;
  }

  return {
    add(kind) {
      forget();
      counts[kind][newest % slices] = (counts[kind][newest % slices] ?? 0) + 1;
      sums[kind] += 1;
    },
    sums() {
      forget();
      return sums;
    },
    clear() {
      for (const kind of [0, 1] as const) {
        counts[kind].fill(0);
        sums[kind] = 0;
      }
    },
  };
}
