import type { OnDrift } from '../api/drift.ts';
import type { MatchAnswer } from '../api/wire.ts';
import { toNumber, toNumberWithin, toWholeNumber } from '../json/numeral.ts';
import { assignResults, type ResultClaim } from './match-assignment.ts';

/** How one target compares with the source (CONTRACT 8.1). */
export interface AddressMatchRecord {
  /** 0 to 100; null when there is none. */
  readonly similarityScore: number | null;
  /** 0 to 10; null when there is none. */
  readonly samePersonScore: number | null;
  /** Why this target alone could not be matched. */
  readonly failure: AddressMatchFailure | null;
}

/** The reason why Atlas could not compare two addresses: its code, and a message of our own. */
export interface AddressMatchFailure {
  readonly code: string;
  /** In words of our own: Atlas's may quote the address, and so may a code that has not the form of one. */
  readonly message: string;
}

/** An entry of `match_data`; what is doubtful counts as missing. */
interface Result extends ResultClaim {
  readonly similarityScore: number | null;
  readonly samePersonScore: number | null;
  readonly code: string;
}

/**
 * One record for each target, in the order of the targets, which were sent with their places as
 * indexes. A target that no readable result belongs to, or that contradictory ones do, fails alone
 * as `NO_RESULT` and is counted: a score never stands at an address that it may not be of.
 */
export function toAddressMatches(
  answer: MatchAnswer,
  targets: readonly string[],
  onDrift: OnDrift,
): AddressMatchRecord[] {
  const results = answer.match_data.map(toResult).filter((result) => result !== null);
  if (results.length < answer.match_data.length) onDrift('address-match-unreadable');
  return assignResults(results, targets, isSameResult).map((assigned) => {
    if (typeof assigned === 'object') return toRecord(assigned);
    onDrift(`address-match-${assigned}`);
    return { similarityScore: null, samePersonScore: null, failure: toFailure('NO_RESULT') };
  });
}

function toResult(raw: unknown): Result | null {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return null;
  // Any object has members; what they are is looked at below.
  const entry = raw as Readonly<Record<string, unknown>>;
  const { target_address: address } = entry;
  return {
    index: toWholeNumber(entry.index),
    address: typeof address === 'string' && address.trim() !== '' ? address : null,
    similarityScore: toNumberWithin(entry.similarity_score, 0, 100),
    samePersonScore: toNumberWithin(entry.same_person_score, 0, 10),
    code: toCode(entry.error_code),
  };
}

function isSameResult(one: Result, other: Result): boolean {
  return (
    one.similarityScore === other.similarityScore &&
    one.samePersonScore === other.samePersonScore &&
    one.code === other.code
  );
}

/** An empty text for none: 0, as a number or as a text, is no error. */
function toCode(code: unknown): string {
  if (toNumber(code) === 0) return '';
  if (typeof code === 'number') return String(code);
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
