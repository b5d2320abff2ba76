import type { AddressMatchRecord } from './answers/address-matches.ts';
import { AtlasError } from './api/errors.ts';

/** One source address with its targets, and the call that compares them. */
export interface MatchGroup {
  readonly source: string;
  readonly targets: readonly string[];
  /** One match/batch call; rejects when Atlas refuses the request as a whole. */
  readonly match: (targets: readonly string[]) => Promise<AddressMatchRecord[]>;
}

const mostExtraCalls = 20;

/**
 * Matches one source with its targets in one call. Where Atlas answers 422 for the whole request
 * because one address can't be normalised (CONTRACT K9), the source is tried against itself, and
 * if that holds the targets are halved until the bad ones stand alone, within 20 further calls.
 * A target that can't be matched carries a failure of its own; the others their scores; what the
 * 20 calls did not reach says that it was not tried alone.
 */
export async function matchGroup(group: MatchGroup): Promise<AddressMatchRecord[]> {
  let callsLeft = mostExtraCalls;

  async function tryMatch(targets: readonly string[]): Promise<AddressMatchRecord[] | null> {
    try {
      return await group.match(targets);
    } catch (error) {
      if (error instanceof AtlasError && error.status === 422) return null;
      throw error;
    }
  }

  async function halve(targets: readonly string[]): Promise<AddressMatchRecord[]> {
    const middle = Math.ceil(targets.length / 2);
    const first = await solve(targets.slice(0, middle));
    return [...first, ...(await solve(targets.slice(middle)))];
  }

  async function solve(targets: readonly string[]): Promise<AddressMatchRecord[]> {
    if (callsLeft <= 0) return targets.map(() => notTried);
    callsLeft -= 1;
    const matched = await tryMatch(targets);
    if (matched !== null) return matched;
    return targets.length === 1 ? [notNormalisable] : await halve(targets);
  }

  const matched = await tryMatch(group.targets);
  if (matched !== null) return matched;
  callsLeft -= 1;
  const isSourceGood = group.targets.length > 1 && (await tryMatch([group.source])) !== null;
  return isSourceGood ? await halve(group.targets) : group.targets.map(() => notNormalisable);
}

const notNormalisable: AddressMatchRecord = {
  similarityScore: null,
  samePersonScore: null,
  failure: { code: '422', message: 'The source or this target could not be normalised.' },
};
const notTried: AddressMatchRecord = {
  similarityScore: null,
  samePersonScore: null,
  failure: {
    code: 'NOT_TRIED',
    message: 'Atlas refused this target together with others that could not be normalised.',
  },
};
