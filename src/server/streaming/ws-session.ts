import type { IncomingMessage } from 'node:http';
import { CloseCode, MessageType, parseMessage, type SubscribeMessage } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { toReviver } from '../../atlas/json/raw-number.ts';
import type { Authenticate } from '../../identity/authenticate.ts';
import { IdentityUnavailableError } from '../../identity/identity-error.ts';
import type { Principal } from '../../identity/principal.ts';
import type { BrowserOrigins } from '../../identity/tenant-policy.ts';
import type { Clock } from '../../live/clock.ts';
import { createPublicError } from '../../schema/operation/errors.ts';
import type { TenantId } from '../../tenant-id.ts';
import { foreignOriginOf } from '../http/cors.ts';
import { authorizationOf, newRequestId, toCounted } from '../operation/asked.ts';
import type { OperationEvents } from '../operation/operation-events.ts';
import type { SubscriptionCaps } from '../operation/subscription-caps.ts';
import type { OperationRunner } from './operation-runner.ts';
import { createOutlet } from './outlet.ts';

export interface SessionOptions {
  readonly authenticate: Authenticate;
  readonly origins: BrowserOrigins;
  readonly runner: OperationRunner;
  readonly clock: Clock;
  readonly mostOperations: number;
  /** Counts the sockets of recognised callers. */
  readonly socketCaps: SubscriptionCaps;
  /** Called once its caller is known. */
  readonly onRecognised?: (socket: WebSocket) => void;
  /** Whether the process is about to end: what comes now is sent elsewhere. */
  readonly isDraining: () => boolean;
  readonly events?: OperationEvents;
}

interface RunningOperation {
  stop: () => void;
  /** Whether one answer is awaited: of a query, a mutation, or what is not known to be neither. */
  hasAnswer: boolean;
}

const initTimeoutMs = 3_000;
const mostUnreadBytes = 1024 * 1024;
/** What a close frame has room for beside its code (RFC 6455, 5.5). */
const mostReasonBytes = 123;
/** Characters of an operation's id, which is kept as long as the operation runs; as many as over SSE. */
const mostIdLength = 128;

export interface Session {
  /** Closes the socket if whoever opened it may not be here any more: its key ended, or was taken. */
  expire(): void;
  /**
   * Takes no further operation, and closes the socket with 1001 once its queries and mutations are
   * answered. Its subscriptions run until then.
   */
  leave(): void;
  /** Ends its subscriptions without telling the client that they are complete. */
  endSubscriptions(): void;
}

/**
 * One socket of the graphql-transport-ws protocol (the protocol's text is PROTOCOL.md of graphql-ws).
 * A bad operation gets an error message and leaves the others alone; a bad message closes the socket
 * with the code the protocol names.
 */
export function startSession(
  socket: WebSocket,
  request: IncomingMessage,
  options: SessionOptions,
): Session {
  const { authenticate, origins, runner, clock, mostOperations, isDraining } = options;
  const { socketCaps, onRecognised, events = {} } = options;
  // Nothing below holds on to the request itself, which would live as long as the socket.
  const { socket: connection } = request;
  const header = authorizationOf(request);
  const origin = foreignOriginOf(request, origins);
  const running = new Map<string, RunningOperation>();
  let principal: Principal | null = null;
  let hasInit = false;
  let isLeaving = false;
  let releaseSocket: (() => void) | undefined;
  let cancelInit = clock.after(initTimeoutMs, () => {
    socket.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
  });

  async function init(payload: Record<string, unknown> | undefined): Promise<void> {
    cancelInit();
    cancelInit = () => {};
    if (hasInit) {
      socket.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
      return;
    }
    hasInit = true;
    const given = payload?.authorization ?? payload?.Authorization;
    const caller = await recognise(typeof given === 'string' ? given : header);
    if (socket.readyState !== socket.OPEN) return;
    if (caller === 'later') closeForNow('IDENTITY_UNAVAILABLE');
    // 4401 is fatal to clients, which must not come back with the same key.
    else if (caller === null) closeUnauthorized();
    // The upgrade was let through for a page of some tenant's; only now it shows of whose.
    else if (origin !== undefined && !origins.isFor(caller, origin)) {
      socket.close(CloseCode.Forbidden, 'Forbidden');
    } else {
      releaseSocket = socketCaps.take(toCounted(caller)) ?? undefined;
      if (releaseSocket === undefined) return closeForNow('RATE_LIMITED', caller.tenant.id);
      principal = caller;
      onRecognised?.(socket);
      socket.send('{"type":"connection_ack"}');
    }
  }

  /** Who it is; `later`: the identity provider is away, and clients are to come back. */
  async function recognise(authorization: string | undefined): Promise<Principal | null | 'later'> {
    try {
      return await authenticate(authorization);
    } catch (error) {
      return error instanceof IdentityUnavailableError ? 'later' : null;
    }
  }

  function closeUnauthorized(): void {
    events.onRefused?.({ transport: 'ws', tenantId: undefined, code: 'UNAUTHENTICATED' });
    socket.close(CloseCode.Unauthorized, 'Unauthorized');
  }

  function closeForNow(code: 'IDENTITY_UNAVAILABLE' | 'RATE_LIMITED', tenantId?: TenantId): void {
    events.onRefused?.({ transport: 'ws', tenantId, code });
    socket.close(tryAgainLater, 'Try again later');
  }

  function expire(): void {
    // Clients come back after 4403, with a newer key if they have one; after 4401 they would not.
    if (principal?.isCurrent() === false) socket.close(CloseCode.Forbidden, 'Forbidden');
  }

  function leave(): void {
    isLeaving = true;
    closeIfAnswered();
  }

  /** Clients come back after 1001, and send again what was not answered: a mutation must have been. */
  function closeIfAnswered(): void {
    if (!isLeaving) return;
    for (const { hasAnswer } of running.values()) if (hasAnswer) return;
    socket.close(goingAway, 'Going away');
  }

  function endSubscriptions(): void {
    for (const [id, { hasAnswer, stop }] of running) {
      if (hasAnswer) continue;
      stop();
      running.delete(id);
    }
  }

  function subscribe({ id, payload }: SubscribeMessage): void {
    if (principal === null) {
      closeUnauthorized();
      return;
    }
    if (!principal.isCurrent()) {
      expire();
      return;
    }
    if (running.has(id)) {
      const reason = `Subscriber for ${id} already exists`;
      const isShort = Buffer.byteLength(reason) <= mostReasonBytes;
      socket.close(
        CloseCode.SubscriberAlreadyExists,
        isShort ? reason : 'Subscriber already exists',
      );
      return;
    }
    // The client sends it again, elsewhere, once this socket has closed.
    if (isDraining()) {
      leave();
      return;
    }
    const sendErrors = (errors: unknown) =>
      socket.send(JSON.stringify({ id, type: MessageType.Error, payload: errors }));
    if (id.length > mostIdLength) {
      const message = `id: at most ${mostIdLength} characters are taken.`;
      events.onRefused?.({
        transport: 'ws',
        tenantId: principal.tenant.id,
        code: 'BAD_USER_INPUT',
      });
      sendErrors([createPublicError('BAD_USER_INPUT', message)]);
      return;
    }
    if (running.size >= mostOperations) {
      const message = `At most ${mostOperations} operations may run on one socket.`;
      events.onRefused?.({ transport: 'ws', tenantId: principal.tenant.id, code: 'RATE_LIMITED' });
      sendErrors([createPublicError('RATE_LIMITED', message)]);
      return;
    }
    const name = JSON.stringify(id);
    const operation: RunningOperation = { stop: () => {}, hasAnswer: true };
    const forget = () => {
      if (running.get(id) !== operation) return;
      running.delete(id);
      closeIfAnswered();
    };
    const outlet = createOutlet((text, onSent) => socket.send(text, onSent));
    running.set(id, operation);
    const stop = runner.run(
      { principal, requestId: newRequestId(), transport: 'ws', params: payload, mayMutate: true },
      {
        next: (result) => outlet.offer(`{"id":${name},"type":"next","payload":${result}}`),
        subscribed: () => {
          operation.hasAnswer = false;
          closeIfAnswered();
        },
        refuse: (errors) => {
          sendErrors(errors);
          forget();
        },
        // Its place is free once the peer has taken its last word, and not before.
        complete: () => outlet.end(`{"id":${name},"type":"complete"}`, forget),
        expire,
      },
    );
    operation.stop = () => {
      stop();
      outlet.drop();
    };
  }

  /** Who does not read is not read either, or answers to its pings and faults would pile up. */
  function waitForReader(): void {
    if (socket.bufferedAmount <= mostUnreadBytes || socket.isPaused) return;
    socket.pause();
    connection.once('drain', () => socket.resume());
  }

  socket.on('message', (data, isBinary) => {
    // What comes behind a fault is not heard, though the peer may not know of its end yet.
    if (socket.readyState !== socket.OPEN) return;
    waitForReader();
    let message: ReturnType<typeof parseMessage>;
    try {
      if (isBinary) throw new Error('a binary message');
      const text = String(data);
      message = parseMessage(text, toReviver(text));
    } catch {
      socket.close(CloseCode.BadRequest, 'Invalid message received');
      return;
    }
    switch (message.type) {
      case MessageType.ConnectionInit:
        void init(message.payload ?? undefined);
        return;
      case MessageType.Ping:
        return socket.send('{"type":"pong"}');
      case MessageType.Pong:
        return;
      case MessageType.Subscribe:
        return subscribe(message);
      case MessageType.Complete: {
        running.get(message.id)?.stop();
        running.delete(message.id);
        return closeIfAnswered();
      }
      default:
        socket.close(CloseCode.BadRequest, 'Invalid message received');
    }
  });
  // The close that follows says all; without a listener ws would throw.
  socket.on('error', () => {});
  socket.on('close', () => {
    cancelInit();
    releaseSocket?.();
    for (const { stop } of running.values()) stop();
    running.clear();
  });
  return { expire, leave, endSubscriptions };
}

/** Clients come back after it (the registry of close codes that RFC 6455, 11.7, began). */
const tryAgainLater = 1013;
/** The process ends; clients come back, to another one (RFC 6455, 7.4.1). */
export const goingAway = 1001;
