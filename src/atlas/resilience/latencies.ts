/** The durations of the latest calls. */
export interface Latencies {
  note(durationMs: number): void;
  /** The 95th percentile in milliseconds; null before the first call. */
  p95Ms(): number | null;
}

const kept = 200;

/** Remembers the latest two hundred. */
export function createLatencies(): Latencies {
  const durationsMs: number[] = [];
  let noted = 0;

  return {
    note(durationMs) {
      durationsMs[noted % kept] = durationMs;
      noted += 1;
    },
    p95Ms() {
      const sorted = durationsMs.toSorted((one, other) => one - other);
      return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? null;
    },
  };
}
