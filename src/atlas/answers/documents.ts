import { documentTypeRow, fieldKindOf } from '../api/document-types.ts';
import type { OnDrift } from '../api/drift.ts';
import { toNumber } from '../json/numeral.ts';
import type { Work } from '../json/work.ts';
import { type Field, toFields } from './fields.ts';

/** The failure codes of documents that CONTRACT 10 describes; `OTHER` stands for all others. */
export const failureCodes = ['INVALID_DOC', 'UNRECOGNISED', 'OTHER'] as const;
/** The failure code of a document. */
export type FailureCode = (typeof failureCodes)[number];

/** The result of Atlas for one uploaded document, of a flow or of a batch. */
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

/** The members of an entry that say what it is; all doubtful ones count as missing. */
interface Labels {
  readonly documentId: string | undefined;
  readonly fileUuid: string | undefined;
  readonly batchId: string | undefined;
  readonly errorCode: string | undefined;
  readonly reason: string | undefined;
  readonly documentType: string | undefined;
}

type Members = Readonly<Record<string, unknown>>;

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
  'file_data',
]);

/**
 * Reads the entries of `ocr_data` (CONTRACT 4.4) or of a batch page (6.2): fields flat beside
 * `document_type`, or under `file_data`; an entry that is no object costs itself only. An entry is a
 * step.
 */
export function toDocuments(entries: readonly unknown[], onDrift: OnDrift): Work<DocumentRecord[]> {
  return toRecords(entries, onDrift, toDocument);
}

/**
 * Reads the entries of a batch page as `toDocuments` does. There `file_data` holds all that was read
 * (CONTRACT 6.2): where it is given and holds nothing, the document is pending, whatever stands
 * beside it but an error code. A code that is not empty stands in place of the data (CONTRACT 3.4),
 * and no other sign of a failure is documented: taken for pending, a failed document would never be
 * told of, and its batch would never be complete.
 */
export function toBatchDocuments(
  entries: readonly unknown[],
  onDrift: OnDrift,
): Work<DocumentRecord[]> {
  return toRecords(entries, onDrift, (entry, place) => {
    const document = toDocument(entry, place, onDrift);
    const isPending = document.state === 'EXTRACTED' && isGivenEmpty(entry.file_data);
    return isPending ? { ...document, state: 'PENDING', fields: [] } : document;
  });
}

function* toRecords(
  entries: readonly unknown[],
  onDrift: OnDrift,
  toRecord: (entry: Members, place: number, onDrift: OnDrift) => DocumentRecord,
): Work<DocumentRecord[]> {
  const documents: DocumentRecord[] = [];
  for (const [place, raw] of entries.entries()) {
    if (isMembers(raw)) documents.push(toRecord(raw, place, onDrift));
    else onDrift('document-unreadable');
    yield undefined;
  }
  return documents;
}

/** Whether a member is there and is null, an empty text, list or object. */
function isGivenEmpty(member: unknown): boolean {
  if (member === null || member === '') return true;
  return typeof member === 'object' && Object.keys(member).length === 0;
}

function toDocument(entry: Members, place: number, onDrift: OnDrift): DocumentRecord {
  const { file_data: fileData } = entry;
  const nested = isMembers(fileData) ? fileData : null;
  const flat = toLabels(entry);
  const labels = nested === null ? flat : toFirst(flat, toLabels(nested));
  const { documentId, fileUuid, batchId, reason } = labels;
  if (documentId === undefined) onDrift('document-without-id');
  const documentType = labels.documentType || undefined;
  // "" on success (CONTRACT 3.4); only what is not empty is a failure.
  const rawCode = labels.errorCode || '';
  const members = nested === null ? entry : toMembers(entry, nested);
  const fields = rawCode ? [] : toFields(documentType, members, notFields);
  if (documentType !== undefined) countDrift(documentType, fields, onDrift);
  return {
    documentId: documentId ?? fileUuid ?? `unnamed-${place + 1}`,
    fileUuid: fileUuid ?? null,
    batchId: batchId ?? null,
    documentType: documentType ?? null,
    state: rawCode ? 'FAILED' : documentType || fields.length > 0 ? 'EXTRACTED' : 'PENDING',
    failure: rawCode
      ? { code: toFailureCode(rawCode, onDrift), rawCode, reason: reason || null }
      : null,
    fields,
  };
}

function toMembers({ file_data: _, ...beside }: Members, nested: Members): Members {
  return { ...beside, ...nested };
}

function toLabels(members: Members): Labels {
  return {
    documentId: toId(members.document_id),
    fileUuid: toId(members.file_uuid),
    batchId: toId(members.batch_id),
    errorCode: toErrorCode(members.error_code),
    reason: toText(members.error_reason) || toText(members.error_message),
    documentType: toText(members.document_type),
  };
}

/** Members beside `file_data` take precedence over members within it. */
function toFirst(flat: Labels, nested: Labels): Labels {
  return {
    documentId: flat.documentId ?? nested.documentId,
    fileUuid: flat.fileUuid ?? nested.fileUuid,
    batchId: flat.batchId ?? nested.batchId,
    errorCode: flat.errorCode || nested.errorCode,
    reason: flat.reason || nested.reason,
    documentType: flat.documentType || nested.documentType,
  };
}

function toId(id: unknown): string | undefined {
  if (Number.isFinite(id)) return String(id);
  return toText(id) || undefined;
}

/** An empty text for none: 0, as a number or as a text, is no error. */
function toErrorCode(code: unknown): string | undefined {
  if (toNumber(code) === 0) return '';
  return Number.isFinite(code) ? String(code) : toText(code)?.trim();
}

function toText(text: unknown): string | undefined {
  return typeof text === 'string' ? text : undefined;
}

function isMembers(raw: unknown): raw is Members {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
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
