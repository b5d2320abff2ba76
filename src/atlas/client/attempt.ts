import { randomUUID } from 'node:crypto';
import type { Turns } from '../../turns.ts';
import { readAnswer, readBody, toTransportFailure } from '../answers/answer.ts';
import { type EndpointAnswer, type EndpointName, endpointRow } from '../api/endpoints.ts';
import { AtlasError } from '../api/errors.ts';
import {
  type AbortReason,
  type Deadline,
  type StartDeadline,
  toAbortError,
} from '../deadline/deadline.ts';
import type { After } from '../deadline/timer.ts';
import type { CallOutcome, CallRole } from '../resilience/breaker.ts';
import type { Circuit, Circuits } from '../resilience/circuits.ts';
import type { AtlasCallRecord, AtlasObserver, CallTrace } from '../resilience/observer.ts';
import { leastUsefulMs, toAttemptTimeoutMs } from '../resilience/retry.ts';
import {
  type HttpExchange,
  type HttpResponse,
  TransportError,
} from '../transport/http-exchange.ts';
import { acceptedEncodings } from '../transport/response-text.ts';
import type { UpstreamHost, UpstreamHosts } from '../transport/upstream-hosts.ts';
import type { AtlasRequest } from './atlas-request.ts';

/** The headers that authenticate a request. */
export type Credentials = Readonly<Record<string, string>>;

/**
 * One attempt of a call: it passes the circuit breaker, acquires a permit, is sent, and is reported
 * to the observer. Call the methods in the order in which they are declared, and `release` exactly
 * once.
 */
export interface Attempt<Name extends EndpointName> {
  /**
   * Acquires a permit: null if it did so at once, else a promise whose result is to be passed to
   * `confirmPermit`. Throws an `AtlasError` if the circuit is open.
   */
  acquirePermit(): Promise<AbortReason | null> | null;
  /** Ends the wait for a permit. Throws an `AtlasError` if the wait was aborted. */
  confirmPermit(reason: AbortReason | null): void;
  /**
   * Sends the request. Throws an `AtlasError` if the deadline has passed or the circuit is open.
   */
  send(credentials: Credentials): Promise<HttpResponse>;
  /**
   * The validated answer; null if Atlas has no such flow or batch. A promise for a long body.
   * Throws or rejects with an `AtlasError`.
   */
  read(response: HttpResponse): EndpointAnswer<Name> | null | Promise<EndpointAnswer<Name> | null>;
  /** Classifies an error that one of these steps threw or rejected with. */
  toFailure(error: unknown): AtlasError;
  release(): void;
}

/** Begins an attempt; `tries` is its number, from 1. */
export type BeginAttempt = <Name extends EndpointName>(
  request: AtlasRequest<Name>,
  tries: number,
) => Attempt<Name>;

/** The options of `createBeginAttempt`. */
export interface AttemptOptions {
  readonly origins: UpstreamHosts;
  readonly circuits: Circuits;
  readonly observer: AtlasObserver;
  readonly startDeadline: StartDeadline;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** The wall clock, in milliseconds since the epoch: `Retry-After` may be a date. */
  readonly wallNow: () => number;
  readonly after: After;
  /** The turns of the event loop over which the reading of long answers is divided. */
  readonly turns: Turns;
  /** Called for each response of Atlas, whatever its status. */
  readonly onAnswer: () => void;
}

/** A call that takes this long counts as failed, whatever its response: no caller waits for it. */
const slowMs = 5_000;
const json = 'application/json';
const accepted = { accept: json, 'accept-encoding': acceptedEncodings };

/** Creates the function that begins the attempts of all calls. */
export function createBeginAttempt(options: AttemptOptions): BeginAttempt {
  return (request, tries) => new RunningAttempt(options, request, tries);
}

class RunningAttempt<Name extends EndpointName> implements Attempt<Name> {
  readonly #options: AttemptOptions;
  readonly #request: AtlasRequest<Name>;
  readonly #tries: number;
  readonly #host: UpstreamHost;
  readonly #circuit: Circuit;
  #deadline: Deadline;
  #queuedMs = 0;
  #startedAt: number;
  #timeoutMs = 0;
  #hasPermit = false;
  #isAnswered = false;
  #role: CallRole | null = null;
  #exchange: HttpExchange | undefined;
  #cancelAttemptTimer: (() => void) | undefined;
  #requestId = '';
  #trace: CallTrace | undefined;

  constructor(options: AttemptOptions, request: AtlasRequest<Name>, tries: number) {
    const { tenant, name, deadline } = request;
    this.#options = options;
    this.#request = request;
    this.#tries = tries;
    this.#host = options.origins.of(endpointRow(name).service);
    this.#circuit = options.circuits.of(tenant, name);
    this.#deadline = deadline;
    this.#startedAt = options.now();
  }

  acquirePermit(): Promise<AbortReason | null> | null {
    const { tenant, priority, deadline, isCheck } = this.#request;
    // Checked before the wait for a permit, since no permit may be free while Atlas hangs.
    const waitMs = this.#circuit.breaker.waitMs();
    if (waitMs > 0 && !isCheck) throw this.#toCircuitOpen(waitMs);
    this.#hasPermit = this.#host.limiter.tryAcquire(priority);
    return this.#hasPermit ? null : this.#host.limiter.acquire(priority, tenant.id, deadline);
  }

  confirmPermit(reason: AbortReason | null): void {
    if (reason !== null) throw toAbortError(this.#request.name, reason);
    this.#hasPermit = true;
    this.#queuedMs = this.#options.now() - this.#startedAt;
  }

  send(credentials: Credentials): Promise<HttpResponse> {
    const { tenant, name, path, body, deadline, isCheck, ids, meter } = this.#request;
    const { startDeadline, now, after, observer } = this.#options;
    const reason = deadline.abortReason();
    if (reason !== null) throw toAbortError(name, reason);
    const { breaker } = this.#circuit;
    this.#role = isCheck ? 'check' : breaker.admit();
    if (this.#role === null) throw this.#toCircuitOpen(breaker.waitMs());
    const row = endpointRow(name);
    this.#startedAt = now();
    this.#timeoutMs = deadline.leftMs();
    // A call that must not be repeated is not aborted when its caller disconnects: its outcome
    // would stay unknown for good. It keeps the time that is left.
    if (!row.isRepeatable) this.#deadline = startDeadline({ timeoutMs: this.#timeoutMs });
    const isQuick = row.method === 'GET' || row.credentials === 'exchange';
    const attemptTimeoutMs = toAttemptTimeoutMs({
      isQuick,
      tries: this.#tries,
      leftMs: this.#timeoutMs,
    });
    this.#requestId = ids?.next() ?? randomUUID();
    this.#trace = observer.startTrace?.({ tenantId: tenant.id, meter });
    const exchange = this.#host.transport.send({
      tenantId: tenant.id,
      method: row.method,
      isRepeatable: row.isRepeatable,
      path: `${this.#host.basePath}${path}`,
      headers: {
        ...accepted,
        ...(body === null ? {} : { 'content-type': json }),
        'x-request-id': this.#requestId,
        ...(this.#trace === undefined ? {} : { traceparent: this.#trace.traceparent }),
        ...credentials,
      },
      body,
    });
    this.#exchange = exchange;
    this.#deadline.onAbort(exchange);
    if (attemptTimeoutMs !== null)
      this.#cancelAttemptTimer = after(attemptTimeoutMs, () => exchange.abort('timeout'));
    return exchange.response;
  }

  read(response: HttpResponse): EndpointAnswer<Name> | null | Promise<EndpointAnswer<Name> | null> {
    const { turns, onAnswer } = this.#options;
    this.#isAnswered = true;
    onAnswer();
    const body = readBody(response, turns, this.#request.meter ?? this);
    return body instanceof Promise
      ? body.then((read) => this.#readWith(response, read))
      : this.#readWith(response, body);
  }

  #readWith(response: HttpResponse, body: unknown): EndpointAnswer<Name> | null {
    const answer = readAnswer(this.#request.name, response, body, this.#options.wallNow);
    this.#report(answer === null ? 'absent' : 'answered');
    return answer;
  }

  toFailure(caught: unknown): AtlasError {
    const isSent = this.#role !== null;
    const isLost = isSent && !this.#isAnswered;
    const error = isLost ? toTransportFailure(this.#request.name, caught) : caught;
    if (!(error instanceof AtlasError)) {
      if (this.#role !== null) this.#circuit.breaker.settle(this.#role, 'ignored');
      throw error;
    }
    if (isSent) {
      const isCancelled =
        this.#deadline.abortReason() === 'disconnected' && error.status === undefined;
      this.#report(isCancelled ? 'cancelled' : error.failure, error);
    }
    return error;
  }

  release(): void {
    this.#cancelAttemptTimer?.();
    if (this.#exchange !== undefined) this.#deadline.offAbort(this.#exchange);
    if (this.#hasPermit) this.#host.limiter.release(this.#request.priority);
  }

  #toCircuitOpen(retryAfterMs: number): AtlasError {
    const { name: endpoint, tenant } = this.#request;
    this.#options.observer.onShortCircuit?.({ endpoint, tenantId: tenant.id });
    const reason = 'circuit-open';
    return new AtlasError({ endpoint, failure: 'unavailable', reason, retryAfterMs });
  }

  #report(outcome: AtlasCallRecord['outcome'], error?: AtlasError): void {
    const { name, tenant, meter, isCheck } = this.#request;
    const { now, observer } = this.#options;
    const { breaker, latencies } = this.#circuit;
    const durationMs = now() - this.#startedAt;
    if (outcome !== 'cancelled' && !isCheck) latencies.record(durationMs);
    const ended = { error, outcome, durationMs, timeoutMs: this.#timeoutMs };
    if (this.#role !== null) breaker.settle(this.#role, toCallOutcome(ended));
    const call: AtlasCallRecord = {
      endpoint: name,
      tenantId: tenant.id,
      durationMs,
      outcome,
      status: error?.status,
      meter,
      tries: this.#tries,
      isRetry: this.#tries > 1,
      queuedMs: this.#queuedMs,
      requestId: this.#requestId,
      traceparent: this.#trace?.traceparent,
    };
    this.#trace?.end(call);
    observer.onCall?.(call);
  }
}

interface EndedAttempt {
  readonly error: AtlasError | undefined;
  readonly outcome: AtlasCallRecord['outcome'];
  readonly durationMs: number;
  /** The time that it had, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * The outcome for the circuit breaker: a refusal (4xx) shows that Atlas works; a 5xx, a timeout or
 * a slow response shows that it does not.
 */
function toCallOutcome({ error, outcome, durationMs, timeoutMs }: EndedAttempt): CallOutcome {
  if (durationMs >= slowMs) return 'failure';
  if (error === undefined) return 'success';
  if (outcome === 'cancelled') return 'ignored';
  if (error.status !== undefined) return error.status >= 500 ? 'failure' : 'success';
  // A timeout of a call that had hardly any time left proves nothing.
  const isTimeout = error.cause instanceof TransportError && error.cause.isTimeout;
  if (isTimeout) return timeoutMs >= leastUsefulMs ? 'failure' : 'ignored';
  return error.reason === 'answer-too-long' ? 'success' : 'failure';
}
