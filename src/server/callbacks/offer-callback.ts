import type { CallbackProof } from '../../identity/callback-proof.ts';
import type { SchemaDependencies } from '../../schema/operation/context.ts';

/** The address of this gateway for Atlas, without a slash at its end; set once it listens. */
export interface PublicAddress {
  readonly url: string;
}

/** Makes the callback addresses of new flows: a sealed path of its own for each (CONTRACT 5). */
export function createOfferCallback(
  proof: Pick<CallbackProof, 'issuePath'>,
  address: PublicAddress,
): SchemaDependencies['offerCallback'] {
  return (tenant) => {
    const { reference, path } = proof.issuePath(tenant.id);
    return {
      callbackUrl: `${address.url}/atlas/callback/${path}`,
      authUrl: `${address.url}/atlas/auth/${path}`,
      reference,
    };
  };
}
