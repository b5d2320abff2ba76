import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Authenticate } from '../identity/api-keys.ts';
import type { Principal } from '../identity/principal.ts';
import type { Clock } from '../live/clock.ts';
import type { EventStreams } from './event-streams.ts';
import { type Arrival, type Route, sendJson } from './http.ts';
import { operationParams, readOperation } from './operation-params.ts';
import type { OperationRunner } from './operation-runner.ts';
import { createOutlet } from './outlet.ts';
import { refuse, refuseInput, unauthenticated } from './refusal.ts';
import { createStreamTokens } from './stream-token.ts';

export interface SseStreamOptions {
  readonly authenticate: Authenticate;
  readonly runner: OperationRunner;
  readonly streams: EventStreams;
  readonly clock: Clock;
  readonly mostOperations: number;
  readonly isDraining: () => boolean;
}

/** A connection that carries many operations. */
interface Stream {
  readonly operations: Map<string, () => void>;
  response: ServerResponse | null;
  /** What came before the stream was opened; one text an operation. */
  readonly unsent: (() => void)[];
  forget: () => void;
}

const tokenHeader = 'x-graphql-event-stream-token';
const reservedMs = 30_000;

const streamedOperation = operationParams.extend({
  extensions: z.looseObject({ operationId: z.string().min(1).max(128) }),
});

/**
 * `/graphql/stream`: the single-connection mode of graphql-sse's PROTOCOL.md, for browsers that may
 * open only six connections. PUT reserves a stream, GET opens it, POST starts an operation on it and
 * DELETE ends one. Every request brings its key, and a stream is found only by the tenant it was
 * reserved for.
 */
export function createSseStreamRoute(options: SseStreamOptions): Route {
  const { authenticate, runner, clock } = options;
  const tokens = createStreamTokens();
  const streams = new Map<string, Stream>();

  function reserve({ response }: Arrival, principal: Principal): void {
    const token = tokens.issue(principal.tenant.id);
    const forget = clock.after(reservedMs, () => close(token));
    streams.set(token, { operations: new Map(), response: null, unsent: [], forget });
    response.writeHead(201, { 'content-type': 'text/plain; charset=utf-8' }).end(token);
  }

  function open({ response }: Arrival, token: string, stream: Stream): void {
    stream.forget();
    stream.response = response;
    options.streams.begin(response);
    for (const send of stream.unsent.splice(0)) send();
    response.on('close', () => close(token));
  }

  function close(token: string): void {
    const stream = streams.get(token);
    streams.delete(token);
    for (const stop of stream?.operations.values() ?? []) stop();
    stream?.operations.clear();
  }

  async function start(arrival: Arrival, principal: Principal, stream: Stream): Promise<void> {
    const { response, requestId } = arrival;
    const given = await readOperation(arrival.request, streamedOperation);
    if (typeof given === 'object' && 'problem' in given) {
      refuseInput(arrival, given.status, given.problem);
      return;
    }
    const { extensions, ...params } = given;
    const { operationId } = extensions;
    if (stream.operations.has(operationId)) {
      refuseInput(arrival, 409, 'extensions.operationId: this operation runs already.');
      return;
    }
    if (stream.operations.size >= options.mostOperations) {
      refuseInput(
        arrival,
        429,
        `At most ${options.mostOperations} operations may run on a stream.`,
      );
      return;
    }
    response.writeHead(202).end();
    const id = JSON.stringify(operationId);
    const outlet = createOutlet((text, onSent) => {
      if (stream.response) stream.response.write(text, onSent);
      else stream.unsent.push(() => stream.response?.write(text, onSent));
    });
    const complete = () => {
      stream.operations.delete(operationId);
      outlet.end(`event: complete\ndata: {"id":${id}}\n\n`);
    };
    stream.operations.set(operationId, () => {});
    const stop = runner.run(
      { principal, requestId, transport: 'sse', params, mayMutate: true },
      {
        next: (result) => outlet.offer(`event: next\ndata: {"id":${id},"payload":${result}}\n\n`),
        refuse: (errors) => {
          const payload = JSON.stringify({ errors });
          outlet.offer(`event: next\ndata: {"id":${id},"payload":${payload}}\n\n`);
          complete();
        },
        complete,
      },
    );
    if (stream.operations.has(operationId)) stream.operations.set(operationId, stop);
  }

  function end({ request, response }: Arrival, stream: Stream): void {
    const operationId = queryOf(request).get('operationId') ?? '';
    stream.operations.get(operationId)?.();
    stream.operations.delete(operationId);
    response.writeHead(200).end();
  }

  return async (arrival) => {
    const { request, response, path, requestId } = arrival;
    if (path !== '/graphql/stream') return false;
    const principal = authenticate(request.headers.authorization);
    if (principal === null) {
      refuse(arrival, 401, unauthenticated(requestId));
      return true;
    }
    if (options.isDraining()) {
      refuseInput(arrival, 503, 'This gateway is closing. Connect again.');
      return true;
    }
    if (request.method === 'PUT') {
      reserve(arrival, principal);
      return true;
    }
    const token = tokenOf(request);
    const stream = tokens.isFor(principal.tenant.id, token) ? streams.get(token) : undefined;
    if (stream === undefined)
      refuseInput(arrival, 404, 'There is no such stream; PUT reserves one.');
    else if (request.method === 'POST') await start(arrival, principal, stream);
    else if (request.method === 'DELETE') end(arrival, stream);
    else if (request.method !== 'GET') {
      sendJson(response, 405, { error: 'Method not allowed' }, { allow: 'GET, POST, PUT, DELETE' });
    } else if (stream.response) refuseInput(arrival, 409, 'This stream is open already.');
    else open(arrival, token, stream);
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
