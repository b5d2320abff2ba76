import type { OnDrift } from './drift.ts';
import type { MatchAnswer } from './wire.ts';

/** How one target compares with the source (CONTRACT 8.1). */
export interface AddressMatchRecord {
  /** 0 to 100; null when there is none. */
  readonly similarityScore: number | null;
  /** 0 to 10; null when there is none. */
  readonly samePersonScore: number | null;
  /** Why this target alone could not be matched. */
  readonly failure: AddressMatchFailure | null;
}

export interface AddressMatchFailure {
  readonly code: string;
  /** In words of our own: Atlas's may quote the address, and so may a code that has not the form of one. */
  readonly message: string;
}

/** What stands in an entry of `match_data`; what is doubtful counts as missing. */
interface Result {
  readonly index: number | undefined;
  readonly similarityScore: number | null;
  readonly samePersonScore: number | null;
  readonly code: string;
}

/**
 * Brings the results into the order of the targets that were sent with the indexes 0 to
 * `targets` − 1: by `index` where every result has one, else by position (CONTRACT K9). A target
 * without a readable result fails alone.
 */
export function toAddressMatches(
  answer: MatchAnswer,
  targets: number,
  onDrift: OnDrift,
): AddressMatchRecord[] {
  const results = answer.match_data.map(toResult);
  const areIndexed = results.every((result) => result === undefined || result.index !== undefined);
  const byIndex = new Map(
    results.map((result, position) => [areIndexed ? result?.index : position, result]),
  );
  return Array.from({ length: targets }, (_, index) => {
    const result = byIndex.get(index);
    if (result !== undefined) return toRecord(result);
    onDrift(byIndex.has(index) ? 'address-match-unreadable' : 'address-match-missing');
    return { similarityScore: null, samePersonScore: null, failure: toFailure('NO_RESULT') };
  });
}

function toResult(raw: unknown): Result | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined;
  // Any object has members; what they are is looked at below.
  const entry = raw as Readonly<Record<string, unknown>>;
  const { index } = entry;
  return {
    index: typeof index === 'number' && Number.isSafeInteger(index) ? index : undefined,
    similarityScore: toScore(entry.similarity_score, 100),
    samePersonScore: toScore(entry.same_person_score, 10),
    code: toCode(entry.error_code),
  };
}

function toScore(score: unknown, most: number): number | null {
  return typeof score === 'number' && score >= 0 && score <= most ? score : null;
}

function toCode(code: unknown): string {
  if (typeof code === 'number') return code === 0 ? '' : String(code);
  return typeof code === 'string' ? code.trim() : '';
}

function toRecord({ similarityScore, samePersonScore, code: given }: Result): AddressMatchRecord {
  // A null score is a failure too (CONTRACT 8.1), whatever the code says.
  const code = given || (similarityScore === null ? 'NO_SCORE' : null);
  return {
    similarityScore,
    samePersonScore: samePersonScore === null ? null : Math.round(samePersonScore),
    failure: code === null ? null : toFailure(code),
  };
}

/** A status, or a few words and perhaps a short number: no name of a place or person needs be one. */
const codeForm = /^(?:\d{3}|[A-Z]{1,16}(?:_[A-Z]{1,16}){0,3}(?:_?\d{1,3})?)$/;

const messages: ReadonlyMap<string, string> = new Map([
  ['422', 'This target could not be normalised.'],
  ['NO_SCORE', 'Atlas gave no score for this target.'],
  ['NO_RESULT', 'Atlas gave no readable result for this target.'],
]);

function toFailure(code: string): AddressMatchFailure {
  return {
    code: codeForm.test(code) ? code : 'OTHER',
    message: messages.get(code) ?? 'Atlas could not compare this target.',
  };
}
