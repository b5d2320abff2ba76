import type { IncomingMessage } from 'node:http';
import type { GraphQLError } from 'graphql';
import { z } from 'zod';
import type { Principal } from '../identity/principal.ts';
import type { Clock } from '../live/clock.ts';
import { traceparentOf } from './asked.ts';
import type { EventStream, EventStreams } from './event-streams.ts';
import { type Arrival, type Route, sendJson, writeHead } from './http.ts';
import { operationParams, readOperation } from './operation-params.ts';
import type { OperationRunner } from './operation-runner.ts';
import { createOutlet } from './outlet.ts';
import type { Recognise } from './recognise.ts';
import { keyEnded, refuseClosing, refuseForNow, refuseInput, toRefusedResult } from './refusal.ts';
import { createStreamTokens } from './stream-token.ts';

export interface SseStreamOptions {
  readonly recognise: Recognise;
  readonly runner: OperationRunner;
  readonly streams: EventStreams;
  readonly clock: Clock;
  readonly mostOperations: number;
  /** How many streams may be open or reserved. */
  readonly mostStreams: number;
  readonly isDraining: () => boolean;
}

/** A connection that carries many operations. */
interface Stream {
  readonly operations: Map<string, RunningOperation>;
  events: EventStream | null;
  /** What came before the stream was opened; one text an operation. */
  readonly unsent: Map<string, (events: EventStream) => void>;
  /** Whether its key has ended: it takes no more operations, and ends with its last one. */
  isExpired: boolean;
  forget: () => void;
}

interface RunningOperation {
  stop: () => void;
  /** Stops it, and tells that the key of its stream has ended. */
  expire: () => void;
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
 * DELETE ends one. Every request brings its key, and a stream is found only by the tenant it was
 * reserved for.
 */
export function createSseStreamRoute(options: SseStreamOptions): Route {
  const { recognise, runner, clock } = options;
  const tokens = createStreamTokens();
  const streams = new Map<string, Stream>();

  function reserve(arrival: Arrival, principal: Principal): void {
    if (streams.size >= options.mostStreams) {
      refuseForNow(arrival, 503, 'Too many streams are open. Try again later.');
      return;
    }
    const token = tokens.issue(principal.tenant.id);
    const forget = clock.after(reservedMs, () => close(token));
    streams.set(token, {
      operations: new Map(),
      events: null,
      unsent: new Map(),
      isExpired: false,
      forget,
    });
    writeHead(arrival, 201, { 'content-type': 'text/plain; charset=utf-8' }).end(token);
  }

  function open(arrival: Arrival, { isCurrent }: Principal, token: string, stream: Stream) {
    stream.forget();
    const events = options.streams.begin(arrival, { isCurrent, expire: () => expire(token) });
    stream.events = events;
    for (const send of stream.unsent.values()) send(events);
    stream.unsent.clear();
    arrival.response.on('close', () => close(token));
  }

  function expire(token: string): void {
    const stream = streams.get(token);
    if (stream === undefined) return;
    stream.isExpired = true;
    for (const operation of stream.operations.values()) operation.expire();
    endIfExpired(stream);
  }

  function endIfExpired({ isExpired, operations, events }: Stream): void {
    if (isExpired && operations.size === 0) events?.end();
  }

  function close(token: string): void {
    const stream = streams.get(token);
    streams.delete(token);
    for (const { stop } of stream?.operations.values() ?? []) stop();
    stream?.operations.clear();
  }

  async function start(arrival: Arrival, principal: Principal, token: string): Promise<void> {
    const { requestId, request, events: told } = arrival;
    const given = await readOperation(request, streamedOperation);
    if (typeof given === 'object' && 'problem' in given) {
      refuseInput(arrival, given.status, given.problem);
      return;
    }
    // Looked up behind the body: a stream that closes meanwhile must not be given an operation.
    const stream = streams.get(token);
    if (stream === undefined || stream.isExpired) {
      refuseInput(arrival, 404, noSuchStream);
      return;
    }
    const { operationId } = given.extensions;
    if (stream.operations.has(operationId)) {
      refuseInput(arrival, 409, 'extensions.operationId: this operation runs already.');
      return;
    }
    if (stream.operations.size >= options.mostOperations) {
      const message = `At most ${options.mostOperations} operations may run on a stream.`;
      refuseForNow(arrival, 429, message);
      return;
    }
    if ((stream.events?.countUnsentBytes() ?? 0) > mostUnreadBytes) {
      refuseForNow(arrival, 429, 'Too much waits on this stream to be read.');
      return;
    }
    writeHead(arrival, 202).end();
    const operation: RunningOperation = { stop: () => {}, expire: () => {} };
    stream.operations.set(operationId, operation);
    const forget = () => {
      if (stream.operations.get(operationId) === operation) stream.operations.delete(operationId);
      endIfExpired(stream);
    };
    const id = JSON.stringify(operationId);
    const outlet = createOutlet((text, onSent) => {
      if (stream.events) stream.events.send(text, onSent);
      else stream.unsent.set(operationId, (events) => events.send(text, onSent));
    });
    const next = (result: string) =>
      outlet.offer(`event: next\ndata: {"id":${id},"payload":${result}}\n\n`);
    // Its place is free once the peer has taken its last word, and not before.
    const complete = () => outlet.end(`event: complete\ndata: {"id":${id}}\n\n`, forget);
    const refuseRun = (errors: readonly GraphQLError[]) => {
      next(JSON.stringify(toRefusedResult(errors)));
      complete();
    };
    const traceparent = traceparentOf(request);
    const leave = runner.run(
      { principal, requestId, transport: 'sse', params: given, mayMutate: true, traceparent },
      { next, refuse: refuseRun, complete },
    );
    operation.stop = () => {
      leave();
      outlet.drop();
    };
    operation.expire = () => {
      leave();
      told.onErrors?.('sse', principal.tenant.id, ['UNAUTHENTICATED']);
      refuseRun([keyEnded(requestId)]);
    };
  }

  function end(arrival: Arrival, stream: Stream): void {
    const operationId = queryOf(arrival.request).get('operationId') ?? '';
    stream.operations.get(operationId)?.stop();
    stream.operations.delete(operationId);
    stream.unsent.delete(operationId);
    endIfExpired(stream);
    writeHead(arrival, 200).end();
  }

  return async (arrival) => {
    const { request, path } = arrival;
    if (path !== '/graphql/stream') return false;
    arrival.transport = 'sse';
    const principal = await recognise(arrival);
    if (principal === null) return true;
    arrival.tenantId = principal.tenant.id;
    if (options.isDraining() && request.method !== 'DELETE') {
      refuseClosing(arrival);
      return true;
    }
    if (request.method === 'PUT') {
      reserve(arrival, principal);
      return true;
    }
    const token = tokenOf(request);
    const stream = tokens.isFor(principal.tenant.id, token) ? streams.get(token) : undefined;
    if (stream === undefined) refuseInput(arrival, 404, noSuchStream);
    else if (request.method === 'POST') await start(arrival, principal, token);
    else if (request.method === 'DELETE') end(arrival, stream);
    else if (request.method !== 'GET') {
      sendJson(arrival, 405, { error: 'Method not allowed' }, { allow: 'GET, POST, PUT, DELETE' });
    } else if (stream.events) refuseInput(arrival, 409, 'This stream is open already.');
    else open(arrival, principal, token, stream);
    return true;
  };
}

function tokenOf(request: IncomingMessage): string {
  const header = request.headers[tokenHeader];
  return typeof header === 'string' ? header : (queryOf(request).get('token') ?? '');
}

function queryOf(request: IncomingMessage): URLSearchParams {
  return new URL(request.url ?? '/', 'http://localhost').searchParams;
}
