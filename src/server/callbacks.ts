import type { IncomingMessage } from 'node:http';
import type { CallbackProof } from '../identity/callback-proof.ts';
import type { Log } from '../log.ts';
import { readBody } from './body.ts';
import { type Route, sendJson } from './http.ts';

export interface CallbackRouteOptions {
  readonly proof: CallbackProof;
  /** Told which tenant's flow Atlas has news of, by the reference in its path. */
  readonly onCallback: (tenantId: string, reference: string) => void;
  readonly log: Log;
}

const mostBodyBytes = 8 * 1024 * 1024;

/**
 * `/atlas/auth/…` and `/atlas/callback/…`, where Atlas calls (CONTRACT 5). The path proves for which
 * flow, the token that Atlas brings it is Atlas. The body is a hint, never state: it is read so that
 * the sender can finish, and dropped.
 */
export function createCallbackRoute({ proof, onCallback, log }: CallbackRouteOptions): Route {
  return async ({ request, response, path, requestId }) => {
    const [, kind, sealed = ''] = /^\/atlas\/(auth|callback)\/([\w.-]{1,512})$/.exec(path) ?? [];
    if (kind === undefined) return false;
    const flow = proof.readPath(sealed);
    if (flow === null) {
      sendJson(response, 404, { error: 'Not found' });
      return true;
    }
    if (kind === 'auth') {
      if (request.method !== 'GET' && request.method !== 'POST') {
        sendJson(response, 405, { error: 'Method not allowed' }, { allow: 'GET, POST' });
        return true;
      }
      await readBody(request, mostBodyBytes);
      const { token, lifetimeSeconds } = proof.issueToken(sealed);
      // Which member Atlas reads is not documented (CONTRACT 5.1): the usual names all hold it.
      const body = { access_token: token, token, Token: token, expires_in: lifetimeSeconds };
      sendJson(response, 200, { ...body, token_type: 'Bearer' });
      return true;
    }
    if (request.method !== 'POST') {
      sendJson(response, 405, { error: 'Method not allowed' }, { allow: 'POST' });
      return true;
    }
    if (!tokensOf(request).some((token) => proof.isTokenFor(sealed, token))) {
      log.warn('a callback without a valid token', { requestId, tenant: flow.tenantId });
      sendJson(response, 401, { error: 'Invalid token' }, { 'www-authenticate': 'Bearer' });
      return true;
    }
    if ((await readBody(request, mostBodyBytes)) === null) {
      sendJson(response, 413, { error: 'The body is too long' });
      return true;
    }
    onCallback(flow.tenantId, flow.reference);
    sendJson(response, 200, { status: 'ok' });
    return true;
  };
}

function tokensOf(request: IncomingMessage): string[] {
  const { token, authorization } = request.headers;
  const given = [typeof token === 'string' ? token : undefined, authorization];
  return given.flatMap((header) => header?.replace(/^Bearer +/i, '').trim() ?? []);
}
