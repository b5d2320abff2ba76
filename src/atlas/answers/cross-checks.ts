import { z } from 'zod';
import type { OnDrift } from '../api/drift.ts';
import { toNumberWithin } from '../json/numeral.ts';
import type { Work } from '../json/work.ts';
import { maskAadhaar } from '../masking/aadhaar.ts';
import { isNumberField } from '../masking/name-facts.ts';

/** One compared pair of values on two documents of a flow (CONTRACT 4.4). */
export interface CrossCheckRecord {
  readonly field: string | null;
  readonly left: CrossCheckSideRecord;
  readonly right: CrossCheckSideRecord;
  /** 0 to 100; null when Atlas gave none in that range. */
  readonly similarityScore: number | null;
}
/** One of the two documents of a cross-check, with its value. */
export interface CrossCheckSideRecord {
  readonly documentType: string | null;
  readonly documentId: string | null;
  readonly value: string | null;
}

const path = z.string().regex(/^\w+(\.\w+)*$/);
const pairs = z.array(z.tuple([path, path]));

/**
 * Under which member names an entry may hold its parts: only `similarity_score` is documented, so
 * each other part has several candidates, of which the first that is there counts. A dot reaches
 * into an object (`left.value`) or, with a number, into an array (`documents.0.value`).
 */
export const crossCheckNames = z.strictObject({
  field: z.array(path),
  documentType: pairs,
  documentId: pairs,
  value: pairs,
});
/** The names that Atlas may use for the members of a cross-check (`ATLAS_CROSS_CHECK_NAMES`). */
export type CrossCheckNames = z.infer<typeof crossCheckNames>;

/** The table that is used unless configuration gives another; left name first, then right. */
export const defaultCrossCheckNames: CrossCheckNames = {
  field: ['field', 'field_name', 'name', 'key', 'attribute', 'check_name', 'parameter'],
  documentType: [
    ['document_type_1', 'document_type_2'],
    ['left_document_type', 'right_document_type'],
    ['source_document_type', 'target_document_type'],
    ['doc_type_1', 'doc_type_2'],
    ['document_1.document_type', 'document_2.document_type'],
    ['left.document_type', 'right.document_type'],
    ['source.document_type', 'target.document_type'],
    ['documents.0.document_type', 'documents.1.document_type'],
    ['document_1', 'document_2'],
    ['source_document', 'target_document'],
    ['doc1', 'doc2'],
    ['documents.0', 'documents.1'],
  ],
  documentId: [
    ['document_id_1', 'document_id_2'],
    ['left_document_id', 'right_document_id'],
    ['source_document_id', 'target_document_id'],
    ['doc_id_1', 'doc_id_2'],
    ['document_1.document_id', 'document_2.document_id'],
    ['left.document_id', 'right.document_id'],
    ['source.document_id', 'target.document_id'],
    ['documents.0.document_id', 'documents.1.document_id'],
  ],
  value: [
    ['value_1', 'value_2'],
    ['left_value', 'right_value'],
    ['source_value', 'target_value'],
    ['document_1_value', 'document_2_value'],
    ['document_1.value', 'document_2.value'],
    ['left.value', 'right.value'],
    ['source.value', 'target.value'],
    ['documents.0.value', 'documents.1.value'],
    ['values.0', 'values.1'],
  ],
};

/** A name by its steps: more than one where it reaches into an object or an array. */
type Steps = readonly string[];

/** The candidates for each part, left then right. */
interface Candidates {
  readonly field: readonly Steps[];
  readonly documentType: readonly [readonly Steps[], readonly Steps[]];
  readonly documentId: readonly [readonly Steps[], readonly Steps[]];
  readonly value: readonly [readonly Steps[], readonly Steps[]];
}

/** Reads `cross_checks`; an entry is a step. */
export type ToCrossChecks = (
  entries: readonly unknown[],
  onDrift: OnDrift,
) => Work<CrossCheckRecord[]>;

/**
 * Reads through a table. A member that maps nowhere is dropped and counted; an entry of which
 * nothing can be read is dropped and counted as one. Where the compared field is an Aadhaar number,
 * both values are masked whatever their digits.
 */
export function createToCrossChecks(names: CrossCheckNames): ToCrossChecks {
  const candidates: Candidates = {
    field: names.field.map(toSteps),
    documentType: toSides(names.documentType),
    documentId: toSides(names.documentId),
    value: toSides(names.value),
  };
  return function* (entries, onDrift) {
    const records: CrossCheckRecord[] = [];
    for (const entry of entries) {
      const record = isObject(entry) ? toRecord(entry, candidates, onDrift) : null;
      if (record === null) onDrift('cross-check-unreadable');
      else records.push(record);
      yield undefined;
    }
    return records;
  };
}

function toSteps(name: string): Steps {
  return name.split('.');
}

function toSides(pairs: CrossCheckNames['value']): Candidates['value'] {
  return [pairs.map(([left]) => toSteps(left)), pairs.map(([, right]) => toSteps(right))];
}

function toRecord(
  entry: Readonly<Record<string, unknown>>,
  candidates: Candidates,
  onDrift: OnDrift,
): CrossCheckRecord | null {
  const used = new Set(['similarity_score']);
  const field = pickText(entry, candidates.field, used);
  const isAadhaar = field !== null && isNumberField(field);
  const toSide = (side: 0 | 1): CrossCheckSideRecord => {
    const documentType = pickText(entry, candidates.documentType[side], used);
    const documentId = pickText(entry, candidates.documentId[side], used);
    const value = pickText(entry, candidates.value[side], used);
    return { documentType, documentId, value: value && isAadhaar ? maskAadhaar(value) : value };
  };
  const left = toSide(0);
  const right = toSide(1);
  const similarityScore = toScore(entry.similarity_score);
  for (const name of Object.keys(entry)) {
    if (!used.has(name)) onDrift('cross-check-member-unknown');
  }
  return used.size > 1 || similarityScore !== null ? { field, left, right, similarityScore } : null;
}

function toScore(raw: unknown): number | null {
  const score = toNumberWithin(raw, 0, 100);
  return score === null ? null : Math.round(score);
}

function pickText(
  entry: Readonly<Record<string, unknown>>,
  candidates: readonly Steps[],
  used: Set<string>,
): string | null {
  for (const steps of candidates) {
    let found: unknown = entry;
    for (const step of steps) found = isObject(found) ? found[step] : undefined;
    if (typeof found !== 'string' && typeof found !== 'number') continue;
    used.add(steps[0] ?? '');
    return String(found);
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
