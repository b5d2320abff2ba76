import type { EndpointName, Service, TokenFamily } from '../api/endpoints.ts';
import { waitWithin } from '../deadline/deadline.ts';
import type { AtlasRequest } from './atlas-request.ts';
import type { Credentials } from './attempt.ts';
import type { Tokens } from './tokens.ts';

/** Provides the credentials of calls to one service. */
export interface CredentialsProvider {
  /** The credentials of the next attempt; a promise if a token has to be fetched. */
  credentials(request: AtlasRequest<EndpointName>): Credentials | Promise<Credentials>;
  /**
   * Called when credentials were refused with 401; `refusals` counts these refusals. True: retry at
   * once with other credentials.
   */
  onUnauthorized(
    request: AtlasRequest<EndpointName>,
    refused: Credentials,
    refusals: number,
  ): boolean;
}

/**
 * The provider of each service: a token of the service, or the fixed pair of the address service.
 */
export function createCredentialsProviders(
  tokens: Tokens,
): Readonly<Record<Service, CredentialsProvider>> {
  return {
    verification: createTokenProvider(tokens, 'verification'),
    bulk: createTokenProvider(tokens, 'bulk'),
    docstream: createTokenProvider(tokens, 'docstream'),
    address: {
      credentials({ tenant }) {
        const { addressClientId, addressClientSecret } = tenant.credentials;
        return { client_id: addressClientId, client_secret: addressClientSecret };
      },
      onUnauthorized: () => false,
    },
  };
}

function createTokenProvider(tokens: Tokens, family: TokenFamily): CredentialsProvider {
  return {
    credentials({ tenant, name, deadline, ids }) {
      const cached = tokens.cached(tenant, family);
      if (cached !== undefined) return { Token: cached };
      const fetched = tokens.get(tenant, family, ids);
      return waitWithin(name, deadline, fetched).then((token) => ({ Token: token }));
    },
    // One more attempt with another token. If that token is refused too, the call fails.
    onUnauthorized({ tenant }, { Token: refused }, refusals) {
      if (refused !== undefined) tokens.refuse(tenant, family, refused);
      return refusals === 1;
    },
  };
}
