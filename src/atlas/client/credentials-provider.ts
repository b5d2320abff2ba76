import type { EndpointName, Service, TokenFamily } from '../api/endpoints.ts';
import { waitWithin } from '../deadline/deadline.ts';
import type { AtlasRequest } from './atlas-request.ts';
import type { Credentials } from './attempt.ts';
import type { Tokens } from './tokens.ts';

/** How a call shows who asks. */
export interface CredentialsProvider {
  /** What the next try is sent with. */
  credentials(request: AtlasRequest<EndpointName>): Credentials | Promise<Credentials>;
  /** Told that these were refused with 401, and how often that was; true: try others at once. */
  onUnauthorized(
    request: AtlasRequest<EndpointName>,
    refused: Credentials,
    refusals: number,
  ): boolean;
}

/** The means of each service: a token of its own, or the fixed pair of the address service. */
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
    // One try more with another token; when that is refused too, the refusal stands.
    onUnauthorized({ tenant }, { Token: refused }, refusals) {
      if (refused !== undefined) tokens.refuse(tenant, family, refused);
      return refusals === 1;
    },
  };
}
