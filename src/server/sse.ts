import type { IncomingMessage } from 'node:http';
import type { Authenticate } from '../identity/api-keys.ts';
import type { EventStreams } from './event-streams.ts';
import type { Route } from './http.ts';
import { operationParams, readOperation } from './operation-params.ts';
import type { OperationRunner } from './operation-runner.ts';
import { createOutlet } from './outlet.ts';
import { refuse, refuseInput, unauthenticated } from './refusal.ts';

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
    const principal = authenticate(request.headers.authorization);
    if (principal === null) {
      refuse(arrival, 401, unauthenticated(requestId));
      return true;
    }
    if (isDraining()) {
      refuseInput(arrival, 503, 'This gateway is closing. Connect again.');
      return true;
    }
    const params = await readOperation(request, operationParams);
    if ('problem' in params) {
      refuseInput(arrival, params.status, params.problem);
      return true;
    }
    arrival.isLogged = true;
    streams.begin(response);
    const outlet = createOutlet((text, onSent) => response.write(text, onSent));
    const complete = () => outlet.end('event: complete\ndata:\n\n', () => response.end());
    const stop = runner.run(
      { principal, requestId, transport: 'sse', params, mayMutate: request.method === 'POST' },
      {
        next: (result) => outlet.offer(`event: next\ndata: ${result}\n\n`),
        refuse: (errors) => {
          outlet.offer(`event: next\ndata: ${JSON.stringify({ errors })}\n\n`);
          complete();
        },
        complete,
      },
    );
    response.on('close', stop);
    return true;
  };
}

function wantsEvents(request: IncomingMessage): boolean {
  return /^\s*text\/event-stream\b/i.test(request.headers.accept ?? '');
}
