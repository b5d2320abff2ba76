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
  const maxAnswerBytes = options.maxAnswerBytes ?? 8 * 1024 * 1024;
  const pool = options.dispatcher ?? new Pool(origin, { connections: options.connections ?? 256 });

  return {
    async send(request) {
      try {
        const { statusCode, headers, body } = await pool.request({
          origin,
          method: request.method,
          path: request.path,
          headers: request.headers,
          body: request.body ?? null,
          signal: request.signal,
        });
        const retryAfter = headers['retry-after'];
        return {
          status: statusCode,
          retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
          body: await readText(body, maxAnswerBytes),
        };
      } catch (error) {
        if (error instanceof AnswerTooLongError) throw error;
        throw new TransportError(isConnectFailure(error), request.signal.aborted, error);
      }
    },
    close: () => pool.close(),
  };
}

async function readText(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) throw new AnswerTooLongError(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length).toString('utf8');
}

function isConnectFailure(error: unknown): boolean {
  if (error instanceof errors.ConnectTimeoutError) return true;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && connectFailures.has(code);
}
