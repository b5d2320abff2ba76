import type { BatchService } from '../../atlas/atlas.ts';

/** Where a document was uploaded to. */
export type DocumentOwner =
  | { readonly kind: 'flow'; readonly uuid: string }
  | { readonly kind: 'batch'; readonly service: BatchService; readonly batchId: string };

/** A document among all of the tenant's: where it was uploaded to, and its id there. */
export interface DocumentPlace {
  readonly owner: DocumentOwner;
  readonly documentId: string;
  /** Of an earlier attempt, which one, from 1; null of the document as it is now. */
  readonly earlierAttempt: number | null;
}

/** The text inside a document's global id. It stays the same when the document is uploaded again. */
export function toDocumentId({ owner, documentId, earlierAttempt }: DocumentPlace): string {
  const attempt = earlierAttempt === null ? [] : [String(earlierAttempt)];
  const parts =
    owner.kind === 'flow'
      ? ['flow', owner.uuid, documentId, ...attempt]
      : ['batch', owner.service, owner.batchId, documentId];
  return parts.map(encodeURIComponent).join('/');
}

/** The document that such a text names; null where it names none. */
export function fromDocumentId(id: string): DocumentPlace | null {
  let parts: string[];
  try {
    parts = id.split('/').map(decodeURIComponent);
  } catch {
    return null; // a malformed escape: an id that nobody was given
  }
  const [kind, first, second, third] = parts;
  if (kind === 'flow' && first && second && parts.length === 3) {
    return { owner: { kind, uuid: first }, documentId: second, earlierAttempt: null };
  }
  if (kind === 'flow' && first && second && parts.length === 4 && isAttempt(third)) {
    return { owner: { kind, uuid: first }, documentId: second, earlierAttempt: Number(third) };
  }
  if (kind === 'batch' && isService(first) && second && third && parts.length === 4) {
    const owner = { kind, service: first, batchId: second } as const;
    return { owner, documentId: third, earlierAttempt: null };
  }
  return null;
}

function isAttempt(text: string | undefined): boolean {
  return /^[1-9]\d{0,4}$/.test(text ?? '');
}

function isService(text: string | undefined): text is BatchService {
  return text === 'BULK' || text === 'SANDBOX';
}
