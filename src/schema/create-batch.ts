import { builder } from './builder.ts';
import { batchKey } from './context.ts';
import { checkFiles, FileInputRef } from './file-input.ts';
import { type BatchNode, BatchRef, BatchServiceRef, type UserError, UserErrorRef } from './refs.ts';
import { createInputCheck } from './user-error.ts';

const CreateBatchInputRef = builder.inputType('CreateBatchInput', {
  description: 'Files to read outside any flow.',
  fields: (t) => ({
    service: t.field({
      type: BatchServiceRef,
      required: true,
      defaultValue: 'BULK',
      description: 'Which service reads them.',
    }),
    productType: t.string({
      description:
        'Decides how Atlas tells and reads the documents; issued by Atlas. By default the one this gateway is configured with.',
    }),
    files: t.field({
      type: [FileInputRef],
      required: true,
      description: 'The files, 1 to 100; each documentId once.',
    }),
  }),
});

const CreateBatchPayloadRef = builder
  .objectRef<{ batch: BatchNode | null; userErrors: readonly UserError[] }>('CreateBatchPayload')
  .implement({
    description: 'A batch that was submitted, or why not.',
    fields: (t) => ({
      batch: t.expose('batch', {
        type: BatchRef,
        nullable: true,
        description: 'The batch; null when there are userErrors.',
      }),
      userErrors: t.expose('userErrors', {
        type: [UserErrorRef],
        description: 'What is wrong with the input; empty when the batch was submitted.',
      }),
    }),
  });

builder.mutationField('createBatch', (t) =>
  t.field({
    type: CreateBatchPayloadRef,
    description: 'Has Atlas fetch and read files outside any flow. Needs `batches:write`.',
    authScopes: { 'batches:write': true },
    args: {
      input: t.arg({ type: CreateBatchInputRef, required: true, description: 'What to read.' }),
    },
    resolve: async (_root, { input }, { operation }) => {
      const { atlas, tenant, register, callOptions } = operation;
      const { service, files } = input;
      const productType = input.productType ?? tenant.productType;
      const check = createInputCheck();
      check.text(['productType'], productType);
      checkFiles(check, files);
      if (check.userErrors.length > 0 || productType === undefined) {
        return { batch: null, userErrors: check.userErrors };
      }
      const batchId = await atlas.uploadBatch(tenant, { service, productType, files }, callOptions);
      register.recordBatch(tenant.id, batchKey(service, batchId), {
        submittedDocumentIds: files.map(({ documentId }) => documentId),
      });
      return { batch: { service, batchId }, userErrors: [] };
    },
  }),
);
