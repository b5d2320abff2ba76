import { readAnswer, toTransportFailure } from './answer.ts';
import type { Pass, Verdict } from './breaker.ts';
import type { CallMeter } from './call-meter.ts';
import { Cancellation } from './cancellation.ts';
import type { Circuit, Circuits } from './circuits.ts';
import { type Deadline, type StartDeadline, toOverError } from './deadline.ts';
import {
  type EndpointAnswer,
  type EndpointInput,
  type EndpointName,
  endpointRow,
} from './endpoints.ts';
import { AtlasError } from './errors.ts';
import type { Lane } from './lanes.ts';
import type { AtlasCall, AtlasObserver } from './observer.ts';
import type { Origins } from './origins.ts';
import { leastUsefulMs, toPatienceMs } from './retry.ts';
import type { Tenant } from './tenant.ts';
import type { After } from './timer.ts';
import { type HttpAnswer, TransportError } from './transport.ts';

/** What is asked of Atlas, by whom, and how long they wait. */
export interface Question<Name extends EndpointName> {
  readonly tenant: Tenant;
  readonly name: Name;
  readonly input: EndpointInput<Name>;
  readonly deadline: Deadline;
  readonly lane: Lane;
  /** The meter of the operation that asks; undefined where none does, or several may. */
  readonly meter?: CallMeter | undefined;
  /** Goes through an open circuit, to see whether Atlas is back. */
  readonly isForced?: boolean;
}

/** Asks once; `tries` counts from 1. Rejects with an `AtlasError`. */
export type TryOnce = <Name extends EndpointName>(
  question: Question<Name>,
  credentials: Readonly<Record<string, string>>,
  tries: number,
) => Promise<EndpointAnswer<Name> | null>;

export interface TriesOptions {
  readonly origins: Origins;
  readonly circuits: Circuits;
  readonly observer: AtlasObserver;
  readonly startDeadline: StartDeadline;
  readonly now: () => number;
  readonly after: After;
  /** Told of every answer of Atlas, good or bad. */
  readonly onAnswer: () => void;
}

/** A call that took so long has failed, whatever it answers: nobody waits for that. */
const slowMs = 5_000;
const json = 'application/json';

/** One request: through its circuit, in its lane, over its transport, and put on record. */
export function createTries(options: TriesOptions): TryOnce {
  const { origins, circuits, observer, startDeadline, now, after } = options;

  function refuse(tenant: Tenant, endpoint: EndpointName, retryAfterMs: number): AtlasError {
    observer.onShortCircuit?.({ endpoint, tenantId: tenant.id });
    const reason = 'circuit-open';
    return new AtlasError({ endpoint, failure: 'unavailable', reason, retryAfterMs });
  }

  /** The request itself; given up when nobody waits, or when its time is better spent on another. */
  async function request<Name extends EndpointName>(
    { name, input, deadline }: Question<Name>,
    credentials: Readonly<Record<string, string>>,
    tries: number,
  ): Promise<HttpAnswer> {
    const row = endpointRow(name);
    const { transport, basePath } = origins.of(row.service);
    const hasBody = row.method === 'POST' && row.credentials !== 'exchange';
    const cancellation = new Cancellation();
    const cancel = () => cancellation.cancel();
    const forget = deadline.onOver(cancel);
    const isQuick = row.method === 'GET' || row.credentials === 'exchange';
    const patienceMs = toPatienceMs({ isQuick, tries, leftMs: deadline.leftMs() });
    const cancelTimer = patienceMs === null ? null : after(patienceMs, cancel);
    try {
      return await transport.send({
        method: row.method,
        path: `${basePath}${row.path}${row.method === 'GET' ? toQuery(input) : ''}`,
        headers: hasBody
          ? { accept: json, 'content-type': json, ...credentials }
          : { accept: json, ...credentials },
        ...(hasBody && { body: JSON.stringify(input) }),
        cancellation,
      });
    } catch (error) {
      throw toTransportFailure(name, error);
    } finally {
      forget();
      cancelTimer?.();
    }
  }

  async function send<Name extends EndpointName>(
    question: Question<Name>,
    credentials: Readonly<Record<string, string>>,
    circuit: Circuit,
    pass: Pass,
    tried: Pick<AtlasCall, 'tries' | 'queuedMs'>,
  ): Promise<EndpointAnswer<Name> | null> {
    const { name, tenant, deadline, meter } = question;
    const { tries, queuedMs } = tried;
    const startedAt = now();
    const givenMs = deadline.leftMs();
    const report = (outcome: AtlasCall['outcome'], error?: AtlasError) => {
      const durationMs = now() - startedAt;
      if (outcome !== 'cancelled') circuit.latencies.note(durationMs);
      circuit.breaker.settle(pass, toVerdict({ error, outcome, durationMs, givenMs }));
      observer.onCall?.({
        endpoint: name,
        tenantId: tenant.id,
        durationMs,
        outcome,
        status: error?.status,
        meter,
        tries,
        isRetry: tries > 1,
        queuedMs,
      });
    };
    try {
      const said = await request(question, credentials, tries);
      options.onAnswer();
      const answer = readAnswer(name, said, now);
      report(answer === null ? 'absent' : 'answered');
      return answer;
    } catch (error) {
      if (!(error instanceof AtlasError)) {
        circuit.breaker.settle(pass, 'void');
        throw error;
      }
      const isCancelled = deadline.over() === 'gone' && error.status === undefined;
      report(isCancelled ? 'cancelled' : error.failure, error);
      throw error;
    }
  }

  return async (question, credentials, tries) => {
    const { tenant, name, lane, deadline, isForced = false } = question;
    const row = endpointRow(name);
    const circuit = circuits.of(tenant, name);
    // Looked at before the wait for a place, for which there may be none while Atlas hangs.
    const waitMs = circuit.breaker.waitMs();
    if (waitMs > 0 && !isForced) throw refuse(tenant, name, waitMs);
    const { lanes } = origins.of(row.service);
    let queuedMs = 0;
    if (!lanes.enter(lane)) {
      const since = now();
      const over = await lanes.wait(lane, tenant.id, deadline);
      if (over !== null) throw toOverError(name, over);
      queuedMs = now() - since;
    }
    try {
      const over = deadline.over();
      if (over !== null) throw toOverError(name, over);
      const pass = circuit.breaker.admit(isForced);
      if (pass === null) throw refuse(tenant, name, circuit.breaker.waitMs());
      const sent = row.isRepeatable ? question : toUnleavable(question);
      return await send(sent, credentials, circuit, pass, { tries, queuedMs });
    } finally {
      lanes.leave(lane);
    }
  };

  /**
   * A call that must not be repeated is not broken off because its caller has gone: whether it was
   * done would be unknown for good. It has what is left of the time.
   */
  function toUnleavable<Name extends EndpointName>(question: Question<Name>): Question<Name> {
    const timeoutMs = question.deadline.leftMs();
    return { ...question, deadline: startDeadline({ timeoutMs }) };
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

function toQuery(input: object): string {
  let query = '';
  for (const [name, value] of Object.entries(input)) {
    const text = encodeURIComponent(String(value).toWellFormed());
    query += `${query === '' ? '?' : '&'}${name}=${text}`;
  }
  return query;
}
