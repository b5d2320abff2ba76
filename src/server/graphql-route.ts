import type { Authenticate } from '../identity/api-keys.ts';
import { createAsked } from './asked.ts';
import type { Graph } from './graph.ts';
import type { Route } from './http.ts';
import { isJson, refuse, refuseInput, unauthenticated } from './refusal.ts';
import type { SubscriptionCaps } from './subscription-caps.ts';

export interface GraphqlRouteOptions {
  readonly graph: Graph;
  readonly authenticate: Authenticate;
  readonly caps: SubscriptionCaps;
  readonly now: () => number;
}

/**
 * `/graphql` over HTTP. Who asks is settled before a byte of the
 * operation is read; a body is JSON or refused, so that no form can post here.
 */
export function createGraphqlRoute({ graph, authenticate, caps, now }: GraphqlRouteOptions): Route {
  return async (arrival) => {
    const { request, response, path, requestId } = arrival;
    if (path !== '/graphql') return false;
    const principal = authenticate(request.headers.authorization);
    if (principal === null) {
      refuse(arrival, 401, unauthenticated(requestId));
      return true;
    }
    if (request.method === 'POST' && !isJson(request.headers['content-type'])) {
      refuseInput(arrival, 415, 'The body must be application/json.');
      return true;
    }
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const { signal } = gone;
    arrival.asked = createAsked({ principal, requestId, startedAt: now(), signal, caps });
    await graph.handle(request, response, { asked: arrival.asked });
    return true;
  };
}
