import type { IncomingMessage } from 'node:http';
import type { CallbackProof } from '../../identity/callback-proof.ts';
import type { Log } from '../../logging/log.ts';
import type { TenantId } from '../../tenant-id.ts';
import { dropBody } from '../http/body.ts';
import { type HttpContext, type Route, sendJson } from '../http/http.ts';
import type { RateLimit } from '../operation/rate-limit.ts';

export interface CallbackRouteOptions {
  readonly proof: CallbackProof;
  /** Told which tenant's flow Atlas has news of, by the reference in its path. */
  readonly onCallback: (tenantId: TenantId, reference: string) => Promise<void> | void;
  readonly rateLimit: RateLimit;
  readonly log: Log;
}

/** No caller has a blank in its name but after `jwt` or `grant`. */
const callbacksName = 'calls of Atlas';
const mostBodyBytes = 8 * 1024 * 1024;

/**
 * `/atlas/auth/…` and `/atlas/callback/…`, where Atlas calls (CONTRACT 5). The path proves for which
 * flow, the token that Atlas brings it is Atlas.
 */
export function createCallbackRoute(options: CallbackRouteOptions): Route {
  const { proof, onCallback, rateLimit, log } = options;
  return async (http) => {
    const { path } = http;
    const [, kind, sealed = ''] = /^\/atlas\/(auth|callback)\/([\w.-]{1,512})$/.exec(path) ?? [];
    if (kind === undefined) return false;
    const flow = proof.readPath(sealed);
    if (flow === null) sendJson(http, 404, { error: 'Not found' });
    else if (await isFlood(http, flow.tenantId, rateLimit)) return true;
    else if (kind === 'auth') await answerAuth(http, () => proof.issueToken(sealed));
    else {
      await answerCallback(http, {
        isToken: (token) => proof.isTokenFor(sealed, token),
        onCallback: () => onCallback(flow.tenantId, flow.reference),
        onForgery: () => {
          const { requestId } = http;
          log.warn('a callback without a valid token', { requestId, tenant: flow.tenantId });
        },
      });
    }
    return true;
  };
}

/**
 * Counts a call on a path of a tenant's; where there were too many in this minute it is answered
 * here. Atlas's own callers share the count: their addresses are not known beforehand.
 */
export async function isFlood(
  http: HttpContext,
  tenantId: TenantId,
  rateLimit: RateLimit,
): Promise<boolean> {
  const retryAfterMs = await rateLimit.takeAlone({ tenantId, name: callbacksName });
  if (retryAfterMs === null) return false;
  const headers = { 'retry-after': String(Math.ceil(retryAfterMs / 1000)), connection: 'close' };
  sendJson(http, 429, { error: 'Too many requests' }, headers);
  return true;
}

/** Gives Atlas a token to bring along with its callback (CONTRACT 5.1), by GET or POST. */
export async function answerAuth(
  http: HttpContext,
  issueToken: () => ReturnType<CallbackProof['issueToken']>,
): Promise<void> {
  const { request } = http;
  if (request.method !== 'GET' && request.method !== 'POST') {
    sendJson(http, 405, { error: 'Method not allowed' }, { allow: 'GET, POST' });
    return;
  }
  if (!(await dropBody(request, mostBodyBytes))) {
    refuseLength(http);
    return;
  }
  const { token, lifetimeSeconds } = issueToken();
  // Which member Atlas reads is not documented: the usual names all hold it.
  const body = { access_token: token, token, Token: token, expires_in: lifetimeSeconds };
  sendJson(http, 200, { ...body, token_type: 'Bearer' });
}

export interface CallbackHandling {
  readonly isToken: (token: string) => boolean;
  readonly onCallback: () => Promise<void> | void;
  /** Told of a call without a valid token. */
  readonly onForgery: () => void;
}

/**
 * Takes a callback if a valid token comes with it, as `Token` or `Authorization`. Its body is a hint,
 * never state: it is read so that the sender can finish, and nothing of it is kept.
 */
export async function answerCallback(
  http: HttpContext,
  { isToken, onCallback, onForgery }: CallbackHandling,
): Promise<void> {
  const { request } = http;
  if (request.method !== 'POST') {
    sendJson(http, 405, { error: 'Method not allowed' }, { allow: 'POST' });
    return;
  }
  if (!tokensOf(request).some(isToken)) {
    onForgery();
    sendJson(http, 401, { error: 'Invalid token' }, { 'www-authenticate': 'Bearer' });
    return;
  }
  if (!(await dropBody(request, mostBodyBytes))) {
    refuseLength(http);
    return;
  }
  // What is acknowledged is written down first.
  await onCallback();
  sendJson(http, 200, { status: 'ok' });
}

function refuseLength(http: HttpContext): void {
  // What is left of the body is not read.
  sendJson(http, 413, { error: 'The body is too long' }, { connection: 'close' });
}

/** The tokens that a call brings, as `Token` or `Authorization`. */
export function tokensOf(request: IncomingMessage): string[] {
  const { token, authorization } = request.headers;
  const given = [typeof token === 'string' ? token : undefined, authorization];
  return given.flatMap((header) => header?.replace(/^Bearer +/i, '').trim() ?? []);
}
