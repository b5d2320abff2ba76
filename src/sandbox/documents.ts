import { type FieldKind, fieldKindOf } from '../atlas/api/document-types.ts';
import type { EndpointInput } from '../atlas/api/endpoints.ts';
import { applicantFor, stranger } from './applicants.ts';
import { numberFrom } from './digest.ts';
import { driftedFields } from './drift.ts';
import { type Hint, toHint } from './hints.ts';
import { fileUuidFor } from './identifiers.ts';
import { createSampleDocument } from './sample-documents.ts';

/** One file that a caller handed in, and what has become of it. */
export interface SubmittedFile {
  /** The flow or batch it belongs to. */
  readonly owner: string;
  readonly documentId: string;
  readonly fileUrl: string;
  readonly fileUuid: string;
  readonly batchId: string;
  /** Its link leads nowhere. */
  readonly isBroken: boolean;
  state: 'uploading' | 'processing' | 'landed';
  /** Set when it has landed. */
  reading?: Reading;
}

/** The result of reading a file: its fields, or why there are none (CONTRACT 3.4). */
export type Reading = Extraction | { readonly errorCode: string; readonly errorReason: string };

interface Extraction {
  readonly documentType: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The result for a file whose type can't be recognised. */
export const unrecognised: Reading = {
  errorCode: 'UNRECOGNISED',
  errorReason: 'document type not supported',
};

/** A file that has landed with something to show. */
export type ExtractedFile = SubmittedFile & { readonly reading: Extraction };

/** Where the extracted fields stand in an `ocr_data` entry (CONTRACT 4.4). */
export type Placement = 'flat' | 'file_data';

/** Files as they are handed in, the first of them the `firstNumber`th of their owner, from 1. */
export function toSubmittedFiles(
  owner: string,
  batchId: string,
  files: EndpointInput<'uploadBulk'>['file_urls'],
  firstNumber = 1,
): SubmittedFile[] {
  return files.map(({ document_id, file_url }, place) => ({
    owner,
    documentId: document_id,
    fileUrl: file_url,
    fileUuid: fileUuidFor(owner, document_id, firstNumber + place),
    batchId,
    isBroken: toHint(file_url).isBroken,
    state: 'uploading',
  }));
}

/** Whether a file has landed with something to show. */
export function isExtracted(file: SubmittedFile): file is ExtractedFile {
  return file.reading !== undefined && 'documentType' in file.reading;
}

/**
 * Makes up what a file says from hints in its name, the same every time for the same owner,
 * document id and name. All papers of one `applicantSeed` speak of the same applicant.
 */
export function readFile(file: SubmittedFile, applicantSeed: string): Reading {
  const hint = toHint(file.fileUrl);
  if (hint.isBroken) {
    return { errorCode: 'UPLOAD_FAILED', errorReason: 'file could not be downloaded' };
  }
  if (hint.isInvalid) {
    return { errorCode: 'INVALID_DOC', errorReason: 'more than one face in the photo' };
  }
  if (hint.isUnreadable || hint.documentType === null) return unrecognised;
  const applicant = hint.isMismatch ? stranger : applicantFor(applicantSeed);
  const seed = `${file.owner}/${file.documentId}/${toFileName(file.fileUrl)}`;
  const { documentType } = hint;
  const enveloped = Object.entries(createSampleDocument(documentType, applicant)).map(
    ([name, value]) => {
      const kind = fieldKindOf(documentType, name);
      return [name, toEnvelope(`${seed}/${name}`, kind, value, hint)];
    },
  );
  return {
    documentType,
    fields: { ...Object.fromEntries(enveloped), ...(hint.isDrift ? driftedFields : {}) },
  };
}

/** An `ocr_data` entry (CONTRACT 4.4): the errors are empty on success, alone on failure. */
export function toFlowEntry(file: SubmittedFile, placement: Placement): Record<string, unknown> {
  if (!isExtracted(file)) return toFailedEntry(file);
  const { documentType, fields } = file.reading;
  const extracted = { document_type: documentType, ...fields };
  return {
    document_id: file.documentId,
    error_code: '',
    error_reason: '',
    ...(placement === 'flat' ? extracted : { file_data: extracted }),
  };
}

/** A `data` entry of a batch page (CONTRACT 6.2). */
export function toBatchEntry(file: SubmittedFile): Record<string, unknown> {
  if (!isExtracted(file)) return toFailedEntry(file);
  const { documentType, fields } = file.reading;
  return {
    document_id: file.documentId,
    file_data: { document_type: documentType, ...fields },
  };
}

function toFailedEntry(file: SubmittedFile): Record<string, unknown> {
  const { reading } = file;
  if (reading === undefined || !('errorCode' in reading)) {
    throw new Error(`document ${file.documentId} has no failure to show`);
  }
  return {
    document_id: file.documentId,
    error_code: reading.errorCode,
    error_reason: reading.errorReason,
  };
}

function toEnvelope(
  seed: string,
  kind: FieldKind | undefined,
  value: unknown,
  hint: Hint,
): unknown {
  // Numbers of a fixed form are read with more certainty (CONTRACT 10.1).
  const lowest = kind === 'identifier' || kind === 'aadhaar' ? 95 : 80;
  const confidence_score = (lowest + numberFrom(seed, 100 - lowest)) / 100;
  if (kind !== 'aadhaar') return { value, confidence_score };
  const image = `${numberFrom(seed, 1e12)}.jpg?X-Sig=${numberFrom(`${seed}/sig`, 1e12)}`;
  return {
    // No Aadhaar number begins with a zero, so the whole one is nobody's either.
    value: hint.isUnmasked ? String(value).replaceAll('*', '0').replaceAll(' ', '') : value,
    confidence_score,
    redact_url: `https://sandbox.invalid/redacted/${image}`,
  };
}

/** The last part of the path of a file's address. */
export function toFileName(fileUrl: string): string {
  return fileUrl.split(/[?#]/, 1)[0]?.split('/').at(-1) ?? '';
}
