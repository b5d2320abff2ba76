import type { Clock } from '../live/clock.ts';
import type { Log } from '../logging/log.ts';
import { createMeasuring, type Gauges, type Observers, readGauges } from './measuring.ts';
import { startMetricsServer } from './metrics-server.ts';

/** The options of `startObserving`. */
export interface ObservingOptions {
  readonly host: string;
  /** Null: no metrics; 0: any free port. */
  readonly metricsPort: number | null;
  /** The collector's base URL; undefined: no traces. */
  readonly otlpEndpoint: string | undefined;
  readonly log: Log;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
}

/** The metrics and traces of this process. */
export interface Observing extends Observers {
  /** Opens the metrics to be read, if they are; answers the port, or null. */
  listen(gauges: Gauges): Promise<number | null>;
  close(): Promise<void>;
}

/**
 * Begins to measure and to trace what is configured. The libraries for it are loaded only then, so
 * that who wants neither waits for neither.
 */
export async function startObserving(options: ObservingOptions): Promise<Observing> {
  const { host, metricsPort, otlpEndpoint, log, clock } = options;
  const registry = metricsPort === null ? null : (await import('./registry.ts')).createRegistry();
  const tracing =
    otlpEndpoint === undefined
      ? null
      : (await import('./tracing.ts')).startTracing({
          endpoint: otlpEndpoint,
          clock,
          onFailure: () =>
            log.warn('traces are dropped: OTEL_EXPORTER_OTLP_ENDPOINT does not accept them'),
        });
  const measuring = registry && createMeasuring(registry, clock.monotonicMs);
  let server: Awaited<ReturnType<typeof startMetricsServer>> | null = null;

  return {
    events: {
      onBegun(asked, traceparent) {
        tracing?.events.onBegun?.(asked, traceparent);
      },
      onAnswered(asked, outcome, code) {
        measuring?.events.onAnswered?.(asked, outcome, code);
        tracing?.events.onAnswered?.(asked, outcome, code);
      },
      ...(measuring?.events.onErrors ? { onErrors: measuring.events.onErrors } : {}),
      ...(measuring?.events.onRefused ? { onRefused: measuring.events.onRefused } : {}),
    },
    atlas: {
      ...measuring?.atlas,
      ...(tracing && { startTrace: tracing.startTrace }),
    },
    onPoll(kind, poll) {
      measuring?.onPoll(kind, poll);
    },
    async listen(gauges) {
      if (registry === null || metricsPort === null) return null;
      readGauges(registry, gauges);
      server = await startMetricsServer({ host, port: metricsPort, scrape: registry.scrape });
      return server.port;
    },
    async close() {
      await Promise.all([server?.close(), tracing?.close()]);
    },
  };
}
