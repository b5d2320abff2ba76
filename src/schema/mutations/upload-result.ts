import type { UploadReceipt } from '../../atlas/api/wire.ts';
import type { FileToUpload } from '../../atlas/atlas.ts';
import type { Receipt } from '../../store/store.ts';
import type { InputCheck } from '../user-error.ts';

/** The ids that Atlas gave the files of one upload, by document id, and the files it did not take. */
export interface UploadResult {
  readonly receipts: Readonly<Record<string, Receipt>>;
  readonly refusedIds: readonly string[];
}

/** By the caller's id: the order of Atlas's answer is not documented (CONTRACT 4.2). */
export function toUploadResult(
  files: readonly FileToUpload[],
  answer: readonly UploadReceipt[],
): UploadResult {
  const [only] = answer.length === 1 && files.length === 1 ? answer : [];
  const receipts: [string, Receipt][] = [];
  const refusedIds: string[] = [];
  for (const { documentId } of files) {
    const receipt = answer.find((candidate) => candidate.document_id === documentId) ?? only;
    if (receipt === undefined) continue;
    const { file_uuid: fileUuid, batch_id: batchId } = receipt;
    if (receipt.error_code !== undefined) refusedIds.push(documentId);
    else receipts.push([documentId, { fileUuid, batchId }]);
  }
  return { receipts: Object.fromEntries(receipts), refusedIds };
}

/** The ids of the files that Atlas took, or said nothing of. */
export function toTakenIds(
  files: readonly FileToUpload[],
  refusedIds: readonly string[],
): readonly string[] {
  return files.map(({ documentId }) => documentId).filter((id) => !refusedIds.includes(id));
}

/** Tells of each file that Atlas did not take, by its place in the input. */
export function addRefusedFiles(
  check: InputCheck,
  files: readonly FileToUpload[],
  refusedIds: readonly string[],
): void {
  for (const id of refusedIds) {
    const place = files.findIndex(({ documentId }) => documentId === id);
    const message = 'Atlas did not take this file, while it took others of this call.';
    check.add('FILE_REFUSED', ['files', place], message);
  }
}
