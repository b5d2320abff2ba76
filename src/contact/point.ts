import { type Evidence, entriesOf, lastAnswerOf, membersOf } from './evidence.ts';
import { toFormat } from './shape.ts';

/** One open point of the wire contract. */
export interface Point {
  /** `K1` to `K23` as in CONTRACT 11, or `X` with a number for a shape that was never seen. */
  readonly id: string;
  readonly question: string;
  /** The variant that holds, in words without values; null if this walk did not show it. */
  readonly variant: (evidence: Evidence) => string | null;
}

/** The calls that answer a page of a batch. */
export const pages = ['bulkExtracts', 'docstreamExtracts'] as const;

/** A document entry of a flow or of a batch, with its fields wherever they stand. */
export interface SeenDocument {
  readonly origin: 'flow' | 'batch';
  readonly entry: Readonly<Record<string, unknown>>;
  /** The members that hold fields: those of `file_data`, or those of the entry. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly type: unknown;
}

/** The document entries of the last extracts of the flow and of each batch. */
export function documentsIn(evidence: Evidence): readonly SeenDocument[] {
  const flow = entriesOf(membersOf(lastAnswerOf(evidence, 'flowExtracts')).ocr_data);
  const batches = pages.flatMap((endpoint) =>
    entriesOf(membersOf(lastAnswerOf(evidence, endpoint)).data),
  );
  const toSeen = (origin: SeenDocument['origin']) => (raw: unknown) => {
    const entry = membersOf(raw);
    const nested = membersOf(entry.file_data);
    const fields = Object.keys(nested).length > 0 ? nested : entry;
    return { origin, entry, fields, type: entry.document_type ?? nested.document_type };
  };
  return [...flow.map(toSeen('flow')), ...batches.map(toSeen('batch'))];
}

/** The results of the address match. */
export function matchesIn(evidence: Evidence): readonly Readonly<Record<string, unknown>>[] {
  return entriesOf(membersOf(lastAnswerOf(evidence, 'matchAddresses')).match_data).map(membersOf);
}

/** `absent`, or the format of a member. */
export function memberWords(member: unknown): string {
  return member === undefined ? 'absent' : toFormat(member);
}

/** The different words of a list, in their order. */
export function distinct(words: readonly string[]): string {
  return [...new Set(words)].join(', ');
}

/** All words that are not null, with semicolons; null if there are none. */
export function joined(words: readonly (string | null)[]): string | null {
  const seen = words.filter((word) => word !== null);
  return seen.length === 0 ? null : seen.join('; ');
}
