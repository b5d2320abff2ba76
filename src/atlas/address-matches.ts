import { z } from 'zod';
import type { OnDrift } from './drift.ts';
import type { MatchAnswer } from './wire.ts';

/** How one target compares with the source (CONTRACT 8.1). */
export interface AddressMatchRecord {
  /** 0 to 100; null when there is none. */
  readonly similarityScore: number | null;
  /** 0 to 10; null when there is none. */
  readonly samePersonScore: number | null;
  /** Why this target alone could not be matched. */
  readonly failure: { readonly code: string; readonly message: string | null } | null;
}

const text = z.string().optional().catch(undefined);
const entry = z.looseObject({
  index: z.number().int().optional().catch(undefined),
  similarity_score: z.number().min(0).max(100).nullish().catch(null),
  same_person_score: z.number().min(0).max(10).nullish().catch(null),
  error_code: z
    .union([z.string().trim(), z.number().transform((code) => (code === 0 ? '' : String(code)))])
    .nullish()
    .catch(null),
  error_message: text,
  error_reason: text,
});

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
  const results = answer.match_data.map((raw) => entry.safeParse(raw).data);
  const areIndexed = results.every((result) => result === undefined || result.index !== undefined);
  const byIndex = new Map(
    results.map((result, position) => [areIndexed ? result?.index : position, result]),
  );
  return Array.from({ length: targets }, (_, index) => {
    const result = byIndex.get(index);
    if (result !== undefined) return toRecord(result);
    onDrift(byIndex.has(index) ? 'address-match-unreadable' : 'address-match-missing');
    const failure = {
      code: 'NO_RESULT',
      message: 'Atlas gave no readable result for this target.',
    };
    return { similarityScore: null, samePersonScore: null, failure };
  });
}

function toRecord(result: z.output<typeof entry>): AddressMatchRecord {
  const similarityScore = result.similarity_score ?? null;
  const samePerson = result.same_person_score ?? null;
  const message = result.error_message || result.error_reason || null;
  const failure = result.error_code ? { code: result.error_code, message } : null;
  return {
    similarityScore,
    samePersonScore: samePerson === null ? null : Math.round(samePerson),
    // A null score is a failure too (CONTRACT 8.1), whatever the code says.
    failure: failure ?? (similarityScore === null ? { code: 'NO_SCORE', message } : null),
  };
}
