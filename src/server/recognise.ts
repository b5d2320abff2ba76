import type { Authenticate } from '../identity/authenticate.ts';
import { IdentityUnavailableError } from '../identity/identity-error.ts';
import type { Principal } from '../identity/principal.ts';
import { authorizationOf } from './asked.ts';
import { keepFromPage, type Origins } from './cors.ts';
import type { Arrival } from './http.ts';
import { identityUnavailable, refuse, unauthenticated } from './refusal.ts';

/** Who asks by HTTP; null once the request was refused, because that is nobody, or can't be told. */
export type Recognise = (arrival: Arrival) => Promise<Principal | null>;

export interface RecogniseOptions {
  readonly authenticate: Authenticate;
  readonly origins: Pick<Origins, 'isFor'>;
}

/** Makes the one door of all that comes to the graph by HTTP. */
export function createRecognise({ authenticate, origins }: RecogniseOptions): Recognise {
  return async (arrival) => {
    const { request, requestId } = arrival;
    try {
      const principal = await authenticate(authorizationOf(request));
      if (principal === null) refuse(arrival, 401, unauthenticated(requestId));
      else keepFromPage(arrival, principal, origins);
      return principal;
    } catch (error) {
      if (!(error instanceof IdentityUnavailableError)) throw error;
      refuse(arrival, 503, identityUnavailable(requestId));
      return null;
    }
  };
}
