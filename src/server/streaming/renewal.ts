import type { Authenticate } from '../../identity/authenticate.ts';
import { IdentityUnavailableError } from '../../identity/identity-error.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Reauthenticate, Renewal, RenewalRefusal } from '../../schema/operation/context.ts';
import type { ConnectionAuthority } from './connection-authority.ts';

export interface RenewalOptions {
  readonly authenticate: Authenticate;
  readonly authority: ConnectionAuthority;
}

/**
 * Renews a connection by a newer credential of its caller, which the client sends on it: the
 * operations go on without a break. One renewal is under way at a time.
 */
export function createReauthenticate(options: RenewalOptions): Reauthenticate {
  const { authenticate, authority } = options;
  let isUnderWay = false;

  async function renew(authorization: string): Promise<Renewal> {
    const principal = await recognise(authorization);
    if (principal === 'later') return { refusal: later };
    if (principal === null) return { refusal: notAccepted };
    if (!authority.renew(principal)) return { refusal: anotherCaller };
    return { expiresAt: principal.expiresAt };
  }

  async function recognise(authorization: string): Promise<Principal | null | 'later'> {
    try {
      return await authenticate(authorization);
    } catch (error) {
      return error instanceof IdentityUnavailableError ? 'later' : null;
    }
  }

  return async (authorization) => {
    if (isUnderWay) return { refusal: underWay };
    isUnderWay = true;
    try {
      return await renew(authorization);
    } finally {
      isUnderWay = false;
    }
  };
}

const notAccepted: RenewalRefusal = {
  code: 'UNAUTHENTICATED',
  message: 'This key or token is not accepted. The connection keeps the one that it has.',
};
const anotherCaller: RenewalRefusal = {
  code: 'FORBIDDEN',
  message: "This key or token is another caller's. The connection keeps the one that it has.",
};
const later: RenewalRefusal = {
  code: 'IDENTITY_UNAVAILABLE',
  message: 'The token cannot be checked at the moment. Try again later.',
};
const underWay: RenewalRefusal = {
  code: 'RATE_LIMITED',
  message: 'Another renewal of this connection is under way. Try again later.',
};
