import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Authenticate } from '../../identity/authenticate.ts';
import { type Principal, toCallerIdentity } from '../../identity/principal.ts';
import { holdsRights, rightsOf } from '../../identity/rights.ts';
import type { Clock } from '../../live/clock.ts';
import type { Reauthenticate } from '../../schema/operation/context.ts';
import type { AuthenticateRequest } from '../http/authenticate-request.ts';
import { type HttpContext, type Route, sendJson, sendWhole } from '../http/http.ts';
import { operationParams, readOperation } from '../http/operation-params.ts';
import { isOverRate } from '../http/over-rate.ts';
import { refuse, refuseClosing, refuseForNow, refuseInput } from '../http/refusal.ts';
import { unauthenticated } from '../operation/caller-errors.ts';
import type { RateLimit } from '../operation/rate-limit.ts';
import { toCounted } from '../operation/request-context.ts';
import type { SubscriptionCaps } from '../operation/subscription-caps.ts';
import { type ConnectionAuthority, createConnectionAuthority } from './connection-authority.ts';
import type { EventStream, EventStreams } from './event-streams.ts';
import type { OperationRunner } from './operation-runner.ts';
import { createReauthenticate } from './renewal.ts';
import { type StreamOperation, startStreamOperation } from './stream-operation.ts';
import { createStreamTokens, type StreamOwner } from './stream-token.ts';
import { createTurns, type Turns } from './turns.ts';

export interface SseStreamOptions {
  readonly authenticate: Authenticate;
  readonly authenticateRequest: AuthenticateRequest;
  readonly runner: OperationRunner;
  readonly streams: EventStreams;
  readonly clock: Clock;
  readonly mostOperations: number;
  readonly rateLimit: RateLimit;
  /** Counts the streams that are open or reserved. */
  readonly streamCaps: SubscriptionCaps;
  readonly isDraining: () => boolean;
}

/** A connection that carries many operations. */
interface Stream {
  readonly authority: ConnectionAuthority;
  readonly reauthenticate: Reauthenticate;
  readonly operations: Map<string, StreamOperation>;
  readonly turns: Turns;
  events: EventStream | null;
  /** Texts from before the stream was opened: one for each operation, by its id. */
  readonly unsent: Map<string, { readonly text: string; readonly onSent: () => void }>;
  /** Whether the key that opened it has ended: it takes no more operations, and ends with its last one. */
  isExpired: boolean;
  /** Whether it ends once its queries and mutations are answered. */
  isLeaving: boolean;
  forget: () => void;
  /** Gives back its permit. */
  release: () => void;
}

const tokenHeader = 'x-graphql-event-stream-token';
const reservedMs = 30_000;
const mostUnreadBytes = 1024 * 1024;
const noSuchStream = 'There is no such stream; PUT reserves one.';

const streamedOperation = operationParams.safeExtend({
  extensions: z.looseObject({ operationId: z.string().min(1).max(128) }),
});

/**
 * `/graphql/stream`: the single-connection mode of graphql-sse's PROTOCOL.md, for browsers that may
 * open only six connections. PUT reserves a stream, GET opens it, POST starts an operation on it and
 * DELETE ends one. Every request brings its key, and a stream is found only by the caller that
 * reserved it. A GET or POST with a newer key renews the stream: all its operations keep to that key
 * from then on.
 */
export function createSseStreamRoute(options: SseStreamOptions): Route {
  const { authenticateRequest, runner, clock } = options;
  const tokens = createStreamTokens();
  const streams = new Map<string, Stream>();

  function reserve(http: HttpContext, principal: Principal): void {
    const release = options.streamCaps.take(toCounted(principal));
    if (release === null) {
      refuseForNow(http, 503, 'Too many streams are open. Try again later.');
      return;
    }
    const token = tokens.issue(ownerOf(principal));
    const forget = clock.after(reservedMs, () => close(token));
    const authority = createConnectionAuthority(principal);
    streams.set(token, {
      authority,
      reauthenticate: createReauthenticate({ ...options, authority }),
      operations: new Map(),
      turns: createTurns(),
      events: null,
      unsent: new Map(),
      isExpired: false,
      isLeaving: false,
      forget,
      release,
    });
    sendWhole(http, 201, { 'content-type': 'text/plain; charset=utf-8' }, token);
  }

  function open(http: HttpContext, principal: Principal, token: string, stream: Stream): void {
    const { authority } = stream;
    if (authority.isNewer(principal)) authority.renew(principal);
    // An operation that began with more rights is not for a key that has fewer.
    else if (!holdsRights(principal, rightsOf(authority.newest))) {
      refuseInput(http, 404, noSuchStream);
      return;
    }
    stream.forget();
    // An operation may have lost its authority while nothing could be sent to it.
    for (const operation of stream.operations.values()) operation.review();
    const events = options.streams.begin(http, {
      review() {
        for (const operation of stream.operations.values()) operation.review();
        if (authority.isCurrent()) return true;
        expire(token);
        return false;
      },
      leave: () => leave(stream),
      endSubscriptions() {
        for (const [id, operation] of stream.operations) {
          if (operation.hasAnswer()) continue;
          operation.stop();
          stream.operations.delete(id);
        }
      },
    });
    stream.events = events;
    for (const { text, onSent } of stream.unsent.values()) events.send(text, onSent);
    stream.unsent.clear();
    if (options.isDraining()) leave(stream);
    http.response.on('close', () => close(token));
  }

  function expire(token: string): void {
    const stream = streams.get(token);
    if (stream === undefined) return;
    stream.isExpired = true;
    for (const operation of stream.operations.values()) operation.expire();
    endIfOver(stream);
  }

  function leave(stream: Stream): void {
    stream.isLeaving = true;
    endIfOver(stream);
  }

  function endIfOver({ isExpired, isLeaving, operations, events }: Stream): void {
    if (isExpired && operations.size === 0) events?.end();
    else if (isLeaving && !hasAnswer(operations.values())) events?.end();
  }

  function close(token: string): void {
    const stream = streams.get(token);
    streams.delete(token);
    stream?.release();
    for (const { stop } of stream?.operations.values() ?? []) stop();
    stream?.operations.clear();
  }

  async function start(http: HttpContext, principal: Principal, token: string): Promise<void> {
    const params = await readOperation(http.request, streamedOperation);
    if (typeof params === 'object' && 'problem' in params) {
      refuseInput(http, params.status, params.problem, params.headers);
      return;
    }
    // The body may have taken long: the key is looked at again, and the stream only now.
    if (!principal.isCurrent()) {
      refuse(http, 401, unauthenticated(http.requestId));
      return;
    }
    const stream = streams.get(token);
    if (stream === undefined || stream.isExpired) {
      refuseInput(http, 404, noSuchStream);
      return;
    }
    const { operationId } = params.extensions;
    if (stream.operations.has(operationId)) {
      refuseInput(http, 409, 'extensions.operationId: this operation runs already.');
      return;
    }
    if (stream.operations.size >= options.mostOperations) {
      const message = `At most ${options.mostOperations} operations may run on a stream.`;
      refuseForNow(http, 429, message);
      return;
    }
    if ((stream.events?.countUnsentBytes() ?? 0) > mostUnreadBytes) {
      refuseForNow(http, 429, 'Too much waits on this stream to be read.');
      return;
    }
    sendWhole(http, 202, {});
    const { authority, reauthenticate } = stream;
    if (authority.isNewer(principal)) authority.renew(principal);
    const operation = startStreamOperation({
      runner,
      http,
      principal,
      // An older key starts operations that end with it, and has no part in what a newer one may do.
      authority: principal === authority.newest ? authority : undefined,
      reauthenticate,
      operationId,
      params,
      turns: stream.turns,
      send(text, onSent) {
        if (stream.events) stream.events.send(text, onSent);
        else stream.unsent.set(operationId, { text, onSent });
      },
      takeUnsent() {
        const unsent = stream.unsent.get(operationId);
        stream.unsent.delete(operationId);
        return unsent?.onSent ?? null;
      },
      onSubscribed: () => endIfOver(stream),
      onEnd() {
        if (stream.operations.get(operationId) === operation) stream.operations.delete(operationId);
        endIfOver(stream);
      },
    });
    stream.operations.set(operationId, operation);
  }

  function end(http: HttpContext, stream: Stream): void {
    const operationId = queryOf(http.request).get('operationId') ?? '';
    stream.operations.get(operationId)?.stop();
    stream.operations.delete(operationId);
    stream.unsent.delete(operationId);
    endIfOver(stream);
    sendWhole(http, 200, {});
  }

  return async (http) => {
    const { request, path } = http;
    if (path !== '/graphql/stream') return false;
    http.transport = 'sse';
    const principal = await authenticateRequest(http);
    if (principal === null) return true;
    http.tenantId = principal.tenant.id;
    if (await isOverRate(http, principal, options.rateLimit)) return true;
    const token = tokenOf(request);
    if (options.isDraining() && !mayUseWhileDraining(request.method, streams.get(token))) {
      refuseClosing(http);
      return true;
    }
    if (request.method === 'PUT') {
      reserve(http, principal);
      return true;
    }
    const stream = tokens.isFor(ownerOf(principal), token) ? streams.get(token) : undefined;
    if (stream === undefined) refuseInput(http, 404, noSuchStream);
    else if (request.method === 'POST') await start(http, principal, token);
    else if (request.method === 'DELETE') end(http, stream);
    else if (request.method !== 'GET') {
      sendJson(http, 405, { error: 'Method not allowed' }, { allow: 'GET, POST, PUT, DELETE' });
    } else if (stream.events) refuseInput(http, 409, 'This stream is open already.');
    else open(http, principal, token, stream);
    return true;
  };
}

/** What ends operations is taken to the last, and a GET for what was sent before it. */
function mayUseWhileDraining(method: string | undefined, stream: Stream | undefined): boolean {
  if (method === 'DELETE') return true;
  return method === 'GET' && stream !== undefined && hasAnswer(stream.operations.values());
}

function hasAnswer(operations: Iterable<StreamOperation>): boolean {
  for (const operation of operations) if (operation.hasAnswer()) return true;
  return false;
}

function ownerOf(principal: Principal): StreamOwner {
  return { tenantId: principal.tenant.id, callerIdentity: toCallerIdentity(principal) };
}

function tokenOf(request: IncomingMessage): string {
  const header = request.headers[tokenHeader];
  return typeof header === 'string' ? header : (queryOf(request).get('token') ?? '');
}

function queryOf(request: IncomingMessage): URLSearchParams {
  return new URL(request.url ?? '/', 'http://localhost').searchParams;
}
