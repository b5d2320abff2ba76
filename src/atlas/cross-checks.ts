import { z } from 'zod';
import { isAadhaarName, maskAadhaar } from './aadhaar.ts';
import type { OnDrift } from './drift.ts';

/** One compared pair of values on two documents of a flow (CONTRACT 4.4). */
export interface CrossCheckRecord {
  readonly field: string | null;
  readonly left: CrossCheckSideRecord;
  readonly right: CrossCheckSideRecord;
  /** 0 to 100; null when Atlas gave none in that range. */
  readonly similarityScore: number | null;
}
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

const score = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number),
]);

/**
 * Reads `cross_checks` through the table. A member that maps nowhere is dropped and counted; an
 * entry of which nothing can be read is dropped and counted as one. Where the compared field is an
 * Aadhaar number, both values are masked whatever their digits.
 */
export function toCrossChecks(
  entries: readonly unknown[],
  names: CrossCheckNames,
  onDrift: OnDrift,
): CrossCheckRecord[] {
  return entries.flatMap((entry) => {
    if (!isObject(entry)) {
      onDrift('cross-check-unreadable');
      return [];
    }
    const used = new Set(['similarity_score']);
    const pick = (candidates: readonly string[]) => pickText(entry, candidates, used);
    const field = pick(names.field);
    const pickValue = (candidates: readonly string[]) => {
      const value = pick(candidates);
      return value && field !== null && isAadhaarName(field) ? maskAadhaar(value) : value;
    };
    const pickSide = (side: 0 | 1) => ({
      documentType: pick(names.documentType.map((pair) => pair[side])),
      documentId: pick(names.documentId.map((pair) => pair[side])),
      value: pickValue(names.value.map((pair) => pair[side])),
    });
    const record = {
      field,
      left: pickSide(0),
      right: pickSide(1),
      similarityScore: toScore(entry.similarity_score),
    };
    const unknown = Object.keys(entry).filter((name) => !used.has(name));
    for (const _ of unknown) onDrift('cross-check-member-unknown');
    if (used.size > 1 || record.similarityScore !== null) return [record];
    onDrift('cross-check-unreadable');
    return [];
  });
}

function toScore(raw: unknown): number | null {
  const read = score.safeParse(raw);
  if (!read.success || read.data < 0 || read.data > 100) return null;
  return Math.round(read.data);
}

function pickText(
  entry: Readonly<Record<string, unknown>>,
  candidates: readonly string[],
  used: Set<string>,
): string | null {
  for (const candidate of candidates) {
    const steps = candidate.split('.');
    const found = steps.reduce<unknown>(
      (value, step) => (isObject(value) ? value[step] : undefined),
      entry,
    );
    if (typeof found !== 'string' && typeof found !== 'number') continue;
    used.add(steps[0] ?? candidate);
    return String(found);
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
