import type { FileToUpload } from '../atlas/atlas.ts';
import type { UploadReceipt } from '../atlas/wire.ts';
import type { Receipt } from '../store/register.ts';
import { builder } from './builder.ts';
import { toPendingRecord } from './document.ts';
import { checkFiles, FileInputRef } from './file-input.ts';
import { loadFlowAfterWrite } from './flow-after-write.ts';
import {
  type DocumentNode,
  DocumentRef,
  type FlowNode,
  FlowRef,
  type UserError,
  UserErrorRef,
} from './refs.ts';
import { createInputCheck } from './user-error.ts';

const UploadDocumentsInputRef = builder.inputType('UploadDocumentsInput', {
  description: 'Files to add to a flow.',
  fields: (t) => ({
    flowUuid: t.string({ required: true, description: "Atlas's `flow_uuid`." }),
    files: t.field({
      type: [FileInputRef],
      required: true,
      description: 'The files, 1 to 100; each documentId once.',
    }),
  }),
});

interface UploadDocumentsPayload {
  readonly flow: FlowNode | null;
  readonly documents: readonly DocumentNode[] | null;
  readonly userErrors: readonly UserError[];
}

const UploadDocumentsPayloadRef = builder
  .objectRef<UploadDocumentsPayload>('UploadDocumentsPayload')
  .implement({
    description: 'What Atlas took, or why nothing was sent.',
    fields: (t) => ({
      flow: t.expose('flow', {
        type: FlowRef,
        nullable: true,
        description: 'The flow; null when there are userErrors.',
      }),
      documents: t.field({
        type: [DocumentRef],
        nullable: true,
        description:
          'The documents of this call as Atlas took them; null when there are userErrors.',
        resolve: ({ documents }) => documents && [...documents],
      }),
      userErrors: t.expose('userErrors', {
        type: [UserErrorRef],
        description: 'What is wrong with the input; empty when Atlas took the files.',
      }),
    }),
  });

const unknown = {
  state: 'UNKNOWN',
  upload: 'UNKNOWN',
  processing: 'UNKNOWN',
  crossCheck: 'UNKNOWN',
} as const;

builder.mutationField('uploadDocuments', (t) =>
  t.field({
    type: UploadDocumentsPayloadRef,
    description:
      'Has Atlas fetch files and read them into a flow. Atlas finds out their types. Needs `flows:write`.',
    authScopes: { 'flows:write': true },
    args: {
      input: t.arg({ type: UploadDocumentsInputRef, required: true, description: 'What to read.' }),
    },
    resolve: async (_root, { input: { flowUuid, files } }, { operation }) => {
      const { atlas, tenant, register, flows, finished, callOptions } = operation;
      const check = createInputCheck();
      check.text(['flowUuid'], flowUuid);
      checkFiles(check, files);
      const refused = () => ({ flow: null, documents: null, userErrors: check.userErrors });
      if (check.userErrors.length > 0) return refused();
      // Also where the answer is lost: the files may have arrived.
      finished.reopen(tenant, flowUuid);
      const receipts = await atlas.uploadToFlow(tenant, flowUuid, files, callOptions);
      if (receipts === null) {
        check.add('NOT_FOUND', ['flowUuid'], 'There is no such flow.');
        return refused();
      }
      const receiptsById = toReceiptsById(files, receipts);
      register.recordUpload(tenant.id, flowUuid, {
        documentIds: files.map(({ documentId }) => documentId),
        receipts: receiptsById,
        at: operation.now(),
      });
      flows.reopen(tenant, flowUuid);
      flows.poke(tenant, flowUuid, 'POLL');
      const documents = files.map(
        ({ documentId }): DocumentNode => ({
          record: toPendingRecord(documentId, receiptsById.get(documentId)),
          owner: { kind: 'flow', uuid: flowUuid },
        }),
      );
      const flow = await loadFlowAfterWrite(operation, flowUuid, unknown);
      return { flow, documents, userErrors: [] };
    },
  }),
);

/** By the caller's id: the order of Atlas's answer is not documented (CONTRACT 4.2). */
function toReceiptsById(
  files: readonly FileToUpload[],
  receipts: readonly UploadReceipt[],
): ReadonlyMap<string, Receipt> {
  const [only] = receipts.length === 1 && files.length === 1 ? receipts : [];
  return new Map(
    files.flatMap(({ documentId }) => {
      const receipt = receipts.find((candidate) => candidate.document_id === documentId) ?? only;
      if (receipt === undefined) return [];
      return [[documentId, { fileUuid: receipt.file_uuid, batchId: receipt.batch_id }]];
    }),
  );
}
