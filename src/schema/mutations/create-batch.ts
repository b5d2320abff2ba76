import { randomUUID } from 'node:crypto';
import { builder } from '../builder.ts';
import { batchKey } from '../operation/context.ts';
import {
  type BatchNode,
  BatchRef,
  BatchServiceRef,
  type UserError,
  UserErrorRef,
} from '../refs.ts';
import { createInputCheck } from '../user-error.ts';
import { checkFiles, FileInputRef } from './file-input.ts';
import { checkIdempotencyKey, doOnce, idempotencyKeyDescription } from './idempotency.ts';
import { addRefusedFiles, toTakenIds, toUploadResult } from './upload-result.ts';

const CreateBatchInputRef = builder.inputType('CreateBatchInput', {
  description: 'The input of `createBatch`.',
  fields: (t) => ({
    service: t.field({
      type: BatchServiceRef,
      required: true,
      defaultValue: 'BULK',
      description: 'The service that reads the files.',
    }),
    productType: t.string({
      description:
        'The product type, as issued by Atlas: it decides how Atlas classifies and reads the documents. By default the one that the gateway is configured with.',
    }),
    files: t.field({
      type: [FileInputRef],
      required: true,
      description: 'The files, 1 to 100; each documentId once.',
    }),
    idempotencyKey: t.string({ description: idempotencyKeyDescription }),
  }),
});

const lost = "Atlas's answer was lost: the batch may or may not have been submitted.";
const advice = {
  withKey: `${lost} Nothing more is sent to Atlas under this idempotencyKey, and a batch whose id is lost can't be read. Use a new key to submit the files again.`,
  withoutKey: `${lost} A batch whose id is lost can't be read: submit the files again if reading them twice does no harm.`,
};

const CreateBatchPayloadRef = builder
  .objectRef<{ batch: BatchNode | null; userErrors: readonly UserError[] }>('CreateBatchPayload')
  .implement({
    description: 'The result of `createBatch`.',
    fields: (t) => ({
      batch: t.expose('batch', {
        type: BatchRef,
        nullable: true,
        description: 'The batch; null when Atlas was not called because of the userErrors.',
      }),
      userErrors: t.expose('userErrors', {
        type: [UserErrorRef],
        description:
          'The errors in the input; empty when Atlas accepted all files. If Atlas accepted only some files, each of the others has an error FILE_REFUSED.',
      }),
    }),
  });

builder.mutationField('createBatch', (t) =>
  t.field({
    type: CreateBatchPayloadRef,
    nullable: true,
    description: 'Has Atlas fetch and read files outside any flow. Needs `batches:write`.',
    authScopes: { 'batches:write': true },
    args: {
      input: t.arg({
        type: CreateBatchInputRef,
        required: true,
        description: 'The batch to submit.',
      }),
    },
    resolve: async (_root, { input }, { operation }) => {
      const { atlas, tenant, register, callOptions } = operation;
      const { service, files } = input;
      const productType = input.productType ?? tenant.productType;
      const check = createInputCheck();
      check.text(['productType'], productType);
      checkIdempotencyKey(check, { input });
      checkFiles(check, files, operation);
      if (check.userErrors.length > 0 || productType === undefined) {
        return { batch: null, userErrors: check.userErrors };
      }
      const submitted = await doOnce(operation, check, {
        field: 'createBatch',
        service,
        input,
        reference: randomUUID(),
        attempt: async () => {
          const upload = { service, productType, files };
          const { batchId, receipts } = await atlas.uploadBatch(tenant, upload, callOptions);
          const { refusedIds } = toUploadResult(files, receipts);
          await register.recordBatch(tenant.id, batchKey(service, batchId), {
            submittedDocumentIds: toTakenIds(files, refusedIds),
            at: operation.now(),
          });
          return { batchId, refusedIds };
        },
        reconcile: async () => 'unknown',
        advice,
      });
      if (submitted === null) return { batch: null, userErrors: check.userErrors };
      addRefusedFiles(check, files, submitted.refusedIds);
      return { batch: { service, batchId: submitted.batchId }, userErrors: check.userErrors };
    },
  }),
);
