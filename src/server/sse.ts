import type { IncomingMessage } from 'node:http';
import type { Authenticate } from '../identity/authenticate.ts';
import type { EventStreams } from './event-streams.ts';
import type { Route } from './http.ts';
import { operationParams, readOperation } from './operation-params.ts';
import type { OperationRunner } from './operation-runner.ts';
import { createOutlet } from './outlet.ts';
import { refuse, refuseClosing, refuseInput, toRefusedResult, unauthenticated } from './refusal.ts';

export interface SseOptions {
  readonly authenticate: Authenticate;
  readonly runner: OperationRunner;
  readonly streams: EventStreams;
  readonly isDraining: () => boolean;
}

/**
 * `/graphql` over Server-Sent Events, an operation a stream: the distinct mode of graphql-sse's
 * PROTOCOL.md. For whoever asks for text/event-stream before all else.
 */
export function createSseRoute({ authenticate, runner, streams, isDraining }: SseOptions): Route {
  return async (arrival) => {
    const { request, response, path, requestId } = arrival;
    if (path !== '/graphql' || !wantsEvents(request)) return false;
    const principal = await authenticate(request.headers.authorization);
    if (principal === null) {
      refuse(arrival, 401, unauthenticated(requestId));
      return true;
    }
    const params = await readOperation(request, operationParams);
    if ('problem' in params) {
      refuseInput(arrival, params.status, params.problem);
      return true;
    }
    if (isDraining()) {
      refuseClosing(arrival);
      return true;
    }
    arrival.isLogged = true;
    const stream = streams.begin(response, principal.isCurrent);
    const outlet = createOutlet(stream.send);
    const complete = () => outlet.end('event: complete\ndata:\n\n', stream.end);
    const stop = runner.run(
      { principal, requestId, transport: 'sse', params, mayMutate: request.method === 'POST' },
      {
        next: (result) => outlet.offer(`event: next\ndata: ${result}\n\n`),
        refuse: (errors) => {
          outlet.offer(`event: next\ndata: ${JSON.stringify(toRefusedResult(errors))}\n\n`);
          complete();
        },
        complete,
      },
    );
    // Whoever has gone meanwhile will not close again.
    if (response.destroyed) stop();
    else response.on('close', stop);
    return true;
  };
}

function wantsEvents(request: IncomingMessage): boolean {
  return /^\s*text\/event-stream\b/i.test(request.headers.accept ?? '');
}
