import type { GraphQLError } from 'graphql';
import type { Principal } from '../../identity/principal.ts';
import type { Arrival } from '../http/http.ts';
import { lastEventIdOf, traceparentOf } from '../operation/asked.ts';
import { keyEnded, toRefusedResult } from '../operation/caller-errors.ts';
import type { OperationRunner, SentParams } from './operation-runner.ts';
import { createOutlet } from './outlet.ts';
import { toEvent } from './stream-format.ts';
import type { Turns } from './turns.ts';

/** One of the operations on a single-connection stream. */
export interface StreamOperation {
  /** Stops it without a word. */
  stop(): void;
  /** Ends it with one UNAUTHENTICATED error, in place of any result that was not sent yet. */
  expire(): void;
  /** Whether one answer is awaited: of a query, a mutation, or what is not known to be neither. */
  hasAnswer(): boolean;
  /** Expires it if the authority of the caller that started it has ended. */
  review(): void;
}

export interface StreamOperationOptions {
  readonly runner: OperationRunner;
  /** The request that started it, and its caller: whose authority it has for as long as it runs. */
  readonly arrival: Arrival;
  readonly principal: Principal;
  readonly operationId: string;
  readonly params: SentParams;
  /** The turns of the stream that it is on. */
  readonly turns: Turns;
  /** Sends a text on the stream; `onSent` is called once it has left this process. */
  readonly send: (text: string, onSent: () => void) => void;
  /** Drops its text that waits for the stream to be opened, as if it had been sent. */
  readonly dropUnsent: () => void;
  /** Called when it turns out to be a subscription. */
  readonly onSubscribed: () => void;
  /** Called when the peer has taken its last text. */
  readonly onEnd: () => void;
}

/**
 * Starts an operation whose results go to a stream that carries others too. Nothing that lives as long
 * as the operation holds on to its request, which may be a megabyte.
 */
export function startStreamOperation({
  runner,
  arrival,
  principal,
  operationId,
  params,
  turns,
  send,
  dropUnsent,
  onSubscribed,
  onEnd,
}: StreamOperationOptions): StreamOperation {
  const { requestId, request, events } = arrival;
  const id = JSON.stringify(operationId);
  const outlet = createOutlet(send);
  let hasAnswer = true;
  const next = (result: string, version?: number | null) =>
    outlet.offer(toEvent(`{"id":${id},"payload":${result}}`, version));
  // Its slot is free once the peer has taken its last text, and not before.
  const complete = () => outlet.end(`event: complete\ndata: {"id":${id}}\n\n`, onEnd);
  const refuse = (errors: readonly GraphQLError[]) => {
    next(JSON.stringify(toRefusedResult(errors)));
    complete();
  };
  const tellExpired = () => {
    events.onErrors?.('sse', principal.tenant.id, ['UNAUTHENTICATED']);
    refuse([keyEnded(requestId)]);
    dropUnsent();
  };
  const subscribed = () => {
    hasAnswer = false;
    onSubscribed();
  };
  const traceparent = traceparentOf(request);
  const resumeAfter = lastEventIdOf(request);
  const leave = runner.run(
    {
      principal,
      requestId,
      transport: 'sse',
      params,
      mayMutate: true,
      turns,
      traceparent,
      resumeAfter,
    },
    { next, subscribed, refuse, complete, expire: tellExpired },
  );
  const expire = () => {
    leave();
    tellExpired();
  };

  return {
    stop() {
      leave();
      outlet.drop();
    },
    expire,
    hasAnswer: () => hasAnswer,
    review() {
      if (!principal.isCurrent()) expire();
    },
  };
}
