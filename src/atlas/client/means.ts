import type { EndpointName, Service, TokenFamily } from '../api/endpoints.ts';
import { waitUnder } from '../deadline/deadline.ts';
import type { Question } from './question.ts';
import type { Tokens } from './tokens.ts';
import type { Credentials } from './tries.ts';

/** How a call shows who asks. */
export interface Means {
  /** What the next try is sent with. */
  credentials(question: Question<EndpointName>): Credentials | Promise<Credentials>;
  /** Told that these were refused with 401, and how often that was; true: try others at once. */
  onUnauthorized(question: Question<EndpointName>, refused: Credentials, refusals: number): boolean;
}

/** The means of each service: a token of its own, or the fixed pair of the address service. */
export function createMeans(tokens: Tokens): Readonly<Record<Service, Means>> {
  return {
    verification: createTokenMeans(tokens, 'verification'),
    bulk: createTokenMeans(tokens, 'bulk'),
    docstream: createTokenMeans(tokens, 'docstream'),
    address: {
      credentials({ tenant }) {
        const { addressClientId, addressClientSecret } = tenant.credentials;
        return { client_id: addressClientId, client_secret: addressClientSecret };
      },
      onUnauthorized: () => false,
    },
  };
}

function createTokenMeans(tokens: Tokens, family: TokenFamily): Means {
  return {
    credentials({ tenant, name, deadline, ids }) {
      const held = tokens.held(tenant, family);
      if (held !== undefined) return { Token: held };
      const fetched = tokens.get(tenant, family, ids);
      return waitUnder(name, deadline, fetched).then((token) => ({ Token: token }));
    },
    // One try more with another token; when that is refused too, the refusal stands.
    onUnauthorized({ tenant }, { Token: refused }, refusals) {
      if (refused !== undefined) tokens.refuse(tenant, family, refused);
      return refusals === 1;
    },
  };
}
