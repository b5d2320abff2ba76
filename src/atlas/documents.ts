import { z } from 'zod';
import { documentTypeRow, fieldKindOf } from './document-types.ts';
import type { OnDrift } from './drift.ts';
import { type Field, toFields } from './fields.ts';

export const failureCodes = ['INVALID_DOC', 'UNRECOGNISED', 'OTHER'] as const;
export type FailureCode = (typeof failureCodes)[number];

/** What Atlas made of one uploaded document, of a flow or of a batch. */
export interface DocumentRecord {
  /** The caller's own id; where Atlas gave none, its file's id, or the place in the answer. */
  readonly documentId: string;
  readonly fileUuid: string | null;
  readonly batchId: string | null;
  readonly documentType: string | null;
  readonly state: 'PENDING' | 'EXTRACTED' | 'FAILED';
  readonly failure: {
    readonly code: FailureCode;
    readonly rawCode: string;
    readonly reason: string | null;
  } | null;
  readonly fields: readonly Field[];
}

const id = z
  .union([z.string().min(1), z.number().transform(String)])
  .optional()
  .catch(undefined);
const text = z.string().optional().catch(undefined);
const errorCode = z
  .union([z.string().trim(), z.number().transform((code) => (code === 0 ? '' : String(code)))])
  .optional()
  .catch(undefined);

const entry = z.looseObject({
  document_id: id,
  file_uuid: id,
  batch_id: id,
  error_code: errorCode,
  error_reason: text,
  error_message: text,
  document_type: text,
  file_data: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

const notFields = new Set([
  'document_id',
  'file_uuid',
  'batch_id',
  'file_url',
  'error_code',
  'error_reason',
  'error_message',
  'document_type',
  'status',
  'index',
]);

/**
 * Reads the entries of `ocr_data` (CONTRACT 4.4) or of a batch page (6.2): fields flat beside
 * `document_type`, or under `file_data`; an entry that is no object costs itself only.
 */
export function toDocuments(entries: readonly unknown[], onDrift: OnDrift): DocumentRecord[] {
  return entries.flatMap((raw, place) => {
    const read = entry.safeParse(raw);
    if (read.success) return [toDocument(read.data, place, onDrift)];
    onDrift('document-unreadable');
    return [];
  });
}

function toDocument(flat: z.output<typeof entry>, place: number, onDrift: OnDrift): DocumentRecord {
  const nested = entry.safeParse(flat.file_data ?? {}).data ?? {};
  const documentId = flat.document_id ?? nested.document_id;
  const fileUuid = flat.file_uuid ?? nested.file_uuid;
  if (documentId === undefined) onDrift('document-without-id');
  const documentType = flat.document_type || nested.document_type || undefined;
  // "" on success (CONTRACT 3.4); only what is not empty is a failure.
  const rawCode = flat.error_code || nested.error_code || '';
  const reason =
    flat.error_reason || flat.error_message || nested.error_reason || nested.error_message;
  const { file_data, ...beside } = flat;
  const fields = rawCode ? [] : toFields(documentType, { ...beside, ...file_data }, notFields);
  if (documentType !== undefined) countDrift(documentType, fields, onDrift);
  return {
    documentId: documentId ?? fileUuid ?? `unnamed-${place + 1}`,
    fileUuid: fileUuid ?? null,
    batchId: flat.batch_id ?? nested.batch_id ?? null,
    documentType: documentType ?? null,
    state: rawCode ? 'FAILED' : documentType || fields.length > 0 ? 'EXTRACTED' : 'PENDING',
    failure: rawCode
      ? { code: toFailureCode(rawCode, onDrift), rawCode, reason: reason ?? null }
      : null,
    fields,
  };
}

function toFailureCode(rawCode: string, onDrift: OnDrift): FailureCode {
  const code = failureCodes.find((candidate) => candidate === rawCode);
  if (code === undefined) onDrift('document-failure-unknown');
  return code ?? 'OTHER';
}

function countDrift(documentType: string, fields: readonly Field[], onDrift: OnDrift): void {
  const row = documentTypeRow(documentType);
  if (row === undefined) onDrift('document-type-unknown');
  if (row?.fieldsKnown !== 'all') return;
  for (const field of fields) {
    if (fieldKindOf(documentType, field.name) === undefined) onDrift('document-field-unknown');
  }
}
