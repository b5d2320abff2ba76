/** The durations of the latest calls. */
export interface Latencies {
  record(durationMs: number): void;
  /** The 95th percentile in milliseconds; null before the first call. */
  p95Ms(): number | null;
}

const capacity = 200;

/** Remembers the latest two hundred. */
export function createLatencies(): Latencies {
  const durationsMs: number[] = [];
  let recorded = 0;

  return {
    record(durationMs) {
      durationsMs[recorded % capacity] = durationMs;
      recorded += 1;
    },
    p95Ms() {
      const sorted = durationsMs.toSorted((one, other) => one - other);
      return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? null;
    },
  };
}
