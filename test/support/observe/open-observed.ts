import type { TestContext } from 'node:test';
import { type GatewayOptions, type OpenGateway, openGateway } from '../open-gateway.ts';

/** One series of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ObservedGateway extends OpenGateway {
  readonly metricsUrl: string;
  /** The metrics as they are now. */
  scrape(): Promise<string>;
  /** Every series of a metric as it is now, zeros left out. */
  samplesOf(name: string): Promise<Sample[]>;
}

/** A gateway whose metrics can be read, on a free port. */
export async function openObserved(
  t: TestContext,
  options: GatewayOptions = {},
): Promise<ObservedGateway> {
  const gateway = await openGateway(t, {
    ...options,
    env: { METRICS_PORT: '0', ...options.env },
  });
  const { metricsUrl } = gateway.app;
  if (metricsUrl === null) throw new Error('no metrics are served');
  const scrape = async () => await (await fetch(metricsUrl)).text();
  return {
    ...gateway,
    metricsUrl,
    scrape,
    async samplesOf(name) {
      const samples = toSamples(await scrape());
      return samples.filter((sample) => sample.name === name && sample.value !== 0);
    },
  };
}

/** Reads the text form of Prometheus. */
export function toSamples(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    return [
      {
        name,
        labels: Object.fromEntries(pairs.map(([, label = '', text = '']) => [label, text])),
        value: Number(value),
      },
    ];
  });
}

/** The samples as a table: the values of some labels, and the figure. */
export function toRows(samples: readonly Sample[], ...labels: string[]): string[] {
  return samples
    .map((sample) => [...labels.map((label) => sample.labels[label]), sample.value].join(' '))
    .toSorted();
}
