import { isVerhoeffValid } from '../../../src/atlas/masking/verhoeff.ts';
import { resolvers } from '../graph.ts';

const twelveDigits = /\d{4}[ -]?\d{4}[ -]?(\d{4})/g;

/** Replaces every 12-digit number with a valid Verhoeff check digit by its last four digits. */
export function maskNumbers<Value>(value: Value): Value | string {
  if (typeof value !== 'string') return value;
  return value.replace(twelveDigits, (number, lastFour: string) =>
    isVerhoeffValid(number.replace(/\D/g, '')) ? `XXXX XXXX ${lastFour}` : number,
  );
}

/** The peers' resolvers; every text that comes from a document or an address is masked. */
export const maskedResolvers = {
  ...resolvers,
  ExtractedField: { value: ({ value }: { value: unknown }) => maskNumbers(value) },
  CrossCheckSide: { value: ({ value }: { value: unknown }) => maskNumbers(value) },
  AddressMatch: {
    ...resolvers.AddressMatch,
    sourceAddress: (match: { source_address: string }) => maskNumbers(match.source_address),
    targetAddress: (match: { target_address: string }) => maskNumbers(match.target_address),
  },
};
