import type { Authenticate } from '../../identity/authenticate.ts';
import { IdentityUnavailableError } from '../../identity/identity-error.ts';
import type { Principal } from '../../identity/principal.ts';
import type { BrowserOrigins } from '../../identity/tenant-policy.ts';
import { identityUnavailable, unauthenticated } from '../operation/caller-errors.ts';
import { authorizationOf } from '../operation/request-context.ts';
import { keepFromPage } from './cors.ts';
import type { HttpContext } from './http.ts';
import { refuse } from './refusal.ts';

/** Returns the caller of an HTTP request; null once the request was refused. */
export type AuthenticateRequest = (
  http: HttpContext,
) => Promise<Principal | null> | Principal | null;

/** The authentication of credentials, and the origins of pages. */
export interface AuthenticateRequestOptions {
  readonly authenticate: Authenticate;
  readonly origins: Pick<BrowserOrigins, 'isFor'>;
}

/** Makes the one door of all that comes to the graph by HTTP. */
export function createAuthenticateRequest({
  authenticate,
  origins,
}: AuthenticateRequestOptions): AuthenticateRequest {
  function receive(http: HttpContext, principal: Principal | null): Principal | null {
    if (principal === null) refuse(http, 401, unauthenticated(http.requestId));
    else keepFromPage(http, principal, origins);
    return principal;
  }

  async function receiveLate(
    http: HttpContext,
    found: Promise<Principal | null>,
  ): Promise<Principal | null> {
    try {
      return receive(http, await found);
    } catch (error) {
      if (!(error instanceof IdentityUnavailableError)) throw error;
      refuse(http, 503, identityUnavailable(http.requestId));
      return null;
    }
  }

  return (http) => {
    const found = authenticate(authorizationOf(http.request));
    return found instanceof Promise ? receiveLate(http, found) : receive(http, found);
  };
}
