import type { Principal } from '../../identity/principal.ts';
import type { Reauthenticate } from '../../schema/operation/context.ts';
import type { HttpContext } from '../http/http.ts';
import { keyEnded, toRefusedResult } from '../operation/caller-errors.ts';
import type { SentParams } from '../operation/operation-pipeline.ts';
import { lastEventIdOf, traceparentOf } from '../operation/request-context.ts';
import type { ConnectionAuthority } from './connection-authority.ts';
import type { OperationRunner } from './operation-runner.ts';
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
  /** The request that started it, and its caller. */
  readonly http: HttpContext;
  readonly principal: Principal;
  /** The authority of the stream, which it keeps to; undefined: it keeps to that of its caller. */
  readonly authority: ConnectionAuthority | undefined;
  readonly reauthenticate: Reauthenticate;
  readonly operationId: string;
  readonly params: SentParams;
  /** The turns of the stream that it is on. */
  readonly turns: Turns;
  /** Sends a text on the stream; `onSent` is called once it has left this process. */
  readonly send: (text: string, onSent: () => void) => void;
  /**
   * Takes back its text that waits for the stream to be opened; the answer says that it was sent.
   * Null: none waits.
   */
  readonly takeUnsent: () => (() => void) | null;
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
  http,
  principal,
  authority,
  reauthenticate,
  operationId,
  params,
  turns,
  send,
  takeUnsent,
  onSubscribed,
  onEnd,
}: StreamOperationOptions): StreamOperation {
  const { requestId, request, events } = http;
  const id = JSON.stringify(operationId);
  const outlet = createOutlet(send);
  let hasAnswer = true;
  const next = (result: string, version?: number | null) =>
    outlet.offer(toEvent(`{"id":${id},"payload":${result}}`, version));
  // Its slot is free once the peer has taken its last text, and not before.
  const complete = () => outlet.end(`event: complete\ndata: {"id":${id}}\n\n`, onEnd);
  // Nothing that waits is shown any more, neither here nor on the stream.
  const refuse = (text: string) => {
    const sent = takeUnsent();
    next(text);
    complete();
    sent?.();
  };
  let isExpired = false;
  const tellExpired = () => {
    if (isExpired) return;
    isExpired = true;
    events.onErrors?.('sse', principal.tenant.id, ['UNAUTHENTICATED']);
    refuse(JSON.stringify(toRefusedResult([keyEnded(requestId)])));
  };
  const subscribed = () => {
    hasAnswer = false;
    onSubscribed();
  };
  const traceparent = traceparentOf(request);
  const resumeAfter = lastEventIdOf(request);
  const leave = runner.run(
    {
      principal: authority?.forOperations ?? principal,
      authority,
      reauthenticate,
      requestId,
      transport: 'sse',
      params,
      mayMutate: true,
      turns,
      traceparent,
      resumeAfter,
    },
    {
      next,
      subscribed,
      refuse: ({ text }) => refuse(text),
      complete,
      expire: tellExpired,
      whenIdle: outlet.whenIdle,
    },
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
      if (!(authority ?? principal).isCurrent()) expire();
    },
  };
}
