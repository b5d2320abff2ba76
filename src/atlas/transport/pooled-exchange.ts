import type { Dispatcher } from 'undici';
import type { After } from '../deadline/timer.ts';
import type { HttpExchange, HttpResponse } from './http-exchange.ts';
import { createAbortError, TransportError } from './http-exchange.ts';
import type { PooledHandler } from './pipelined-pool.ts';
import { ResponseReader } from './response-reader.ts';

/** The options of a `PooledExchange`. */
export interface PooledExchangeOptions {
  readonly maxResponseBytes: number;
  /** Where others share the socket: to abort would cost their responses too. */
  readonly afterShared: After | null;
  /** Sends the request anew by a client that reads past interim responses. */
  readonly sendElsewhere: () => HttpExchange;
}

/** How long a socket is kept for a response without a reader that other responses wait behind. */
const maxSilentMs = 10_000;

const connectFailures = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Reads the response to a repeatable request by undici; can be ended while it waits for a socket. */
export class PooledExchange implements HttpExchange, PooledHandler {
  readonly #options: PooledExchangeOptions;
  readonly #reader: ResponseReader;
  isWanted = true;
  #started: Dispatcher.DispatchController | undefined;
  #cancelTimer: (() => void) | undefined;
  #elsewhere: HttpExchange | undefined;

  constructor(options: PooledExchangeOptions) {
    this.#options = options;
    this.#reader = new ResponseReader(options.maxResponseBytes);
  }

  get response(): Promise<HttpResponse> {
    return this.#reader.response;
  }

  abort(): void {
    this.isWanted = false;
    const { afterShared } = this.#options;
    const started = this.#started;
    if (this.#elsewhere !== undefined) this.#elsewhere.abort('disconnected');
    else if (started === undefined) this.#fail(createAbortError());
    else if (afterShared === null) started.abort(createAbortError());
    else {
      this.#fail(createAbortError());
      this.#cancelTimer ??= afterShared(maxSilentMs, () => started.abort(createAbortError()));
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#started = controller;
    // Nothing of it is on the socket yet.
    if (!this.isWanted) controller.abort(createAbortError());
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#reader.start(status, headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const tooLong = this.#reader.take(chunk);
    if (tooLong !== null) controller.abort(tooLong);
  }

  onResponseEnd(): void {
    this.#cancelTimer?.();
    this.#reader.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: unknown): void {
    this.#cancelTimer?.();
    if (this.isWanted && isInterimFailure(error)) this.#goElsewhere();
    else this.#fail(error);
  }

  #goElsewhere(): void {
    this.#elsewhere = this.#options.sendElsewhere();
    this.#reader.follow(this.#elsewhere.response);
  }

  #fail(error: unknown): void {
    const neverSent = this.#started === undefined || isConnectFailure(error);
    this.#reader.fail(new TransportError(neverSent, !this.isWanted, error));
  }
}

/** undici's word for a `100 Continue` that was not asked for. */
function isInterimFailure(error: unknown): boolean {
  return (
    error instanceof Error && codeOf(error) === 'UND_ERR_SOCKET' && error.message === 'bad response'
  );
}

function isConnectFailure(error: unknown): boolean {
  const code = codeOf(error);
  return typeof code === 'string' && connectFailures.has(code);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
