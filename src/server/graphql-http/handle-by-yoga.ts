import type { Turns } from '../../turns.ts';
import { type HttpContext, sendWhole } from '../http/http.ts';
import type { Sent } from '../http/operation-params.ts';
import type { OperationEvents } from '../operation/operation-events.ts';
import type { OperationPipeline } from '../operation/operation-pipeline.ts';
import type { RequestContext } from '../operation/request-context.ts';
import type { Yoga } from './yoga.ts';

/** Answers any request to the graph by one answer, as GraphQL over HTTP has it. */
export type HandleByYoga = (
  http: HttpContext,
  request: RequestContext,
  sent: Sent,
) => Promise<void>;

/**
 * The packages that Yoga consists of, each behind those that it imports. Together they take a third of
 * a second to load, which would be one turn of the event loop.
 */
const packages = [
  '@envelop/core',
  '@graphql-tools/utils',
  '@graphql-tools/executor',
  '@whatwg-node/fetch',
  '@whatwg-node/server',
  '@graphql-tools/schema',
  'graphql-yoga',
];

/**
 * Creates the handler of unusual requests. Yoga is loaded by the first of them. Only its answer is
 * taken; this server writes it to the socket.
 */
export function createHandleByYoga(
  pipeline: OperationPipeline,
  events: OperationEvents,
): HandleByYoga {
  let loading: Promise<Yoga> | undefined;

  async function load(turns: Turns): Promise<Yoga> {
    for (const name of packages) {
      await import(name);
      await turns.next(packages);
    }
    const { createYogaOf } = await import('./yoga.ts');
    return createYogaOf(pipeline, events);
  }

  return async (http, requestContext, { text, given }) => {
    const { request, response } = http;
    http.lane = 'yoga';
    loading ??= load(pipeline.turns);
    const yoga = await loading;
    const { Request } = yoga.fetchAPI;
    // Yoga itself reads a query string, and a body that is no JSON object.
    const isRead = text !== null && typeof given === 'object' && given !== null;
    const answer = await yoga.handleRequest(
      new Request(`http://localhost${request.url}`, {
        method: request.method ?? 'GET',
        // Node joins all headers but a few into one text, and none of those few is read here.
        headers: request.headers as Record<string, string>,
        ...(text === null || isRead ? {} : { body: text }),
      }),
      { requestContext, ...(isRead ? { given } : {}) },
    );
    const body = await answer.text();
    if (response.destroyed) return;
    const headers = {
      'content-length': Buffer.byteLength(body),
      // Yoga's headers keep the letter case that they were set in.
      ...Object.fromEntries(
        [...answer.headers].map(([name, value]) => [name.toLowerCase(), value]),
      ),
    };
    sendWhole(http, answer.status, headers, body);
  };
}
