import type { CallIds } from '../api/call-ids.ts';
import { type TokenFamily, tokenEndpoints } from '../api/endpoints.ts';
import { AtlasError } from '../api/errors.ts';
import type { Tenant } from '../api/tenant.ts';
import type { StartDeadline } from '../deadline/deadline.ts';
import type { AtlasObserver } from '../resilience/observer.ts';
import { encodeRequest } from './atlas-request.ts';
import type { RunWithRetries } from './retry-loop.ts';
import type { IssuedToken } from './tokens.ts';

/** The options of `createTokenExchange`. */
export interface TokenExchangeOptions {
  readonly attempt: RunWithRetries;
  readonly startDeadline: StartDeadline;
  readonly observer: AtlasObserver;
}

/** The circumstances of one token request. */
export interface TokenExchangeTerms {
  /** True for a readiness check, see `AtlasRequest`. */
  readonly isCheck?: boolean;
  /** Names the request after the operation that asked first. */
  readonly ids?: CallIds | undefined;
}

/**
 * Has Atlas issue a token (CONTRACT 2.1). It has a deadline of its own and is not broken off with
 * whoever asked first: the next who asks needs it as well.
 */
export function createTokenExchange({ attempt, startDeadline, observer }: TokenExchangeOptions) {
  return async (
    tenant: Tenant,
    family: TokenFamily,
    { isCheck = false, ids }: TokenExchangeTerms = {},
  ): Promise<IssuedToken> => {
    const name = tokenEndpoints[family];
    const { clientId, clientSecret } = tenant.credentials;
    const credentials = { 'Client-Id': clientId, 'Client-Secret': clientSecret };
    const request = {
      tenant,
      name,
      ...encodeRequest(name, {}),
      deadline: startDeadline(),
      priority: 'interactive',
      meter: undefined,
      ids,
      isCheck,
    } as const;
    try {
      const answer = await attempt(request, {
        credentials: () => credentials,
        onUnauthorized: () => false,
      });
      if (answer === null) throw new AtlasError({ endpoint: name, failure: 'rejected' });
      observer.onTokenRenewal?.({ tenantId: tenant.id, family, outcome: 'issued' });
      return { value: answer.access_token, lifetimeMs: (answer.expires_in ?? 3600) * 1000 };
    } catch (error) {
      if (error instanceof AtlasError) {
        observer.onTokenRenewal?.({ tenantId: tenant.id, family, outcome: error.failure });
      }
      throw error;
    }
  };
}
