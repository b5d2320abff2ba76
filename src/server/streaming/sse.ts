import type { Principal } from '../../identity/principal.ts';
import type { StreamKind } from '../http/accept.ts';
import type { HttpContext } from '../http/http.ts';
import { refuseClosing } from '../http/refusal.ts';
import { keyEnded } from '../operation/caller-errors.ts';
import type { SentParams } from '../operation/operation-pipeline.ts';
import { lastEventIdOf, traceparentOf } from '../operation/request-context.ts';
import type { EventStreams } from './event-streams.ts';
import type { OperationRunner } from './operation-runner.ts';
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
export type AnswerByEvents = (http: HttpContext, request: EventsRequest) => void;

/**
 * Answers an operation by a stream of its own: Server-Sent Events in the distinct mode of graphql-sse's
 * PROTOCOL.md, or Apollo's multipart protocol. When the key ends that opened it, its last result says so.
 */
export function createEventsAnswer({ runner, streams, isDraining }: SseOptions): AnswerByEvents {
  return (http, { principal, params, kind }) => {
    const format = streamFormats[kind];
    const { request, response, requestId, events } = http;
    const tenantId = principal.tenant.id;
    if (isDraining()) {
      refuseClosing(http);
      return;
    }
    http.isLogged = true;
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
      http,
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
        refuse: ({ text }) => {
          next(text);
          complete();
        },
        complete,
        expire,
        whenIdle: outlet.whenIdle,
      },
    );
    // Whoever has gone meanwhile will not close again.
    if (response.destroyed) stop();
    else response.on('close', stop);
  };
}
