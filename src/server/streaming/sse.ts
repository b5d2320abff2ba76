import type { Principal } from '../../identity/principal.ts';
import type { StreamKind } from '../http/accept.ts';
import type { Arrival } from '../http/http.ts';
import { refuseClosing } from '../http/refusal.ts';
import { lastEventIdOf, traceparentOf } from '../operation/asked.ts';
import { keyEnded, toRefusedResult } from '../operation/caller-errors.ts';
import type { EventStreams } from './event-streams.ts';
import type { OperationRunner, SentParams } from './operation-runner.ts';
import { createOutlet } from './outlet.ts';
import { streamFormats } from './stream-format.ts';

export interface SseOptions {
  readonly runner: OperationRunner;
  readonly streams: EventStreams;
  readonly isDraining: () => boolean;
}

/** An operation that is to be answered by events. */
export interface EventsRequest {
  readonly principal: Principal;
  readonly params: SentParams;
  readonly kind: StreamKind;
}

/** Answers a request by a stream of its own. */
export type AnswerByEvents = (arrival: Arrival, request: EventsRequest) => void;

/**
 * Answers an operation by a stream of its own: Server-Sent Events in the distinct mode of graphql-sse's
 * PROTOCOL.md, or Apollo's multipart protocol. When the key ends that opened it, its last result says so.
 */
export function createEventsAnswer({ runner, streams, isDraining }: SseOptions): AnswerByEvents {
  return (arrival, { principal, params, kind }) => {
    const format = streamFormats[kind];
    const { request, response, requestId, events } = arrival;
    const tenantId = principal.tenant.id;
    if (isDraining()) {
      refuseClosing(arrival);
      return;
    }
    arrival.isLogged = true;
    const mayMutate = request.method === 'POST';
    const traceparent = traceparentOf(request);
    const resumeAfter = lastEventIdOf(request);
    let isLeaving = false;
    // Of what is not known to be a subscription an answer is awaited.
    let hasAnswer = true;
    const endIfAnswered = () => {
      if (isLeaving && !hasAnswer) stream.end();
    };
    const stream = streams.begin(
      arrival,
      {
        review() {
          if (principal.isCurrent()) return true;
          stop();
          expire();
          return false;
        },
        leave() {
          isLeaving = true;
          endIfAnswered();
        },
        endSubscriptions() {
          if (!hasAnswer) stop();
        },
      },
      format,
    );
    const outlet = createOutlet(stream.send);
    const next = (result: string, version?: number | null) =>
      outlet.offer(format.next(result, version));
    const complete = () => outlet.end(format.complete, stream.end);
    const expire = () => {
      events.onErrors?.(kind, tenantId, ['UNAUTHENTICATED']);
      outlet.offer(format.expired(keyEnded(requestId)));
      complete();
    };
    const stop = runner.run(
      { principal, requestId, transport: kind, params, mayMutate, traceparent, resumeAfter },
      {
        next,
        subscribed() {
          hasAnswer = false;
          endIfAnswered();
        },
        refuse: (errors) => {
          next(JSON.stringify(toRefusedResult(errors)));
          complete();
        },
        complete,
        expire,
      },
    );
    // Whoever has gone meanwhile will not close again.
    if (response.destroyed) stop();
    else response.on('close', stop);
  };
}
