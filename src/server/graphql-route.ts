import type { Authenticate } from '../identity/authenticate.ts';
import { createAsked } from './asked.ts';
import type { EventStreams } from './event-streams.ts';
import type { Graph } from './graph.ts';
import type { Route } from './http.ts';
import type { RateLimit } from './rate-limit.ts';
import { isJson, refuse, refuseInput, tooManyRequests, unauthenticated } from './refusal.ts';
import type { SubscriptionCaps } from './subscription-caps.ts';

export interface GraphqlRouteOptions {
  readonly graph: Graph;
  readonly authenticate: Authenticate;
  readonly caps: SubscriptionCaps;
  readonly streams: EventStreams;
  readonly rateLimit: RateLimit;
  readonly now: () => number;
}

/**
 * `/graphql` over HTTP. Who asks is settled before a byte of the
 * operation is read; a body is JSON or refused, so that no form can post here.
 */
export function createGraphqlRoute(options: GraphqlRouteOptions): Route {
  const { graph, authenticate, caps, streams, rateLimit, now } = options;
  return async (arrival) => {
    const { request, response, path, requestId } = arrival;
    if (path !== '/graphql') return false;
    const principal = await authenticate(request.headers.authorization);
    if (principal === null) {
      refuse(arrival, 401, unauthenticated(requestId));
      return true;
    }
    if (request.method === 'POST' && !isJson(request.headers['content-type'])) {
      refuseInput(arrival, 415, 'The body must be application/json.');
      return true;
    }
    const counted = { tenantId: principal.tenant.id, name: principal.callerId };
    const retryAfterMs = await rateLimit.take(counted);
    if (retryAfterMs !== null) {
      refuse(arrival, 429, tooManyRequests(retryAfterMs, requestId));
      return true;
    }
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    streams.adopt(response);
    const { signal } = gone;
    arrival.asked = createAsked({ principal, requestId, startedAt: now(), signal, caps });
    await graph.handle(request, response, { asked: arrival.asked });
    return true;
  };
}
