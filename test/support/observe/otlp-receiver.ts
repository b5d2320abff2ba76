import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

/** A span as it came over the wire. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly isError: boolean;
  readonly startMs: number;
  readonly endMs: number;
}

/** A small collector of OTLP over HTTP, in JSON. */
export interface OtlpReceiver {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  readonly spans: ReceivedSpan[];
  /** Everything that came, as it stood. */
  readonly text: () => string;
  /** How many requests came, taken or not. */
  countRequests(): number;
  /** Refuses all that comes from here on. */
  refuse(): void;
}

/** Opens one, closed with the test. */
export async function openOtlpReceiver(t: TestContext): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  let count = 0;
  let status = 200;
  const server = createServer(async (request, response) => {
    count += 1;
    const body = await json(request);
    if (request.url !== '/v1/traces') status = 404;
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    if (status !== 200) return;
    bodies.push(JSON.stringify(body));
    spans.push(...toSpans(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    text: () => bodies.join('\n'),
    countRequests: () => count,
    refuse() {
      status = 400;
    },
  };
}

/** The form that opentelemetry-proto gives in JSON (trace/v1/trace.proto). */
function toSpans(body: unknown): ReceivedSpan[] {
  const { resourceSpans } = body as ReturnType<typeof JSON.parse>; // a body of OTLP
  const spans: ReturnType<typeof JSON.parse>[] = resourceSpans
    .flatMap(({ scopeSpans }: ReturnType<typeof JSON.parse>) => scopeSpans)
    .flatMap((scope: ReturnType<typeof JSON.parse>) => scope.spans);
  return spans.map((span) => ({
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId || undefined,
    name: span.name,
    isError: span.status?.code === 2,
    startMs: Number(span.startTimeUnixNano) / 1e6,
    endMs: Number(span.endTimeUnixNano) / 1e6,
    attributes: Object.fromEntries(
      span.attributes.map(({ key, value }: ReturnType<typeof JSON.parse>) => [
        key,
        value.stringValue ?? Number(value.intValue ?? value.doubleValue),
      ]),
    ),
  }));
}
