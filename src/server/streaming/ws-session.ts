import type { IncomingMessage } from 'node:http';
import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Authenticate } from '../../identity/authenticate.ts';
import { IdentityUnavailableError } from '../../identity/identity-error.ts';
import type { Principal } from '../../identity/principal.ts';
import type { BrowserOrigins } from '../../identity/tenant-policy.ts';
import type { Clock } from '../../live/clock.ts';
import type { Renewal } from '../../schema/operation/context.ts';
import { createPublicError, type ErrorCode } from '../../schema/operation/errors.ts';
import type { TenantId } from '../../tenant-id.ts';
import { foreignOriginOf } from '../http/cors.ts';
import type { OperationEvents } from '../operation/operation-events.ts';
import type { SentParams } from '../operation/operation-pipeline.ts';
import type { RateLimit } from '../operation/rate-limit.ts';
import { authorizationOf, toCounted } from '../operation/request-context.ts';
import type { SubscriptionCaps } from '../operation/subscription-caps.ts';
import { createConnectionAuthority } from './connection-authority.ts';
import type { ClientMessage, ClientPing, Dialect } from './dialect.ts';
import { readInitCredential } from './init-credential.ts';
import type { OperationRunner } from './operation-runner.ts';
import { createReauthenticate } from './renewal.ts';
import { contradictoryPing, tooManyPings, toPong } from './session-pong.ts';
import { createSocketOperations, type SocketCaller } from './socket-operations.ts';

export interface SessionOptions {
  readonly authenticate: Authenticate;
  readonly origins: BrowserOrigins;
  readonly runner: OperationRunner;
  readonly clock: Clock;
  readonly mostOperations: number;
  /** Counts each connection as a request of its caller. */
  readonly rateLimit: Pick<RateLimit, 'take'>;
  /** Counts the sockets of recognised callers. */
  readonly socketCaps: SubscriptionCaps;
  /** Called once its caller is known. */
  readonly onRecognised?: (socket: WebSocket) => void;
  /** Whether the process is about to end: what comes now is sent elsewhere. */
  readonly isDraining: () => boolean;
  readonly events?: OperationEvents;
}

const initTimeoutMs = 3_000;
const mostUnreadBytes = 1024 * 1024;

/** Reasons of close frames that refuse a caller: each says where its key belongs. */
const unauthorized =
  'Unauthorized: send {"authorization": "Bearer <key>"} as the payload of connection_init';
const contradictory =
  'Unauthorized: connection_init holds keys that differ; send {"authorization": "Bearer <key>"}';

export interface Session {
  /** Closes the socket if its caller's authority has ended; else sends a heartbeat. */
  visit(): void;
  /**
   * Takes no further operation, and closes the socket with 1001 once its queries and mutations are
   * answered. Its subscriptions run until then.
   */
  leave(): void;
  /** Ends its subscriptions without telling the client that they are complete. */
  endSubscriptions(): void;
}

/**
 * One socket of GraphQL over WebSocket, in one of its dialects. A bad operation gets an error message
 * and leaves the others alone; a bad message is answered or closes the socket, as the dialect has it.
 */
export function startSession(
  socket: WebSocket,
  request: IncomingMessage,
  dialect: Dialect,
  options: SessionOptions,
): Session {
  const { authenticate, origins, clock, isDraining, socketCaps, onRecognised } = options;
  const { events = {} } = options;
  // Nothing below holds on to the request itself, which would live as long as the socket.
  const { socket: connection } = request;
  const header = authorizationOf(request);
  const origin = foreignOriginOf(request, origins);
  let caller: SocketCaller | null = null;
  let hasInit = false;
  let isLeaving = false;
  /** Operations that came before the caller was known; null: none is to wait. */
  let early: ClientMessage[] | null = null;
  let releaseSocket: (() => void) | undefined;
  let cancelInit = clock.after(initTimeoutMs, () => {
    socket.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
  });

  const operations = createSocketOperations({
    ...options,
    socket,
    dialect,
    expire,
    onAnswered: closeIfAnswered,
  });

  async function init(payload: Readonly<Record<string, unknown>> | undefined): Promise<void> {
    cancelInit();
    cancelInit = () => {};
    if (hasInit) {
      socket.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
      return;
    }
    hasInit = true;
    const credential = readInitCredential(payload);
    if (credential.kind === 'contradictory') {
      closeUnauthorized(contradictory);
      return;
    }
    if (dialect.startsEarly) holdEarly();
    const given = credential.kind === 'one' ? credential.authorization : header;
    const principal = await recognise(given);
    if (socket.readyState === socket.OPEN) await admit(principal);
    releaseEarly();
  }

  async function admit(principal: Principal | null | 'later'): Promise<void> {
    if (principal === 'later') closeForNow('IDENTITY_UNAVAILABLE');
    // 4401 is fatal to clients, which must not come back with the same key.
    else if (principal === null) closeUnauthorized();
    // The upgrade checked the origin against all tenants; now the tenant is known.
    else if (origin !== undefined && !origins.isFor(principal, origin)) {
      refuse('FORBIDDEN', CloseCode.Forbidden, 'Forbidden');
    } else {
      const retryAfterMs = await options.rateLimit.take(toCounted(principal));
      if (socket.readyState !== socket.OPEN) return;
      if (retryAfterMs !== null) return closeForNow('RATE_LIMITED', principal.tenant.id);
      releaseSocket = socketCaps.take(toCounted(principal)) ?? undefined;
      if (releaseSocket === undefined) closeForNow('RATE_LIMITED', principal.tenant.id);
      else acknowledge(principal);
    }
  }

  function acknowledge(principal: Principal): void {
    const authority = createConnectionAuthority(principal);
    const reauthenticate = createReauthenticate({ ...options, authority });
    caller = { authority, reauthenticate };
    onRecognised?.(socket);
    for (const text of dialect.acknowledgement) socket.send(text);
  }

  /** Answers a `ping`; one with a credential renews the connection first. */
  async function answerPing(payload: ClientPing['payload']): Promise<void> {
    const credential = readInitCredential(payload);
    if (credential.kind === 'none' || caller === null) {
      socket.send('{"type":"pong"}');
      return;
    }
    const { authority, reauthenticate } = caller;
    let renewal: Renewal = { refusal: contradictoryPing };
    if ((await options.rateLimit.take(toCounted(authority.newest))) !== null) {
      renewal = { refusal: tooManyPings };
    } else if (credential.kind === 'one') {
      renewal = await reauthenticate(credential.authorization);
    }
    if (socket.readyState === socket.OPEN) socket.send(toPong(renewal, authority.newest));
  }

  /** Reads no further, so that at most what has been read already waits for the caller to be known. */
  function holdEarly(): void {
    early = [];
    socket.pause();
  }

  function releaseEarly(): void {
    if (early === null) return;
    const held = early;
    early = null;
    socket.resume();
    for (const message of held) if (socket.readyState === socket.OPEN) receive(message);
  }

  /** The caller; `later`: the identity provider is away, and clients are to come back. */
  async function recognise(authorization: string | undefined): Promise<Principal | null | 'later'> {
    try {
      return await authenticate(authorization);
    } catch (error) {
      return error instanceof IdentityUnavailableError ? 'later' : null;
    }
  }

  function closeUnauthorized(reason = unauthorized): void {
    events.onRefused?.({ transport: 'ws', tenantId: undefined, code: 'UNAUTHENTICATED' });
    refuse('UNAUTHENTICATED', CloseCode.Unauthorized, reason);
  }

  function closeForNow(code: 'IDENTITY_UNAVAILABLE' | 'RATE_LIMITED', tenantId?: TenantId): void {
    events.onRefused?.({ transport: 'ws', tenantId, code });
    refuse(code, tryAgainLater, 'Try again later');
  }

  /** Closes the socket of a caller that is not let in. */
  function refuse(code: ErrorCode, closeCode: number, reason: string): void {
    const text = dialect.refusal(createPublicError(code, reason));
    if (text !== null) socket.send(text);
    socket.close(closeCode, reason);
  }

  function expire(): void {
    // Clients come back after 4403, with a newer key if they have one; after 4401 they would not.
    if (caller?.authority.isCurrent() === false) socket.close(CloseCode.Forbidden, 'Forbidden');
  }

  function leave(): void {
    isLeaving = true;
    closeIfAnswered();
  }

  /** Clients come back after 1001, and send again what was not answered: a mutation must have been. */
  function closeIfAnswered(): void {
    if (isLeaving && !operations.hasAnswer()) socket.close(goingAway, 'Going away');
  }

  function subscribe(id: string, params: SentParams): void {
    if (caller === null) closeUnauthorized();
    else if (!caller.authority.isCurrent()) expire();
    // The client sends it again, elsewhere, once this socket has closed.
    else if (isDraining() && !operations.has(id)) leave();
    else operations.start(caller, id, params);
  }

  /** Reads nothing from a peer that takes nothing, or the answers to its messages would pile up. */
  function waitForReader(): void {
    if (socket.bufferedAmount <= mostUnreadBytes || socket.isPaused) return;
    socket.pause();
    connection.once('drain', () => socket.resume());
  }

  function receive(message: ClientMessage): void {
    if (message.type === 'init') void init(message.payload);
    else if (message.type === 'ping') void answerPing(message.payload);
    else if (message.type === 'subscribe') subscribe(message.id, message.params);
    else if (message.type === 'stop') operations.stop(message.id);
    else if (message.type === 'terminate') socket.close(normalClosure);
    else if (message.type === 'unreadable') answerUnreadable(message.reply);
  }

  function answerUnreadable(reply: string | null): void {
    if (reply === null) socket.close(CloseCode.BadRequest, 'Invalid message received');
    else socket.send(reply);
  }

  socket.on('message', (data, isBinary) => {
    // The socket is closing on a fault: what comes behind it is not read.
    if (socket.readyState !== socket.OPEN) return;
    waitForReader();
    const message: ClientMessage = isBinary
      ? { type: 'unreadable', reply: null }
      : dialect.read(String(data));
    if (early === null) receive(message);
    else early.push(message);
  });
  // The close that follows says all; without a listener ws would throw.
  socket.on('error', () => {});
  socket.on('close', () => {
    cancelInit();
    releaseSocket?.();
    operations.stopAll();
  });
  return {
    leave,
    endSubscriptions: operations.endSubscriptions,
    visit() {
      if (caller === null) return;
      if (!caller.authority.isCurrent()) expire();
      else if (socket.readyState === socket.OPEN) socket.send(dialect.heartbeat);
    },
  };
}

const normalClosure = 1000;
/** Clients come back after it (the registry of close codes that RFC 6455, 11.7, began). */
const tryAgainLater = 1013;
/** The process ends; clients come back, to another one (RFC 6455, 7.4.1). */
export const goingAway = 1001;
