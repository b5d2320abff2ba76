import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { CloseCode, MessageType, parseMessage, type SubscribeMessage } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Authenticate } from '../identity/api-keys.ts';
import type { Principal } from '../identity/principal.ts';
import type { Clock } from '../live/clock.ts';
import { createPublicError } from '../schema/errors.ts';
import type { OperationRunner } from './operation-runner.ts';
import { createOutlet } from './outlet.ts';

export interface SessionOptions {
  readonly authenticate: Authenticate;
  readonly runner: OperationRunner;
  readonly clock: Clock;
  readonly mostOperations: number;
  /** Whether the process is about to end: what comes now is sent elsewhere. */
  readonly isDraining: () => boolean;
}

const initTimeoutMs = 3_000;

/**
 * One socket of the graphql-transport-ws protocol (the protocol's text is PROTOCOL.md of graphql-ws).
 * A bad operation gets an error message and leaves the others alone; a bad message closes the socket
 * with the code the protocol names.
 */
export function startSession(
  socket: WebSocket,
  request: IncomingMessage,
  { authenticate, runner, clock, mostOperations, isDraining }: SessionOptions,
): void {
  const header = request.headers.authorization;
  const running = new Map<string, () => void>();
  let principal: Principal | null = null;
  let hasInit = false;
  let cancelInit = clock.after(initTimeoutMs, () => {
    socket.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
  });

  function init(payload: Record<string, unknown> | undefined): void {
    cancelInit();
    cancelInit = () => {};
    if (hasInit) {
      socket.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
      return;
    }
    hasInit = true;
    const given = payload?.authorization ?? payload?.Authorization;
    principal = authenticate(typeof given === 'string' ? given : header);
    if (principal === null) {
      // 4401 is fatal to clients, which must not come back with the same key.
      socket.close(CloseCode.Unauthorized, 'Unauthorized');
      return;
    }
    socket.send('{"type":"connection_ack"}');
  }

  function subscribe({ id, payload }: SubscribeMessage): void {
    if (principal === null) {
      socket.close(CloseCode.Unauthorized, 'Unauthorized');
      return;
    }
    if (running.has(id)) {
      socket.close(
        CloseCode.SubscriberAlreadyExists,
        `Subscriber for ${id.slice(0, 64)} already exists`,
      );
      return;
    }
    if (isDraining()) {
      socket.close(goingAway, 'Going away');
      return;
    }
    const sendErrors = (errors: unknown) =>
      socket.send(JSON.stringify({ id, type: MessageType.Error, payload: errors }));
    if (running.size >= mostOperations) {
      const message = `At most ${mostOperations} operations may run on one socket.`;
      sendErrors([createPublicError('RATE_LIMITED', message)]);
      return;
    }
    const name = JSON.stringify(id);
    const outlet = createOutlet((text, onSent) => socket.send(text, onSent));
    running.set(id, () => {});
    const stop = runner.run(
      { principal, requestId: randomUUID(), transport: 'ws', params: payload, mayMutate: true },
      {
        next: (result) => outlet.offer(`{"id":${name},"type":"next","payload":${result}}`),
        refuse: (errors) => {
          running.delete(id);
          sendErrors(errors);
        },
        complete: () => {
          running.delete(id);
          outlet.end(`{"id":${name},"type":"complete"}`);
        },
      },
    );
    if (running.has(id)) running.set(id, stop);
  }

  socket.on('message', (data, isBinary) => {
    let message: ReturnType<typeof parseMessage>;
    try {
      if (isBinary) throw new Error('a binary message');
      message = parseMessage(String(data));
    } catch {
      socket.close(CloseCode.BadRequest, 'Invalid message received');
      return;
    }
    switch (message.type) {
      case MessageType.ConnectionInit:
        return init(message.payload ?? undefined);
      case MessageType.Ping:
        return socket.send('{"type":"pong"}');
      case MessageType.Pong:
        return;
      case MessageType.Subscribe:
        return subscribe(message);
      case MessageType.Complete: {
        running.get(message.id)?.();
        running.delete(message.id);
        return;
      }
      default:
        socket.close(CloseCode.BadRequest, 'Invalid message received');
    }
  });
  // The close that follows says all; without a listener ws would throw.
  socket.on('error', () => {});
  socket.on('close', () => {
    cancelInit();
    for (const stop of running.values()) stop();
    running.clear();
  });
}

/** The process ends; clients come back, to another one (RFC 6455, 7.4.1). */
export const goingAway = 1001;
