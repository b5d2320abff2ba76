import type { Dispatcher } from 'undici';
import Pool from 'undici/lib/dispatcher/pool.js';
import type { TenantId } from '../tenant-id.ts';
import type { Waiter } from './deadline.ts';
import { createPipelinedPool, type PooledHandler, type RequestPool } from './pipelined-pool.ts';
import { type After, systemAfter } from './timer.ts';

export interface HttpRequest {
  /** For whom it is sent: reads of two tenants never share a socket. */
  readonly tenantId: TenantId;
  readonly method: 'GET' | 'POST';
  /** Path and query, from the root of the origin. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** A request under way. To `end` it is to break it off: nobody waits for it. */
export interface HttpExchange extends Waiter {
  /** The answer, whole; rejects with a `TransportError` or an `AnswerTooLongError`. */
  readonly answer: Promise<HttpAnswer>;
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
  send(request: HttpRequest): HttpExchange;
  /** Closes what stands open for a tenant alone, once what is under way there has ended. */
  forget(tenantId: TenantId): void;
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly connections?: number;
  /** How many reads may be under way on one socket; 1 unless given, as not every server takes more. */
  readonly pipelining?: number;
  readonly maxAnswerBytes?: number;
  /** What carries the requests; an undici Pool for the origin unless a test gives another. */
  readonly dispatcher?: Dispatcher;
  readonly after?: After;
}

/** How long a socket is kept for an answer that nobody waits for, and that others wait behind. */
const mostSilentMs = 10_000;

const connectFailures = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The sockets to one origin (`https://host:port`): kept alive, bounded, never retried here. */
export function createTransport(origin: string, options: TransportOptions = {}): Transport {
  const { maxAnswerBytes = 8 * 1024 * 1024, connections = 256, pipelining = 1 } = options;
  const { after = systemAfter } = options;
  // How long an answer may take is for whoever asks to say, by ending the exchange.
  const untimed = { headersTimeout: 0, bodyTimeout: 0 };
  const pool = options.dispatcher ?? new Pool(origin, { ...untimed, connections });
  const isPipelined = pipelining > 1 && options.dispatcher === undefined;
  // One tenant's silent answers hold up what follows on their sockets, and so its own reads alone.
  const readPools = new Map<TenantId, RequestPool>();

  function readPoolOf(tenantId: TenantId): RequestPool {
    const known = readPools.get(tenantId);
    if (known !== undefined) return known;
    const opened = createPipelinedPool(origin, { ...untimed, connections, pipelining });
    readPools.set(tenantId, opened);
    return opened;
  }

  return {
    send({ tenantId, method, path, headers, body }) {
      const isRead = method === 'GET';
      // Behind each other on one socket, writes would wait for reads, and be lost with them.
      const isBehindOthers = isRead && isPipelined;
      const exchange = new WholeAnswer(maxAnswerBytes, isBehindOthers ? after : null);
      (isBehindOthers ? readPoolOf(tenantId) : pool).dispatch(
        // undici sends nothing behind a request that may keep its socket busy, as it thinks all may.
        { origin, method, path, headers, body, blocking: !isRead },
        exchange,
      );
      return exchange;
    },
    forget(tenantId) {
      // What fails while it closes fails for whoever waits for it.
      readPools
        .get(tenantId)
        ?.close()
        .catch(() => {});
      readPools.delete(tenantId);
    },
    async close() {
      await Promise.all([...readPools.values(), pool].map((each) => each.close()));
    },
  };
}

/** Reads an answer whole, unless it is ended first, even while it waits for a socket. */
class WholeAnswer implements HttpExchange, PooledHandler {
  readonly answer: Promise<HttpAnswer>;
  isWanted = true;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (error: TransportError | AnswerTooLongError) => void;
  readonly #maxAnswerBytes: number;
  /** Where others share the socket: to break it off would cost their answers too. */
  readonly #afterShared: After | null;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #status = 0;
  #retryAfter: string | undefined;
  #started: Dispatcher.DispatchController | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(maxAnswerBytes: number, afterShared: After | null) {
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#maxAnswerBytes = maxAnswerBytes;
    this.#afterShared = afterShared;
  }

  end(): void {
    this.isWanted = false;
    const started = this.#started;
    if (started === undefined) this.#fail(unwanted());
    else if (this.#afterShared === null) started.abort(unwanted());
    else {
      this.#fail(unwanted());
      this.#cancelTimer ??= this.#afterShared(mostSilentMs, () => started.abort(unwanted()));
    }
  }

  #fail(error: unknown): void {
    const neverSent = this.#started === undefined || isConnectFailure(error);
    const isTooLong = error instanceof AnswerTooLongError;
    this.#reject(isTooLong ? error : new TransportError(neverSent, !this.isWanted, error));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#started = controller;
    // Nothing of it is on the socket yet.
    if (!this.isWanted) controller.abort(unwanted());
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = status;
    const given = headers['retry-after'];
    this.#retryAfter = Array.isArray(given) ? given[0] : given;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const most = this.#maxAnswerBytes;
    this.#length += chunk.length;
    if (this.#length > most) controller.abort(new AnswerTooLongError(most));
    else if (this.isWanted) this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#cancelTimer?.();
    const [first] = this.#chunks;
    const isOne = this.#chunks.length === 1 && first !== undefined;
    const body = isOne ? first : Buffer.concat(this.#chunks, this.#length);
    this.#resolve({
      status: this.#status,
      retryAfter: this.#retryAfter,
      body: body.toString('utf8'),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: unknown): void {
    this.#cancelTimer?.();
    this.#fail(error);
  }
}

function unwanted(): DOMException {
  return new DOMException('nobody waits for it', 'AbortError');
}

function isConnectFailure(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && connectFailures.has(code);
}
