import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { ExportResultCode, parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { CallMeter } from '../atlas/api/call-meter.ts';
import type { AtlasObserver } from '../atlas/resilience/observer.ts';
import type { Clock } from '../live/clock.ts';
import type { OperationEvents } from '../server/operation/operation-events.ts';
import { type SpanFields, toAttributes } from './span-fields.ts';

/** The options of `startTracing`. */
export interface TracingOptions {
  /** Where the collector takes OTLP over HTTP: `http://host:4318`, without `/v1/traces`. */
  readonly endpoint: string;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  /** Told once, when spans could not be handed over. They are dropped, and nothing else stops. */
  readonly onFailure: () => void;
}

/** Starts spans and exports them. */
export interface Tracing {
  readonly events: OperationEvents;
  readonly startTrace: NonNullable<AtlasObserver['startTrace']>;
  /** Hands over what is left, for two seconds at most. */
  close(): Promise<void>;
}

/** Beyond this many, spans are dropped and not kept. */
const mostSpans = 2_048;
const exportTimeoutMs = 5_000;
const mostCloseMs = 2_000;

/**
 * One span an operation, from its arrival to its answer, and one a request to Atlas below the
 * operation that began it; what several operations share, tokens and the looks of a watch, stands
 * alone. An operation's parent is the caller's span, whose word on sampling holds; of `tracestate`,
 * where anything might stand, nothing is taken.
 */
export function startTracing({ endpoint, clock, onFailure }: TracingOptions): Tracing {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint}/v1/traces`,
    timeoutMillis: exportTimeoutMs,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'atlas-gateway' }),
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: withFailure(exporter, onFailure),
        maxQueueSize: mostSpans,
        exportTimeoutMillis: exportTimeoutMs,
      }),
    ],
  });
  const tracer = provider.getTracer('atlas-gateway');
  const underWay = new WeakMap<CallMeter, { readonly span: Span; readonly beganAt: number }>();
  /** The parent of spans for calls to Atlas; kept after the answer, for later events of a subscription. */
  const contexts = new WeakMap<CallMeter, Context>();

  return {
    events: {
      onBegun({ meter }, traceparent) {
        const beganAt = clock.now();
        const options = { kind: SpanKind.SERVER, startTime: beganAt };
        const span = tracer.startSpan('operation', options, toContext(traceparent));
        underWay.set(meter, { span, beganAt });
        contexts.set(meter, trace.setSpanContext(ROOT_CONTEXT, span.spanContext()));
      },
      onAnswered(asked, outcome, code) {
        const { meter, principal, requestId, transport, kind, operationName } = asked;
        const begun = underWay.get(meter);
        if (begun === undefined) return;
        const { span, beganAt } = begun;
        underWay.delete(meter);
        const tenant = principal.tenant.id;
        finish(span, { tenant, requestId, transport, kind, operationName, outcome, code });
        // The wall clock may have stepped back since.
        span.end(beganAt + clock.monotonicMs() - asked.startedAt);
      },
    },
    startTrace({ tenantId, meter }) {
      const context = (meter && contexts.get(meter)) ?? ROOT_CONTEXT;
      const startedMs = clock.monotonicMs();
      const beganAt = clock.now();
      const options = { kind: SpanKind.CLIENT, startTime: beganAt };
      const span = tracer.startSpan('atlas call', options, context);
      return {
        traceparent: toTraceparent(span.spanContext()),
        end({ endpoint: name, outcome, status, requestId }) {
          finish(span, { tenant: tenantId, endpoint: name, outcome, status, requestId });
          span.end(beganAt + clock.monotonicMs() - startedMs);
        },
      };
    },
    async close() {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, mostCloseMs);
      // A failed export has been logged already.
      await Promise.race([provider.shutdown().catch(() => {}), late]);
      clearTimeout(timer);
    },
  };
}

const fine: ReadonlySet<string> = new Set(['ok', 'left', 'answered', 'absent', 'cancelled']);

function finish(span: Span, fields: SpanFields & { readonly outcome: string }): void {
  span.setAttributes(toAttributes(fields));
  if (!fine.has(fields.outcome)) span.setStatus({ code: SpanStatusCode.ERROR });
}

/** The header for a span (W3C Trace Context, 3.2). */
function toTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

function toContext(traceparent: string | undefined): Context {
  const parent = traceparent === undefined ? null : parseTraceParent(traceparent);
  if (parent === null) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
}

function withFailure(exporter: OTLPTraceExporter, onFailure: () => void): SpanExporter {
  let hasFailed = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.code !== ExportResultCode.SUCCESS && !hasFailed) {
          hasFailed = true;
          onFailure();
        }
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}
