import { isTerminal } from '../../atlas/answers/flow-status.ts';
import { needsForDocuments } from '../access.ts';
import { builder } from '../builder.ts';
import type { Operation } from '../operation/context.ts';
import {
  type DocumentOwner,
  type DocumentPlace,
  fromDocumentId,
  toDocumentId,
} from '../operation/document-owner.ts';
import { DocumentFailureRef, type DocumentNode, DocumentRef, ExtractionRef } from '../refs.ts';
import { toDocumentNodes } from './attempts.ts';
import { findBatchDocument } from './batch-pages.ts';

/** The documents of a flow, each as its latest attempt. */
export interface OwnedDocuments {
  /** Those Atlas has, then those still to come. */
  readonly all: readonly DocumentNode[];
  readonly byId: ReadonlyMap<string, DocumentNode>;
  /** The one document of each type that Atlas named; null where there are more of it. */
  readonly onlyOfType: ReadonlyMap<string, DocumentNode | null>;
}

/** Loads the documents of a flow; they are brought in order once for an operation. */
export async function loadOwnedDocuments(
  operation: Operation,
  flowUuid: string,
): Promise<OwnedDocuments> {
  const extracts = await operation.loaders.flowExtracts.load(flowUuid);
  await operation.flows.recall(operation.tenant, flowUuid);
  const owner: DocumentOwner = { kind: 'flow', uuid: flowUuid };
  const status = operation.flows.current(operation.tenant, flowUuid)?.state.status;
  const hasEnded = status !== undefined && isTerminal(status);
  return extracts.derive(hasEnded ? 'documents at the end' : 'documents', () => {
    const { documents: records, registered } = extracts;
    return toOwnedDocuments(toDocumentNodes({ owner, records, registered, hasEnded }));
  });
}

function toOwnedDocuments(all: readonly DocumentNode[]): OwnedDocuments {
  const onlyOfType = new Map<string, DocumentNode | null>();
  for (const document of all) {
    const { documentType } = document.record;
    if (documentType === null) continue;
    onlyOfType.set(documentType, onlyOfType.has(documentType) ? null : document);
  }
  const byId = new Map(all.map((document) => [document.record.documentId, document]));
  return { all, byId, onlyOfType };
}

/** A document of a flow by its id there, as it is now or as an earlier attempt; null: there is none. */
async function findOwnedDocument(
  operation: Operation,
  flowUuid: string,
  { documentId, earlierAttempt }: Pick<DocumentPlace, 'documentId' | 'earlierAttempt'>,
): Promise<DocumentNode | null> {
  const current = (await loadOwnedDocuments(operation, flowUuid)).byId.get(documentId);
  if (earlierAttempt === null) return current ?? null;
  return current?.previous?.find(({ attempt }) => attempt === earlierAttempt) ?? null;
}

const DocumentStateRef = builder.enumType('DocumentState', {
  description: 'The processing state of a document.',
  values: {
    PENDING: { description: 'The document was submitted, and Atlas has not read it yet.' },
    EXTRACTED: { description: 'Atlas read the document: `extraction` holds the values.' },
    FAILED: { description: 'Atlas could not read the document: `failure` holds the reason.' },
  } as const,
});

const DocumentFailureCodeRef = builder.enumType('DocumentFailureCode', {
  description: 'The reason why a document could not be read.',
  values: {
    INVALID_DOC: {
      description: 'Atlas recognised the type of the document, but its content failed validation.',
    },
    UNRECOGNISED: {
      description: 'Atlas does not support or could not recognise the type of the document.',
    },
    OTHER: { description: 'Atlas gave another code; see `rawCode`.' },
  } as const,
});

DocumentFailureRef.implement({
  description: 'The reason why a document could not be read.',
  fields: (t) => ({
    code: t.expose('code', {
      type: DocumentFailureCodeRef,
      description: 'The reason, as far as this gateway knows it.',
    }),
    rawCode: t.string({
      description:
        'The code as Atlas gave it. Without `pii:read` it is masked unless it has the form of a code.',
      resolve: ({ rawCode }) => rawCode.read() ?? '',
    }),
    reason: t.string({
      description:
        "Atlas's own explanation, which may quote the document; empty when Atlas gave none. Masked without `pii:read`.",
      resolve: ({ reason }) => reason.read() ?? '',
    }),
    isMasked: t.boolean({
      description: 'Whether the code or the explanation is masked.',
      resolve: ({ rawCode, reason }) => rawCode.isMasked || reason.isMasked,
    }),
  }),
});

builder.node(DocumentRef, {
  description: 'One uploaded document, of a flow or of a batch.',
  id: {
    description: 'The global id, by which `node` finds the document again.',
    resolve: ({ owner, record, attempt, isEarlier }) =>
      toDocumentId({
        owner,
        documentId: record.documentId,
        earlierAttempt: isEarlier ? attempt : null,
      }),
  },
  loadWithoutCache: async (id, { operation }) => {
    const place = fromDocumentId(id);
    if (place === null) return null;
    const { owner, documentId } = place;
    if (owner.kind === 'batch') return await findBatchDocument(operation, owner, documentId);
    return await findOwnedDocument(operation, owner.uuid, place);
  },
  fields: (t) => ({
    documentId: t.string({
      description:
        "The caller's own id. Where Atlas's answer lacks it: Atlas's id of the file, or the document's place in the answer.",
      resolve: ({ record }) => record.documentId,
    }),
    fileUuid: t.string({
      nullable: true,
      description: "Atlas's id of the file.",
      resolve: ({ record, receipt }) => record.fileUuid ?? receipt?.fileUuid,
    }),
    batchId: t.string({
      nullable: true,
      description: "Atlas's id of the upload that the document came with, or of its batch.",
      resolve: ({ record, owner, receipt }) =>
        record.batchId ?? receipt?.batchId ?? (owner.kind === 'batch' ? owner.batchId : null),
    }),
    attempt: t.exposeInt('attempt', {
      description:
        'The number of this attempt. The first upload of a documentId is attempt 1; each further upload of it to the flow adds 1, up to 101. Always 1 in a batch.',
    }),
    previous: t.field({
      type: [DocumentRef],
      description:
        'The earlier attempts of this document that Atlas still returns, the oldest first; empty for an earlier attempt and for a document of a batch. Needs `flows:read`, or a grant for the flow with its documents; of a batch `batches:read`.',
      authScopes: ({ owner }, _args, { operation }) =>
        needsForDocuments(operation.principal, owner),
      resolve: async ({ owner, record, previous }, _args, { operation }) => {
        if (previous !== undefined || owner.kind === 'batch') return [...(previous ?? [])];
        const place = { documentId: record.documentId, earlierAttempt: null };
        const current = await findOwnedDocument(operation, owner.uuid, place);
        return [...(current?.previous ?? [])];
      },
    }),
    documentType: t.string({
      nullable: true,
      description:
        "Atlas's name for its type, such as PAN. The set is open; see `documentTypes`. Null without `pii:read` where it may be a person's name or identifier.",
      resolve: ({ record }) => record.shownType,
    }),
    state: t.field({
      type: DocumentStateRef,
      description: 'The processing state of the document.',
      resolve: ({ record }) => record.state,
    }),
    failure: t.field({
      type: DocumentFailureRef,
      nullable: true,
      description:
        'The reason why the document could not be read; null unless its state is FAILED. Needs `flows:read`, or a grant for the flow with its documents; of a batch `batches:read`.',
      authScopes: ({ owner }, _args, { operation }) =>
        needsForDocuments(operation.principal, owner),
      resolve: ({ record }) => record.failure,
    }),
    extraction: t.field({
      type: ExtractionRef,
      nullable: true,
      description:
        'The extraction of the document; null unless its state is EXTRACTED. Needs `flows:read`, or a grant for the flow with its documents; of a batch `batches:read`. Values are masked without `pii:read`.',
      authScopes: ({ owner }, _args, { operation }) =>
        needsForDocuments(operation.principal, owner),
      resolve: (document) =>
        document.record.state === 'EXTRACTED'
          ? { ...document, documentType: document.record.documentType ?? 'UNKNOWN' }
          : null,
    }),
  }),
});
