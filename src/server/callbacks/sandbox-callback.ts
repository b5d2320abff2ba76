import type { CallbackProof } from '../../identity/callback-proof.ts';
import { isSameSecret } from '../../identity/same-secret.ts';
import type { TenantPolicy } from '../../identity/tenant-policy.ts';
import type { Log } from '../../logging/log.ts';
import type { TenantId } from '../../tenant-id.ts';
import { type Route, sendJson } from '../http/http.ts';
import type { RateLimit } from '../operation/rate-limit.ts';
import { answerAuth, answerCallback, isFlood, tokensOf } from './callbacks.ts';

export interface SandboxCallbackOptions {
  readonly proof: CallbackProof;
  /** The accounts that have a callback; the token that Atlas was given out of band says whose. */
  readonly accounts: TenantPolicy['sandboxAccounts'];
  /** Told that some batch of the tenant has moved; the call does not say which. */
  readonly onCallback: (tenantId: TenantId) => void;
  readonly rateLimit: RateLimit;
  readonly log: Log;
}

const callbackPath = '/atlas/callback/sandbox';
const authPath = '/atlas/auth/sandbox/';
/** For whom calls are counted that no account's token came with; no tenant has it as its id. */
const nobody = '' as TenantId;

/**
 * The callback of sandbox (docstream) accounts, whose addresses Atlas is told out of band (CONTRACT
 * 5.2): `/atlas/callback/sandbox`, and `/atlas/auth/sandbox/<token>` before it. Taken with the token
 * of an account, or with a short-lived one got for it.
 */
export function createSandboxCallbackRoute(options: SandboxCallbackOptions): Route {
  const { proof, accounts, onCallback, rateLimit, log } = options;

  return async (http) => {
    const { path, request, requestId } = http;
    const isAuth = path.startsWith(authPath);
    if (!isAuth && path !== callbackPath) return false;
    const known = accounts();
    const asked = path.slice(authPath.length);
    const account = isAuth
      ? known.find(({ token }) => isSameSecret(asked, token))
      : known.find(({ token }) => tokensOf(request).some((given) => isTokenOf(token, given)));
    const tenantId = account?.tenantId ?? nobody;
    if (isAuth ? !account : known.length === 0) sendJson(http, 404, { error: 'Not found' });
    else if (await isFlood(http, tenantId, rateLimit)) return true;
    else if (isAuth && account) {
      await answerAuth(http, () => proof.issueToken(purposeOf(account.token)));
    } else {
      await answerCallback(http, {
        isToken: () => account !== undefined,
        onCallback: () => onCallback(tenantId),
        onForgery: () => log.warn('a callback without a valid token', { requestId }),
      });
    }
    return true;
  };

  function isTokenOf(token: string, given: string): boolean {
    return isSameSecret(given, token) || proof.isTokenFor(purposeOf(token), given);
  }
}

/** No flow's path has a blank in it, so that no token is good for both. */
function purposeOf(token: string): string {
  return `sandbox ${token}`;
}
