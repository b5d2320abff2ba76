/** The value that a share of all lies at or below; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const place = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  return sorted[place] ?? Number.NaN;
}

/** How long rounds of one message to many readers took, in milliseconds. */
export interface FanOut {
  readonly rounds: number;
  readonly deliveries: number;
  readonly lost: number;
  /** Over all readers of all rounds. */
  readonly toReader: { readonly p50: number; readonly p99: number };
  /** Over the rounds, until the last reader had it. */
  readonly toLast: { readonly p50: number; readonly p99: number };
}

/** Sums rounds up; each holds how long it took to each reader, NaN where it did not arrive. */
export function toFanOut(rounds: readonly (readonly number[])[]): FanOut {
  const all = rounds.flat();
  const delivered = all.filter((ms) => !Number.isNaN(ms));
  const last = rounds.map((round) => percentile(round, 1));
  return {
    rounds: rounds.length,
    deliveries: delivered.length,
    lost: all.length - delivered.length,
    toReader: { p50: percentile(delivered, 0.5), p99: percentile(delivered, 0.99) },
    toLast: { p50: percentile(last, 0.5), p99: percentile(last, 0.99) },
  };
}

/** A table in Markdown. */
export function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** A number as a table shows it: a tenth where it is small. */
export function show(value: number): string {
  if (Number.isNaN(value)) return '—';
  return value < 20 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US');
}
