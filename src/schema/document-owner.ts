import type { BatchService } from '../atlas/atlas.ts';

/** Where a document was uploaded to. */
export type DocumentOwner =
  | { readonly kind: 'flow'; readonly uuid: string }
  | { readonly kind: 'batch'; readonly service: BatchService; readonly batchId: string };

/** A document among all of the tenant's: where it was uploaded to, and its id there. */
export interface DocumentPlace {
  readonly owner: DocumentOwner;
  readonly documentId: string;
}

/** The text inside a document's global id. */
export function toDocumentId({ owner, documentId }: DocumentPlace): string {
  const parts =
    owner.kind === 'flow'
      ? ['flow', owner.uuid, documentId]
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
    return { owner: { kind, uuid: first }, documentId: second };
  }
  if (kind === 'batch' && isService(first) && second && third && parts.length === 4) {
    return { owner: { kind, service: first, batchId: second }, documentId: third };
  }
  return null;
}

function isService(text: string | undefined): text is BatchService {
  return text === 'BULK' || text === 'SANDBOX';
}
