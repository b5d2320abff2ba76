import type { EndpointInput } from '../atlas/api/endpoints.ts';
import { longErrorResponse } from './error-response.ts';
import { similarityOf } from './similarity.ts';

/** One entry of `match_data` (CONTRACT 8.1). */
export interface AddressComparison {
  readonly source_address: string;
  readonly target_address: string;
  readonly index: number;
  readonly similarity_score: number | null;
  readonly same_person_score: number | null;
  readonly error_code: string;
}

const abbreviations: Readonly<Record<string, string>> = {
  apt: 'apartment',
  bldg: 'building',
  flr: 'floor',
  hno: 'house',
  hse: 'house',
  ln: 'lane',
  mkt: 'market',
  nr: 'near',
  opp: 'opposite',
  rd: 'road',
  st: 'street',
};
const fewestLetters = 3;

/**
 * Compares the source with each target, in the order given. A target that is no address fails
 * alone; the whole request does when the source is none, or no target is one (CONTRACT K9).
 */
export function compareAddresses(input: EndpointInput<'matchAddresses'>): AddressComparison[] {
  const source = toNormalised(input.source_address);
  const targets = input.target_addresses.map(({ address }) => toNormalised(address));
  if (source === null || targets.every((target) => target === null)) {
    throw longErrorResponse(422, 'source_address or target_addresses could not be normalised');
  }
  return input.target_addresses.map(({ address, index }, place) => {
    const target = targets[place] ?? null;
    const echoed = { source_address: input.source_address, target_address: address, index };
    if (target === null) {
      return { ...echoed, similarity_score: null, same_person_score: null, error_code: '422' };
    }
    const similarity = likeness(source, target);
    return {
      ...echoed,
      similarity_score: Math.round(similarity * 1000) / 10,
      same_person_score: Math.round((similarity * 2 + sharedNumbers(source, target)) * (10 / 3)),
      error_code: '',
    };
  });
}

/** The words of an address, abbreviations written out; null when there is too little to read. */
function toNormalised(address: string): readonly string[] | null {
  const words = address.toLowerCase().match(/\p{L}+|\p{N}+/gu) ?? [];
  const letters = words.join('').match(/\p{L}/gu)?.length ?? 0;
  if (letters < fewestLetters) return null;
  return words.map((word) => abbreviations[word] ?? word);
}

/** The better of two comparisons: as it was written, and with the words in alphabetical order. */
function likeness(source: readonly string[], target: readonly string[]): number {
  return Math.max(
    similarityOf(source.join(' '), target.join(' ')),
    similarityOf(source.toSorted().join(' '), target.toSorted().join(' ')),
  );
}

/** How many of the numbers agree, from 0 to 1; without numbers there is nothing to disagree on. */
function sharedNumbers(source: readonly string[], target: readonly string[]): number {
  const all = new Set([...source, ...target].filter((word) => /^\p{N}/u.test(word)));
  if (all.size === 0) return 1;
  const shared = [...all].filter((word) => source.includes(word) && target.includes(word));
  return shared.length / all.size;
}
