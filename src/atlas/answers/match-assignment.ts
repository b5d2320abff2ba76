import { maskAadhaarIn } from '../masking/aadhaar.ts';

/** How a result of an address match names the target it belongs to (CONTRACT 8.1). */
export interface ResultClaim {
  /** The `index` that was sent with the target; null when the result has none. */
  readonly index: number | null;
  /** The echoed `target_address`; null when the result has none. */
  readonly address: string | null;
}

/** The result of a target; `missing` where none belongs to it, `disputed` where it is not certain. */
export type Assigned<Result> = Result | 'missing' | 'disputed';

/** The results that name one target: by index and address, by index alone, by address alone. */
interface Claims<Result> {
  readonly both: Result[];
  readonly index: Result[];
  readonly address: Result[];
  /** Whether a result names this target in one way and another target in the other. */
  isDisputed: boolean;
}

/**
 * Assigns results to targets, which were sent with their places as indexes: by index, then by the
 * echoed address. Where the two name different targets, neither counts, and both targets need a
 * result that names them in both ways. An index that no target has says nothing, and neither does an
 * address that no target has, as Atlas may echo it normalised. Position is no evidence, since the documentation contradicts itself about the
 * order (CONTRACT K9), unless there is one target and one result.
 */
export function assignResults<Result extends ResultClaim>(
  results: readonly Result[],
  targets: readonly string[],
  isSame: (one: Result, other: Result) => boolean,
): Assigned<Result>[] {
  const claims = targets.map(
    (): Claims<Result> => ({ both: [], index: [], address: [], isDisputed: false }),
  );
  const findPlaces = createFindPlaces(targets);
  for (const result of results) claim(result, claims, findPlaces(result.address));
  const [only] = results;
  const isOnly = targets.length === 1 && results.length === 1 && only?.index === null;
  return isOnly && only !== undefined ? [only] : claims.map((each) => settle(each, isSame));
}

function claim<Result extends ResultClaim>(
  result: Result,
  claims: readonly Claims<Result>[],
  named: readonly number[],
): void {
  const { index } = result;
  const byIndex = index === null ? undefined : claims[index];
  if (index === null || byIndex === undefined) {
    for (const place of named) claims[place]?.address.push(result);
  } else if (named.length === 0) byIndex.index.push(result);
  else if (named.includes(index)) byIndex.both.push(result);
  else {
    const disputed = [byIndex, ...named.map((place) => claims[place])];
    for (const each of disputed) if (each !== undefined) each.isDisputed = true;
  }
}

function settle<Result>(
  { both, index, address, isDisputed }: Claims<Result>,
  isSame: (one: Result, other: Result) => boolean,
): Assigned<Result> {
  const weaker = isDisputed ? [] : [index, address];
  const strongest = [both, ...weaker].find((group) => group.length > 0) ?? [];
  const [first] = strongest;
  if (first === undefined) return isDisputed ? 'disputed' : 'missing';
  return strongest.every((other) => isSame(first, other)) ? first : 'disputed';
}

/** Finds the places of the targets with an address: the same text, else the same but for its form. */
function createFindPlaces(
  targets: readonly string[],
): (address: string | null) => readonly number[] {
  const exact = groupPlaces(targets, toComparable);
  const loose = groupPlaces(targets, toLoose);
  return (address) => {
    if (address === null) return [];
    return exact.get(toComparable(address)) ?? loose.get(toLoose(address)) ?? [];
  };
}

function groupPlaces(
  targets: readonly string[],
  toKey: (target: string) => string,
): ReadonlyMap<string, readonly number[]> {
  return Map.groupBy(targets.keys(), (place) => toKey(targets[place] ?? ''));
}

/** A target as an answer holds it, in which Aadhaar numbers are masked. */
function toComparable(address: string): string {
  return maskAadhaarIn(address).trim();
}

/** An address without what its echo may change: case, blanks, and how its letters are encoded. */
function toLoose(address: string): string {
  return toComparable(address.normalize('NFKC')).replaceAll(/\s+/g, ' ').toLowerCase();
}
