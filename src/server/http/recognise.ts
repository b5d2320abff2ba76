import type { Authenticate } from '../../identity/authenticate.ts';
import { IdentityUnavailableError } from '../../identity/identity-error.ts';
import type { Principal } from '../../identity/principal.ts';
import type { BrowserOrigins } from '../../identity/tenant-policy.ts';
import { authorizationOf } from '../operation/asked.ts';
import { identityUnavailable, unauthenticated } from '../operation/caller-errors.ts';
import { keepFromPage } from './cors.ts';
import type { Arrival } from './http.ts';
import { refuse } from './refusal.ts';

/** Who asks by HTTP; null once the request was refused, because that is nobody, or can't be told. */
export type Recognise = (arrival: Arrival) => Promise<Principal | null> | Principal | null;

export interface RecogniseOptions {
  readonly authenticate: Authenticate;
  readonly origins: Pick<BrowserOrigins, 'isFor'>;
}

/** Makes the one door of all that comes to the graph by HTTP. */
export function createRecognise({ authenticate, origins }: RecogniseOptions): Recognise {
  function receive(arrival: Arrival, principal: Principal | null): Principal | null {
    if (principal === null) refuse(arrival, 401, unauthenticated(arrival.requestId));
    else keepFromPage(arrival, principal, origins);
    return principal;
  }

  async function receiveLate(
    arrival: Arrival,
    told: Promise<Principal | null>,
  ): Promise<Principal | null> {
    try {
      return receive(arrival, await told);
    } catch (error) {
      if (!(error instanceof IdentityUnavailableError)) throw error;
      refuse(arrival, 503, identityUnavailable(arrival.requestId));
      return null;
    }
  }

  return (arrival) => {
    const told = authenticate(authorizationOf(arrival.request));
    return told instanceof Promise ? receiveLate(arrival, told) : receive(arrival, told);
  };
}
