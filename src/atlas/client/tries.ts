import { randomUUID } from 'node:crypto';
import type { Turns } from '../../turns.ts';
import { readAnswer, readBody, toTransportFailure } from '../answers/answer.ts';
import { type EndpointAnswer, type EndpointName, endpointRow } from '../api/endpoints.ts';
import { AtlasError } from '../api/errors.ts';
import { type Deadline, type Over, type StartDeadline, toOverError } from '../deadline/deadline.ts';
import type { After } from '../deadline/timer.ts';
import type { Pass, Verdict } from '../resilience/breaker.ts';
import type { Circuit, Circuits } from '../resilience/circuits.ts';
import type { AtlasCall, AtlasObserver, CallTrace } from '../resilience/observer.ts';
import { leastUsefulMs, toPatienceMs } from '../resilience/retry.ts';
import { acceptedEncodings } from '../transport/answer-text.ts';
import { type HttpAnswer, type HttpExchange, TransportError } from '../transport/http-exchange.ts';
import type { Origin, Origins } from '../transport/origins.ts';
import type { Question } from './question.ts';

/** The headers that say who asks. */
export type Credentials = Readonly<Record<string, string>>;

/**
 * One request: through its circuit, in its lane, over its transport, and put on record. The steps
 * come in the order in which they stand here; whoever begins must leave, once.
 */
export interface Try<Name extends EndpointName> {
  /** Takes a place, or waits for one; what is waited for is told to `letIn`. Throws `AtlasError`. */
  enter(): Promise<Over | null> | null;
  /** After the wait. Throws an `AtlasError` if it was in vain. */
  letIn(over: Over | null): void;
  /** Sends it. Throws an `AtlasError` if there is no sense in that any more. */
  send(credentials: Credentials): Promise<HttpAnswer>;
  /**
   * What Atlas said; null for what is not there. Throws an `AtlasError`. A promise where there is much
   * to read.
   */
  read(said: HttpAnswer): EndpointAnswer<Name> | null | Promise<EndpointAnswer<Name> | null>;
  /** What it means that one of these steps has thrown, or was rejected. */
  fail(error: unknown): AtlasError;
  leave(): void;
}

/** Begins to ask; `tries` counts from 1. */
export type BeginTry = <Name extends EndpointName>(
  question: Question<Name>,
  tries: number,
) => Try<Name>;

export interface TriesOptions {
  readonly origins: Origins;
  readonly circuits: Circuits;
  readonly observer: AtlasObserver;
  readonly startDeadline: StartDeadline;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** The wall clock, in milliseconds since the epoch: `Retry-After` may be a date. */
  readonly wallNow: () => number;
  readonly after: After;
  /** What the reading of long answers is divided over. */
  readonly turns: Turns;
  /** Told of every answer of Atlas, good or bad. */
  readonly onAnswer: () => void;
}

/** A call that took so long has failed, whatever it answers: nobody waits for that. */
const slowMs = 5_000;
const json = 'application/json';
const accepted = { accept: json, 'accept-encoding': acceptedEncodings };

/** Makes the tries of all calls. */
export function createTries(options: TriesOptions): BeginTry {
  return (question, tries) => new RunningTry(options, question, tries);
}

class RunningTry<Name extends EndpointName> implements Try<Name> {
  readonly #options: TriesOptions;
  readonly #question: Question<Name>;
  readonly #tries: number;
  readonly #origin: Origin;
  readonly #circuit: Circuit;
  #deadline: Deadline;
  #queuedMs = 0;
  #startedAt: number;
  #givenMs = 0;
  #isIn = false;
  #isAnswered = false;
  #pass: Pass | null = null;
  #exchange: HttpExchange | undefined;
  #cancelPatience: (() => void) | undefined;
  #requestId = '';
  #trace: CallTrace | undefined;

  constructor(options: TriesOptions, question: Question<Name>, tries: number) {
    const { tenant, name, deadline } = question;
    this.#options = options;
    this.#question = question;
    this.#tries = tries;
    this.#origin = options.origins.of(endpointRow(name).service);
    this.#circuit = options.circuits.of(tenant, name);
    this.#deadline = deadline;
    this.#startedAt = options.now();
  }

  enter(): Promise<Over | null> | null {
    const { tenant, lane, deadline, isCheck } = this.#question;
    // Looked at before the wait for a place, for which there may be none while Atlas hangs.
    const waitMs = this.#circuit.breaker.waitMs();
    if (waitMs > 0 && !isCheck) throw this.#refuse(waitMs);
    this.#isIn = this.#origin.lanes.enter(lane);
    return this.#isIn ? null : this.#origin.lanes.wait(lane, tenant.id, deadline);
  }

  letIn(over: Over | null): void {
    if (over !== null) throw toOverError(this.#question.name, over);
    this.#isIn = true;
    this.#queuedMs = this.#options.now() - this.#startedAt;
  }

  send(credentials: Credentials): Promise<HttpAnswer> {
    const { tenant, name, path, body, deadline, isCheck, ids, meter } = this.#question;
    const { startDeadline, now, after, observer } = this.#options;
    const over = deadline.over();
    if (over !== null) throw toOverError(name, over);
    const { breaker } = this.#circuit;
    this.#pass = isCheck ? 'check' : breaker.admit();
    if (this.#pass === null) throw this.#refuse(breaker.waitMs());
    const row = endpointRow(name);
    this.#startedAt = now();
    this.#givenMs = deadline.leftMs();
    // A call that must not be repeated is not broken off because its caller has gone: whether it
    // was done would be unknown for good. It has what is left of the time.
    if (!row.isRepeatable) this.#deadline = startDeadline({ timeoutMs: this.#givenMs });
    const isQuick = row.method === 'GET' || row.credentials === 'exchange';
    const patienceMs = toPatienceMs({ isQuick, tries: this.#tries, leftMs: this.#givenMs });
    this.#requestId = ids?.next() ?? randomUUID();
    this.#trace = observer.startTrace?.({ tenantId: tenant.id, meter });
    const exchange = this.#origin.transport.send({
      tenantId: tenant.id,
      method: row.method,
      isRepeatable: row.isRepeatable,
      path: `${this.#origin.basePath}${path}`,
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
    this.#deadline.onOver(exchange);
    if (patienceMs !== null) this.#cancelPatience = after(patienceMs, () => exchange.end('late'));
    return exchange.answer;
  }

  read(said: HttpAnswer): EndpointAnswer<Name> | null | Promise<EndpointAnswer<Name> | null> {
    const { turns, onAnswer } = this.#options;
    this.#isAnswered = true;
    onAnswer();
    const body = readBody(said, turns, this.#question.meter ?? this);
    return body instanceof Promise
      ? body.then((read) => this.#readWith(said, read))
      : this.#readWith(said, body);
  }

  #readWith(said: HttpAnswer, body: unknown): EndpointAnswer<Name> | null {
    const answer = readAnswer(this.#question.name, said, body, this.#options.wallNow);
    this.#report(answer === null ? 'absent' : 'answered');
    return answer;
  }

  fail(thrown: unknown): AtlasError {
    const isSent = this.#pass !== null;
    const isLost = isSent && !this.#isAnswered;
    const error = isLost ? toTransportFailure(this.#question.name, thrown) : thrown;
    if (!(error instanceof AtlasError)) {
      if (this.#pass !== null) this.#circuit.breaker.settle(this.#pass, 'void');
      throw error;
    }
    if (isSent) {
      const isCancelled = this.#deadline.over() === 'gone' && error.status === undefined;
      this.#report(isCancelled ? 'cancelled' : error.failure, error);
    }
    return error;
  }

  leave(): void {
    this.#cancelPatience?.();
    if (this.#exchange !== undefined) this.#deadline.offOver(this.#exchange);
    if (this.#isIn) this.#origin.lanes.leave(this.#question.lane);
  }

  #refuse(retryAfterMs: number): AtlasError {
    const { name: endpoint, tenant } = this.#question;
    this.#options.observer.onShortCircuit?.({ endpoint, tenantId: tenant.id });
    const reason = 'circuit-open';
    return new AtlasError({ endpoint, failure: 'unavailable', reason, retryAfterMs });
  }

  #report(outcome: AtlasCall['outcome'], error?: AtlasError): void {
    const { name, tenant, meter, isCheck } = this.#question;
    const { now, observer } = this.#options;
    const { breaker, latencies } = this.#circuit;
    const durationMs = now() - this.#startedAt;
    if (outcome !== 'cancelled' && !isCheck) latencies.note(durationMs);
    const ended = { error, outcome, durationMs, givenMs: this.#givenMs };
    if (this.#pass !== null) breaker.settle(this.#pass, toVerdict(ended));
    const call: AtlasCall = {
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

interface EndedTry {
  readonly error: AtlasError | undefined;
  readonly outcome: AtlasCall['outcome'];
  readonly durationMs: number;
  /** How long it might have taken. */
  readonly givenMs: number;
}

/** What an end says of Atlas: a refusal (4xx) that it works, a 5xx, silence or sloth that not. */
function toVerdict({ error, outcome, durationMs, givenMs }: EndedTry): Verdict {
  if (durationMs >= slowMs) return 'bad';
  if (error === undefined) return 'good';
  if (outcome === 'cancelled') return 'void';
  if (error.status !== undefined) return error.status >= 500 ? 'bad' : 'good';
  // Whoever came with hardly any time left proves nothing by having had none.
  const isTimeout = error.cause instanceof TransportError && error.cause.isTimeout;
  if (isTimeout) return givenMs >= leastUsefulMs ? 'bad' : 'void';
  return error.reason === 'answer-too-long' ? 'good' : 'bad';
}
