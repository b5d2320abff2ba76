import type { ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';
import type { Authenticate } from '../identity/api-keys.ts';
import { createPublicError } from '../schema/errors.ts';
import { createAsked } from './asked.ts';
import type { Graph } from './graph.ts';
import { type Route, sendJson } from './http.ts';

export interface GraphqlRouteOptions {
  readonly graph: Graph;
  readonly authenticate: Authenticate;
  readonly now: () => number;
}

/**
 * `/graphql` over HTTP, and over SSE in distinct mode. Who asks is settled before a byte of the
 * operation is read; a body is JSON or refused, so that no form can post here.
 */
export function createGraphqlRoute({ graph, authenticate, now }: GraphqlRouteOptions): Route {
  return async (arrival) => {
    const { request, response, path, requestId } = arrival;
    if (path !== '/graphql') return false;
    const principal = authenticate(request.headers.authorization);
    if (principal === null) {
      refuse(response, 401, unauthenticated(requestId));
      return true;
    }
    if (request.method === 'POST' && !isJson(request.headers['content-type'])) {
      const message = 'The body must be application/json.';
      refuse(response, 415, createPublicError('BAD_USER_INPUT', message, requestId));
      return true;
    }
    arrival.asked = createAsked(principal, requestId, now());
    await graph.handle(request, response, { asked: arrival.asked });
    return true;
  };
}

/** The error of a caller who is nobody. */
export function unauthenticated(requestId?: string): GraphQLError {
  const message = 'Send a valid API key, as the header Authorization: Bearer <key>.';
  return createPublicError('UNAUTHENTICATED', message, requestId);
}

function refuse(response: ServerResponse, status: number, error: GraphQLError): void {
  const headers: Record<string, string> = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  sendJson(response, status, { errors: [error] }, headers);
}

function isJson(contentType: string | undefined): boolean {
  return /^application\/(graphql\+)?json\s*(;|$)/i.test(contentType ?? '');
}
