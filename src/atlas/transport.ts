import { type Dispatcher, errors, Pool } from 'undici';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query, from the root of the origin. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/** How a request without an answer ended; `neverSent` when Atlas can't have seen any of it. */
export class TransportError extends Error {
  readonly neverSent: boolean;
  readonly isTimeout: boolean;

  constructor(neverSent: boolean, isTimeout: boolean, cause: unknown) {
    super(isTimeout ? 'no answer in time' : 'no answer', { cause });
    this.name = 'TransportError';
    this.neverSent = neverSent;
    this.isTimeout = isTimeout;
  }
}

/** An answer that is longer than any honest one. */
export class AnswerTooLongError extends Error {
  constructor(limitBytes: number) {
    super(`the answer is longer than ${limitBytes} bytes`);
    this.name = 'AnswerTooLongError';
  }
}

export interface Transport {
  /** Sends one request and reads its answer whole; rejects with one of the two errors above. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly connections?: number;
  /** How many reads may be under way on one socket; 1, as not every server takes more. */
  readonly pipelining?: number;
  readonly maxAnswerBytes?: number;
  /** What carries the requests; an undici Pool for the origin unless a test gives another. */
  readonly dispatcher?: Dispatcher;
}

const connectFailures = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
]);

/** The sockets to one origin (`https://host:port`): kept alive, bounded, never retried here. */
export function createTransport(origin: string, options: TransportOptions = {}): Transport {
  const { maxAnswerBytes = 8 * 1024 * 1024, connections = 256, pipelining = 1 } = options;
  const pool = options.dispatcher ?? new Pool(origin, { connections, pipelining });
  // Behind each other on one socket, writes would wait for reads, and be lost with them.
  const isPipelined = pipelining > 1 && options.dispatcher === undefined;
  const writePool = isPipelined ? new Pool(origin, { connections }) : pool;

  return {
    send(request) {
      return new Promise((resolve, reject) => {
        if (request.signal.aborted) return reject(new TransportError(true, true, undefined));
        const { signal, method } = request;
        const isRead = method === 'GET';
        (isRead ? pool : writePool).dispatch(
          {
            origin,
            method,
            path: request.path,
            headers: request.headers,
            body: request.body ?? null,
            // undici sends nothing behind a request that may keep its socket busy, as all may.
            blocking: !(isRead && isPipelined),
          },
          createWholeAnswer(signal, maxAnswerBytes, resolve, (error, isQueued) => {
            if (error instanceof AnswerTooLongError) return reject(error);
            const neverSent = isQueued || isConnectFailure(error);
            reject(new TransportError(neverSent, signal.aborted, error));
          }),
        );
      });
    },
    async close() {
      await Promise.all([pool.close(), ...(isPipelined ? [writePool.close()] : [])]);
    },
  };
}

/** Reads an answer whole, unless the signal aborts first, even while it waits for a socket. */
function createWholeAnswer(
  signal: AbortSignal,
  maxBytes: number,
  resolve: (answer: HttpAnswer) => void,
  reject: (error: unknown, isQueued: boolean) => void,
): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = [];
  let length = 0;
  let status = 0;
  let retryAfter: string | undefined;
  let started: Dispatcher.DispatchController | undefined;

  function abort(): void {
    const error = new DOMException('nobody waits for it', 'AbortError');
    if (started) started.abort(error);
    else reject(error, true);
  }
  signal.addEventListener('abort', abort);

  return {
    onRequestStart(controller) {
      started = controller;
      if (signal.aborted) abort();
    },
    onResponseStart(_controller, statusCode, headers) {
      status = statusCode;
      const given = headers['retry-after'];
      retryAfter = Array.isArray(given) ? given[0] : given;
    },
    onResponseData(controller, chunk) {
      length += chunk.length;
      if (length > maxBytes) controller.abort(new AnswerTooLongError(maxBytes));
      else chunks.push(chunk);
    },
    onResponseEnd() {
      signal.removeEventListener('abort', abort);
      const [first] = chunks;
      const body = chunks.length === 1 && first ? first : Buffer.concat(chunks, length);
      resolve({ status, retryAfter, body: body.toString('utf8') });
    },
    onResponseError(_controller, error) {
      signal.removeEventListener('abort', abort);
      reject(error, started === undefined);
    },
  };
}

function isConnectFailure(error: unknown): boolean {
  if (error instanceof errors.ConnectTimeoutError) return true;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && connectFailures.has(code);
}
