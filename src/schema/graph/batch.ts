import { builder } from '../builder.ts';
import { BatchProgressRef, BatchRef, BatchServiceRef, DocumentRef } from '../refs.ts';
import { requireText, requireWithin } from '../require.ts';
import {
  loadBatchDocuments,
  loadBatchPage,
  loadBatchProgress,
  loadSubmittedIds,
} from './batch-pages.ts';

const mostDocuments = 500;

const BatchDocumentConnection = builder.connectionObject(
  {
    type: DocumentRef,
    name: 'BatchDocumentConnection',
    description: 'Documents of a batch, in the order of Atlas’s pages.',
  },
  { name: 'BatchDocumentEdge', description: 'A document and its place in the batch.' },
);

BatchProgressRef.implement({
  description: 'The progress of a batch that was submitted through this gateway.',
  fields: (t) => ({
    submitted: t.exposeInt('submitted', {
      description: 'The number of documents that were submitted.',
    }),
    arrived: t.exposeInt('arrived', {
      description:
        "The number of documents in Atlas's answer that have a result, whether extracted or failed.",
    }),
    failed: t.exposeInt('failed', {
      description: 'The number of documents among them that could not be read.',
    }),
    missing: t.exposeInt('missing', {
      description: 'The number of submitted documents that have no result yet.',
    }),
    isComplete: t.boolean({
      description: 'Whether every submitted document has a result.',
      resolve: (progress) => progress.missing === 0,
    }),
  }),
});

builder.node(BatchRef, {
  description: 'Documents submitted together outside any flow.',
  id: {
    description: 'The global id, by which `node` finds the batch again.',
    resolve: ({ service, batchId }) => `${service}/${batchId}`,
  },
  loadWithoutCache: async (id, { operation }) => {
    const [service, ...rest] = id.split('/');
    const batchId = rest.join('/');
    if ((service !== 'BULK' && service !== 'SANDBOX') || !batchId) return null;
    const batch = { service, batchId } as const;
    return (await loadBatchPage(operation, batch, 1)) && batch;
  },
  fields: (t) => ({
    batchId: t.exposeString('batchId', { description: "Atlas's `batch_id`, an opaque text." }),
    service: t.expose('service', {
      type: BatchServiceRef,
      description: 'The service that the batch was submitted to.',
    }),
    totalKnown: t.int({
      nullable: true,
      description:
        'Atlas’s `total_items`: with BULK the documents of the batch, with SANDBOX those extracted so far. Not a sign of completion. Needs `batches:read`.',
      authScopes: { 'batches:read': true },
      resolve: async (batch, _args, { operation }) =>
        batch.progress
          ? batch.progress.totalKnown
          : (await loadBatchPage(operation, batch, 1))?.totalItems,
    }),
    progress: t.field({
      type: BatchProgressRef,
      nullable: true,
      description:
        'The progress of the batch; null when it was not submitted through this gateway. Needs `batches:read`.',
      authScopes: { 'batches:read': true },
      resolve: async (batch, _args, { operation }) => {
        if ((await loadSubmittedIds(operation, batch)) === undefined) return null;
        const progress = batch.progress ?? (await loadBatchProgress(operation, batch));
        if (progress === null || progress.submitted === null || progress.missing === null)
          return null;
        return { ...progress, submitted: progress.submitted, missing: progress.missing };
      },
    }),
    documents: t.field({
      type: BatchDocumentConnection,
      nullable: true,
      description:
        'The documents Atlas has a result for, in pages of any size up to 500. Needs `batches:read`.',
      authScopes: { 'batches:read': true },
      args: {
        first: t.arg.int({ required: true, description: 'The page size, 1 to 500.' }),
        after: t.arg.string({
          description: 'A cursor: the page begins after it. The first page if it is left out.',
        }),
      },
      resolve: async ({ service, batchId }, { first, after }, { operation }) => {
        requireWithin('first', first, 1, mostDocuments);
        const batch = { service, batchId };
        const { placed, hasNext } = await loadBatchDocuments(
          operation,
          batch,
          first,
          after ?? null,
        );
        return {
          edges: placed.map(({ document, cursor }) => ({ node: document, cursor })),
          pageInfo: {
            hasNextPage: hasNext,
            hasPreviousPage: after != null,
            startCursor: placed[0]?.cursor ?? null,
            endCursor: placed.at(-1)?.cursor ?? null,
          },
        };
      },
    }),
  }),
});

builder.queryField('batch', (t) =>
  t.field({
    type: BatchRef,
    nullable: true,
    description: 'A batch; null when Atlas has no such batch. Needs `batches:read`.',
    authScopes: { 'batches:read': true },
    args: {
      batchId: t.arg.string({ required: true, description: "Atlas's `batch_id`." }),
      service: t.arg({
        type: BatchServiceRef,
        required: true,
        defaultValue: 'BULK',
        description: 'The service that the batch was submitted to.',
      }),
    },
    resolve: async (_root, { batchId, service }, { operation }) => {
      requireText('batchId', batchId);
      const page = await loadBatchPage(operation, { service, batchId }, 1);
      return page && { service, batchId };
    },
  }),
);
