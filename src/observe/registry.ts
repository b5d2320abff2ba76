import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import {
  type LabelValues,
  type MetricName,
  type MetricNameOf,
  type MetricRow,
  metrics,
} from './metrics.ts';

/** A counter or histogram; returns its series for some labels, which may be kept. */
export type Series<Name extends MetricName, Child> = (...values: LabelValues<Name>) => Child;

/** Sets one series at the time of a scrape. */
export type SetSeries<Name extends MetricName> = (
  value: number,
  ...values: LabelValues<Name>
) => void;

/** The metrics of this process and of the gateway; nothing is shared with another registry. */
export interface MetricsRegistry {
  counter<Name extends MetricNameOf<'counter'>>(name: Name): Series<Name, { inc(): void }>;
  histogram<Name extends MetricNameOf<'histogram'>>(
    name: Name,
  ): Series<Name, { observe(seconds: number): void }>;
  /** Reads a gauge, or a counter that somebody else keeps, when it is scraped. */
  read<Name extends MetricNameOf<'gauge' | 'counter'>>(
    name: Name,
    tell: (set: SetSeries<Name>) => void,
  ): void;
  /** All of it, in the text form of Prometheus. */
  scrape(): Promise<{ readonly text: string; readonly contentType: string }>;
}

/** Makes every metric of the table, and those of the process: event loop, memory, GC. */
export function createRegistry(): MetricsRegistry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const readers = new Map<string, () => void>();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [name, row] of Object.entries<MetricRow>(metrics)) {
    const { help, labels: labelNames } = row;
    const collect = () => readers.get(name)?.();
    const options = { name, help, labelNames, registers: [registry], collect };
    if (row.type === 'counter') counters.set(name, new Counter(options));
    else if (row.type === 'gauge') gauges.set(name, new Gauge(options));
    else histograms.set(name, new Histogram({ ...options, buckets: [...(row.buckets ?? [])] }));
  }

  return {
    counter(name) {
      const counter = find(counters, name);
      return remember((values) => counter.labels(...values));
    },
    histogram(name) {
      const histogram = find(histograms, name);
      return remember((values) => histogram.labels(...values));
    },
    read(name, tell) {
      const counter = counters.get(name);
      const gauge = gauges.get(name);
      readers.set(name, () => {
        counter?.reset();
        gauge?.reset();
        tell((value, ...values) => {
          counter?.labels(...values).inc(value);
          gauge?.labels(...values).set(value);
        });
      });
    },
    async scrape() {
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}

function find<Metric>(made: ReadonlyMap<string, Metric>, name: string): Metric {
  const metric = made.get(name);
  if (metric === undefined) throw new Error(`the table has no ${name}`);
  return metric;
}

/** One level a label; the child at the end of the path. */
type Branch<Child> = Map<string, Branch<Child> | Child>;

/** Makes each child once, so that counting needs no labels object. */
function remember<Child extends object>(
  make: (values: readonly string[]) => Child,
): (...values: readonly string[]) => Child {
  const root: Branch<Child> = new Map();
  return (...values) => {
    let branch = root;
    const last = values.length - 1;
    for (let place = 0; place < last; place += 1) {
      branch = below(branch, values[place] ?? '', () => new Map()) as Branch<Child>;
    }
    // The last value leads to a child, and all others to a branch: each has as many as it has labels.
    return below(branch, values[last] ?? '', () => make(values)) as Child;
  };
}

function below<Child>(
  branch: Branch<Child>,
  value: string,
  make: () => Branch<Child> | Child,
): Branch<Child> | Child {
  const known = branch.get(value);
  if (known !== undefined) return known;
  const made = make();
  branch.set(value, made);
  return made;
}
