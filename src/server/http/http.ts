import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import { type After, systemAfter } from '../../atlas/deadline/timer.ts';
import type { Log } from '../../logging/log.ts';
import type { TenantId } from '../../tenant-id.ts';
import type { OperationEvents } from '../operation/operation-events.ts';
import { type RequestContext, requestIdOf, type Transport } from '../operation/request-context.ts';
import { toMediaRanges } from './accept.ts';
import { createPipelines } from './pipelines.ts';
import { type AnswerSender, createAnswerSender } from './send-answer.ts';

// An import would touch every export, and so load all of fetch behind node:http's WebSocket.
const { createServer } = process.getBuiltinModule('node:http');

/** A request that has been given its id, and the path it is for. */
export interface HttpContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly path: string;
  /**
   * What the answer's head says whatever the answer is; `writeHead` sends it. Handed to the response
   * itself, it would be kept for as long as a stream is open.
   */
  readonly headers: Record<string, string>;
  readonly events: OperationEvents;
  /** What sends the body of an answer that is whole. */
  readonly sender: AnswerSender;
  /** Whether this is the last answer on its connection, for the process is about to end. */
  readonly isClosing: () => boolean;
  /** Set by a route whose answers are many. */
  transport: Transport;
  /** Set by whoever recognises the caller. */
  tenantId?: TenantId;
  /** The operation that it holds, for the log; set when that begins. */
  operation?: RequestContext;
  /** The handler that answered the operation, for the log. */
  lane?: 'plain' | 'yoga';
  /** Set when the operation leaves a line of its own in the log. */
  isLogged?: boolean;
}

/** Answers a request, or resolves to false when it is for somebody else. */
export type Route = (http: HttpContext) => Promise<boolean> | boolean;

export interface HttpOptions {
  /** Tried in order; each knows its own exact path. */
  readonly routes: readonly Route[];
  readonly log: Log;
  /** The monotonic clock, in milliseconds. */
  readonly monotonicMs: () => number;
  /** The timer; that of the process by default. */
  readonly after?: After;
  /** What is told of requests that are turned away. */
  readonly events?: OperationEvents;
  /** How long a request may take to arrive whole; 30 seconds by default. */
  readonly requestTimeoutMs?: number | undefined;
  /** Whether the process is about to end; never by default. */
  readonly isClosing?: () => boolean;
}

const defaultRequestTimeoutMs = 30_000;
/** How long nothing of a whole answer may leave the process, in milliseconds. */
const stalledMs = 30_000;
/** Requests of one connection that may be under way. */
const mostUnderWay = 8;

/**
 * The one HTTP server. Paths are matched whole and before anything else looks at the URL; a fault in
 * a route is a 500 without a word of its cause; each request leaves one line in the log.
 */
export function createHttpServer(options: HttpOptions): Server {
  const { routes, log, monotonicMs, events = {} } = options;
  const { requestTimeoutMs = defaultRequestTimeoutMs, isClosing = () => false } = options;
  const sender = createAnswerSender({ after: options.after ?? systemAfter, stalledMs });
  const pipelines = createPipelines(mostUnderWay);
  const server = createServer({
    keepAliveTimeout: 65_000,
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    // By default it looks every 30 seconds, so that who drips would have twice the time.
    connectionsCheckingInterval: requestTimeoutMs / 6,
    // Clients that offer HTTP/2 with their first request are to be answered, and not upgraded.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
  });

  server.on('request', (request, response) => {
    pipelines.enter(request, response, () => begin(request, response));
  });

  function begin(request: IncomingMessage, response: ServerResponse): void {
    const startedAt = monotonicMs();
    const { accept } = request.headers;
    if (accept?.includes('*')) request.headers.accept = toMediaRanges(accept);
    const requestId = requestIdOf(request);
    const headers = { 'x-request-id': requestId, 'x-content-type-options': 'nosniff' };
    const http: HttpContext = {
      request,
      response,
      requestId,
      path: pathOf(request),
      headers,
      events,
      sender,
      isClosing,
      transport: 'http',
    };
    response.on('close', () => {
      // No other request is taken, so that a connection kept for one would only be waited for.
      if (!server.listening) request.socket.destroySoon();
      const { operation, lane, isLogged } = http;
      if (isLogged) return;
      log.info('request', {
        requestId,
        transport: 'http',
        tenant: http.tenantId,
        method: request.method,
        route: routeNameOf(http.path),
        status: response.headersSent ? response.statusCode : undefined,
        lane,
        operation: operation?.operationName,
        durationMs: Math.round(monotonicMs() - startedAt),
        atlasCalls: operation?.meter.calls,
        atlasCoalesced: operation?.meter.coalesced,
      });
    });
    void answer(http).catch(() => {
      // The request broke off; there is nobody to answer and nothing to mend.
      if (request.errored) return;
      log.error('a route failed', { requestId, route: routeNameOf(http.path) });
      if (!response.headersSent) sendJson(http, 500, { error: 'Internal error' });
      else response.destroy();
    });
  }

  async function answer(http: HttpContext): Promise<void> {
    for (const route of routes) {
      const answered = route(http);
      if (answered instanceof Promise ? await answered : answered) return;
    }
    sendJson(http, 404, { error: 'Not found' });
  }

  return server;
}

/** Begins an answer, with what every answer to this request says in its head. */
export function writeHead(
  { response, headers: shared, isClosing }: HttpContext,
  status: number,
  headers: OutgoingHttpHeaders = {},
): ServerResponse {
  // RFC 9112, 9.6: what follows goes to another process, over another connection.
  const last = isClosing() ? { connection: 'close' } : {};
  return response.writeHead(status, { ...shared, ...headers, ...last });
}

/** Sends an answer whole: its head, and its body if it has one. */
export function sendWhole(
  http: HttpContext,
  status: number,
  headers: OutgoingHttpHeaders,
  body: string | Buffer = '',
  coding: BufferEncoding = 'utf8',
): void {
  const response = writeHead(http, status, headers);
  http.sender.end(response, http.request.socket, body, coding);
}

/** Sends a small JSON answer. */
export function sendJson(
  http: HttpContext,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  const head = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...headers,
  };
  sendWhole(http, status, head, text);
}

/** The path of a request, without its query; `/` for one that is none. */
export function pathOf(request: IncomingMessage): string {
  const target = request.url ?? '/';
  const end = target.search(/[?#]/);
  return end === -1 ? target : target.slice(0, end);
}

const knownRoutes = ['/graphql', '/graphql/stream', '/health', '/ready'];

/** A name for the log: callback paths hold secrets, and strangers' paths may hold anything. */
function routeNameOf(path: string): string {
  if (knownRoutes.includes(path)) return path;
  if (path === '/docs' || path.startsWith('/docs/')) return '/docs/…';
  const callback = /^\/atlas\/(callback|auth)\//.exec(path)?.[1];
  return callback ? `/atlas/${callback}/…` : 'other';
}
