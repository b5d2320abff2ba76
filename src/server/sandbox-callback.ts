import type { CallbackProof } from '../identity/callback-proof.ts';
import { isSameSecret } from '../identity/same-secret.ts';
import type { Log } from '../log.ts';
import { answerAuth, answerCallback, isFlood } from './callbacks.ts';
import { type Route, sendJson } from './http.ts';
import type { RateLimit } from './rate-limit.ts';

export interface SandboxCallbackOptions {
  readonly proof: CallbackProof;
  /** What Atlas was given out of band; undefined: the account has no callback. */
  readonly token: string | undefined;
  readonly tenantId: string;
  /** Told that some batch of the tenant has moved; the call does not say which. */
  readonly onCallback: () => void;
  readonly rateLimit: RateLimit;
  readonly log: Log;
}

const callbackPath = '/atlas/callback/sandbox';
const authPath = '/atlas/auth/sandbox/';

/**
 * The one callback of a sandbox (docstream) account, whose addresses Atlas is told out of band
 * (CONTRACT 5.2): `/atlas/callback/sandbox`, and `/atlas/auth/sandbox/<token>` before it. Taken with
 * the configured token, or with a short-lived one got for it.
 */
export function createSandboxCallbackRoute(options: SandboxCallbackOptions): Route {
  const { proof, token, tenantId, onCallback, rateLimit, log } = options;

  return async (arrival) => {
    const { path, requestId } = arrival;
    const isAuth = path.startsWith(authPath);
    if (!isAuth && path !== callbackPath) return false;
    // No flow's path has a blank in it, so that no token is good for both.
    const purpose = `sandbox ${token}`;
    const isKnown = !isAuth || isSameSecret(path.slice(authPath.length), token ?? '');
    if (token === undefined || !isKnown) sendJson(arrival, 404, { error: 'Not found' });
    else if (await isFlood(arrival, tenantId, rateLimit)) return true;
    else if (isAuth) await answerAuth(arrival, () => proof.issueToken(purpose));
    else {
      await answerCallback(arrival, {
        isToken: (given) => isSameSecret(given, token) || proof.isTokenFor(purpose, given),
        onCallback,
        onForgery: () =>
          log.warn('a callback without a valid token', { requestId, tenant: tenantId }),
      });
    }
    return true;
  };
}
