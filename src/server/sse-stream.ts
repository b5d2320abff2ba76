import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHandler, type Response } from 'graphql-sse';
import type { Authenticate } from '../identity/api-keys.ts';
import type { Principal } from '../identity/principal.ts';
import type { Log } from '../log.ts';
import { createPublicError } from '../schema/errors.ts';
import { createAsked } from './asked.ts';
import { readBody } from './body.ts';
import { type Graph, type PreparedOperation, prepareOperation } from './graph.ts';
import { unauthenticated } from './graphql-route.ts';
import { type Route, sendJson } from './http.ts';
import { logOperation } from './operation-log.ts';
import { createStreamTokens } from './stream-token.ts';

export interface SseStreamOptions {
  readonly graph: Graph;
  readonly authenticate: Authenticate;
  readonly log: Log;
  readonly now: () => number;
}

interface Caller {
  readonly principal: Principal;
  readonly requestId: string;
}

const mostBodyBytes = 1024 * 1024;
const tokenHeader = 'x-graphql-event-stream-token';

/**
 * `/graphql/stream`: graphql-sse's single-connection mode, for browsers that may open only six
 * connections. Every request brings its key, and a stream is found only by the tenant it was
 * reserved for.
 */
export function createSseStreamRoute(options: SseStreamOptions): Route {
  const { graph, authenticate, log, now } = options;
  const tokens = createStreamTokens();

  const handle = createHandler<IncomingMessage, Caller>({
    authenticate({ method, raw, context: { principal } }) {
      const token = tokenOf(raw);
      if (method === 'PUT') return tokens.issue(principal.tenant.id);
      // A token of somebody else is as good as none: it names no stream.
      return token !== null && tokens.isFor(principal.tenant.id, token) ? token : '';
    },
    async onSubscribe({ context: { principal, requestId } }, params) {
      const asked = createAsked(principal, requestId, now());
      const prepared = await prepareOperation(graph, asked, params, () => {
        logOperation(log, 'sse', asked, now());
      });
      return Array.isArray(prepared) ? { errors: prepared } : withContext(prepared);
    },
    validate: () => [], // prepareOperation has
    execute: run,
    subscribe: run,
  });

  return async ({ request, response, requestId, path }) => {
    if (path !== '/graphql/stream') return false;
    const principal = authenticate(request.headers.authorization);
    if (principal === null) {
      const headers = { 'www-authenticate': 'Bearer' };
      sendJson(response, 401, { errors: [unauthenticated(requestId)] }, headers);
      return true;
    }
    const body = await readBody(request, mostBodyBytes);
    if (body === null) {
      sendProblem(response, 413, 'The body is too long.', requestId);
      return true;
    }
    const [answer, init] = await handle({
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      headers: { get: (name) => headerOf(request, name) },
      body,
      raw: request,
      context: { principal, requestId },
    });
    await send(response, [answer, init], requestId);
    return true;
  };
}

async function send(
  response: ServerResponse,
  [body, init]: Response,
  requestId: string,
): Promise<void> {
  if (init.status >= 400) {
    sendProblem(response, init.status, problemOf(body) ?? init.statusText, requestId);
    return;
  }
  response.writeHead(init.status, init.statusText, init.headers);
  if (body === null || typeof body === 'string') {
    response.end(body);
    return;
  }
  response.on('close', () => void body.return());
  for await (const message of body) {
    if (response.destroyed) return;
    await new Promise<void>((resolve) => response.write(message, () => resolve()));
  }
  response.end();
}

/** graphql-sse's own word for what is wrong: a fixed sentence, without anything of the request. */
function problemOf(body: Response[0]): string | undefined {
  if (typeof body !== 'string') return undefined;
  try {
    const problem: { errors?: { message?: string }[] } = JSON.parse(body);
    return problem.errors?.[0]?.message;
  } catch {
    return undefined;
  }
}

function sendProblem(
  response: ServerResponse,
  status: number,
  message: string,
  requestId: string,
): void {
  sendJson(response, status, { errors: [createPublicError('BAD_USER_INPUT', message, requestId)] });
}

function tokenOf(request: IncomingMessage): string | null {
  const header = headerOf(request, tokenHeader);
  if (header !== null) return header;
  return new URL(request.url ?? '/', 'http://localhost').searchParams.get('token');
}

function headerOf(request: IncomingMessage, name: string): string | null {
  const header = request.headers[name.toLowerCase()];
  return typeof header === 'string' ? header : null;
}

/** graphql-sse wants a context member of its own type; ours is in there already. */
function withContext(prepared: PreparedOperation): PreparedOperation & { contextValue: undefined } {
  return prepared as PreparedOperation & { contextValue: undefined };
}

/** Runs what onSubscribe above prepared: graphql-sse hands back the very object it was given. */
function run(args: object): ReturnType<PreparedOperation['run']> {
  return (args as PreparedOperation).run();
}
