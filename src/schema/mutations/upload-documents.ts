import { randomUUID } from 'node:crypto';
import type { FileToUpload } from '../../atlas/atlas.ts';
import { underWay } from '../../live/flow-progress.ts';
import { builder } from '../builder.ts';
import { toPendingRecord } from '../graph/attempts.ts';
import type { Operation } from '../operation/context.ts';
import { toErrorCode } from '../operation/errors.ts';
import type { FoundFlow } from '../operation/loaders.ts';
import { type DocumentNode, DocumentRef, FlowRef, type UserError, UserErrorRef } from '../refs.ts';
import { createInputCheck } from '../user-error.ts';
import { checkFiles, FileInputRef } from './file-input.ts';
import { loadFlowAfterWrite } from './flow-after-write.ts';
import { checkIdempotencyKey, doOnce, idempotencyKeyDescription } from './idempotency.ts';
import { learnUpload } from './lost-upload.ts';
import { addRefusedFiles, toTakenIds, toUploadResult, type UploadResult } from './upload-result.ts';

const UploadDocumentsInputRef = builder.inputType('UploadDocumentsInput', {
  description: 'Files to add to a flow.',
  fields: (t) => ({
    flowUuid: t.string({ required: true, description: "Atlas's `flow_uuid`." }),
    files: t.field({
      type: [FileInputRef],
      required: true,
      description: 'The files, 1 to 100; each documentId once.',
    }),
    idempotencyKey: t.string({ description: idempotencyKeyDescription }),
  }),
});

interface UploadDocumentsPayload {
  readonly flow: FoundFlow | null;
  readonly documents: readonly DocumentNode[] | null;
  readonly userErrors: readonly UserError[];
}

const UploadDocumentsPayloadRef = builder
  .objectRef<UploadDocumentsPayload>('UploadDocumentsPayload')
  .implement({
    description: 'The result of `uploadDocuments`.',
    fields: (t) => ({
      flow: t.expose('flow', {
        type: FlowRef,
        nullable: true,
        description: 'The flow; null when nothing was sent.',
      }),
      documents: t.field({
        type: [DocumentRef],
        nullable: true,
        description: 'The documents of this call that Atlas accepted; null when nothing was sent.',
        resolve: ({ documents }) => documents && [...documents],
      }),
      userErrors: t.expose('userErrors', {
        type: [UserErrorRef],
        description:
          'The errors in the input; empty when Atlas accepted all files. If Atlas accepted only some files, each of the others has an error FILE_REFUSED.',
      }),
    }),
  });

const lost = "Atlas's answer was lost: the documents may or may not have arrived.";
const advice = {
  withKey: `${lost} Repeat this with the same idempotencyKey: the gateway looks whether they did, and sends nothing twice.`,
  withoutKey: `${lost} Look at the documents of the flow before you repeat this.`,
};

builder.mutationField('uploadDocuments', (t) =>
  t.field({
    type: UploadDocumentsPayloadRef,
    nullable: true,
    description:
      'Has Atlas fetch files and read them into a flow. Atlas finds out their types. A documentId that the flow has already is a further attempt of that document. Needs `flows:write`.',
    authScopes: { 'flows:write': true },
    args: {
      input: t.arg({
        type: UploadDocumentsInputRef,
        required: true,
        description: 'The flow and the files to add to it.',
      }),
    },
    resolve: async (_root, { input }, { operation }) => {
      const { flowUuid, files } = input;
      const check = createInputCheck();
      check.text(['flowUuid'], flowUuid);
      checkIdempotencyKey(check, { input });
      checkFiles(check, files, operation);
      const refused = () => ({ flow: null, documents: null, userErrors: check.userErrors });
      if (check.userErrors.length > 0) return refused();
      // Also where the answer is lost: the files may have arrived.
      operation.finished.reopen(operation.tenant, flowUuid);
      const ids = files.map(({ documentId }) => documentId);
      const uploaded = await doOnce(operation, check, {
        field: 'uploadDocuments',
        service: 'FLOWS',
        input,
        reference: randomUUID(),
        attempt: () => upload(operation, flowUuid, files),
        reconcile: ({ at }) => learnUpload(operation, flowUuid, ids, at),
        advice,
      });
      if (uploaded === null) {
        if (check.userErrors.length === 0) {
          check.add('NOT_FOUND', ['flowUuid'], 'There is no such flow.');
        }
        return refused();
      }
      const { receipts, refusedIds } = uploaded;
      addRefusedFiles(check, files, refusedIds);
      const registered = await operation.register.flow(operation.tenant.id, flowUuid);
      const documents = toTakenIds(files, refusedIds).map(
        (documentId): DocumentNode => ({
          record: toPendingRecord(documentId),
          owner: { kind: 'flow', uuid: flowUuid },
          receipt: receipts[documentId],
          attempt: 1 + (registered?.earlierReceipts.get(documentId)?.length ?? 0),
        }),
      );
      const flow = await loadFlowAfterWrite(operation, flowUuid, underWay);
      return { flow, documents, userErrors: check.userErrors };
    },
  }),
);

/** Asks Atlas, and writes down what it took. Null: there is no such flow. */
async function upload(
  operation: Operation,
  flowUuid: string,
  files: readonly FileToUpload[],
): Promise<UploadResult | null> {
  const { atlas, tenant, register, flows, callOptions } = operation;
  const answer = await atlas
    .uploadToFlow(tenant, flowUuid, files, callOptions)
    .catch(async (error: unknown) => {
      const failure = toErrorCode(error);
      // The files may have arrived: an end that is known is from before them.
      const isLost = failure === 'OUTCOME_UNKNOWN' || failure === 'ATLAS_CONTRACT_BROKEN';
      if (isLost) flows.reopen(tenant, flowUuid);
      await register.recordFailure(tenant.id, flowUuid, { failure, at: operation.now() });
      throw error;
    });
  if (answer === null) return null;
  const { receipts, refusedIds } = toUploadResult(files, answer);
  await register.recordUpload(tenant.id, flowUuid, {
    documentIds: toTakenIds(files, refusedIds),
    receipts: new Map(Object.entries(receipts)),
    at: operation.now(),
  });
  flows.reopen(tenant, flowUuid);
  flows.poke(tenant, flowUuid, 'POLL');
  return { receipts, refusedIds };
}
