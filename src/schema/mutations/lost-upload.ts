import { NotFoundError } from '../../atlas/api/errors.ts';
import type { Reconciliation } from '../../store/services/idempotent-call.ts';
import type { Operation } from '../operation/context.ts';
import type { UploadResult } from './upload-result.ts';

/**
 * Looks whether an upload whose answer was lost arrived. It did where Atlas has results of documents
 * that were not in the flow before, or has begun to fetch files of a flow that was given none; it did
 * not where Atlas has begun nothing by `uploadSettledMs` later. Throws an AtlasError when Atlas can't be asked.
 */
export async function learnUpload(
  operation: Operation,
  flowUuid: string,
  documentIds: readonly string[],
  lostAt: number,
): Promise<Reconciliation<UploadResult>> {
  const { loaders, register, tenant } = operation;
  const [flow, found, extracts] = await Promise.all([
    register.flow(tenant.id, flowUuid),
    loaders.flow.load(flowUuid),
    loaders.flowExtracts.load(flowUuid),
  ]);
  if (found === null) throw new NotFoundError('flow');
  const submitted = new Set(flow?.submittedDocumentIds);
  const isWrittenDown = documentIds.every((id) => submitted.has(id));
  if (flow && isWrittenDown && (flow.uploadedAt ?? 0) >= lostAt) {
    const receipts = documentIds.flatMap((id) => {
      const receipt = flow.receipts.get(id);
      return receipt ? [[id, receipt] as const] : [];
    });
    return { result: { receipts: Object.fromEntries(receipts), refusedIds: [] } };
  }

  const { upload } = found.snapshot.state.status;
  const ownIds = new Set(documentIds.filter((id) => !submitted.has(id)));
  const arrived = extracts.documents.filter(({ documentId }) => ownIds.has(documentId));
  const isFirst = flow?.applicationId != null && flow.uploadedAt === null;
  const hasBegun = upload !== 'NOT_STARTED' && upload !== 'UNKNOWN';
  if (arrived.length === 0 && !(isFirst && hasBegun)) {
    const isSettled = operation.now() - lostAt > operation.uploadSettledMs;
    return isFirst && upload === 'NOT_STARTED' && isSettled ? 'not-applied' : 'unknown';
  }
  const receipts = arrived.map(({ documentId, fileUuid, batchId }) => {
    const receipt = { fileUuid: fileUuid ?? undefined, batchId: batchId ?? undefined };
    return [documentId, receipt] as const;
  });
  await register.recordUpload(tenant.id, flowUuid, {
    documentIds,
    receipts: new Map(receipts),
    at: operation.now(),
  });
  return { result: { receipts: Object.fromEntries(receipts), refusedIds: [] } };
}
