import { needsForFlow } from '../access.ts';
import { builder } from '../builder.ts';
import { batchKey } from '../operation/context.ts';
import { BatchRef, BatchServiceRef, FlowRef } from '../refs.ts';
import { selectsAny, selectsAnyBelow } from '../selects.ts';

const documentFields: ReadonlySet<string> = new Set(['documents', 'document']);
/** Fields of a status that change on the way to the end, of which Atlas's callback does not tell. */
const stageFields: ReadonlySet<string> = new Set(['upload', 'processing', 'crossCheck']);

builder.subscriptionFields((t) => ({
  flowUpdated: t.field({
    type: FlowRef,
    description:
      'The flow as it is now, then an event for each change of the selected fields of its status. If documents are selected, also an event when more of them have a result, at most one a second. It ends once the flow is terminal. No event repeats the one before it. A slow reader skips intermediate states and gets the newest. Ends with the error NOT_FOUND when there is no such flow. Needs `flows:read`, or a grant for the flow.',
    authScopes: (_root, { uuid }, { operation }) => needsForFlow(operation.principal, uuid),
    args: {
      uuid: t.arg.string({ required: true, description: "Atlas's `flow_uuid`." }),
      after: t.arg.int({
        description:
          'The `status.version` seen last: no event is sent until a newer version is known. For clients that reconnect. If it is newer than any version known here, the current state is sent.',
      }),
    },
    subscribe: (_root, { uuid, after }, { operation }, info) =>
      operation.flows.watch(operation.tenant, uuid, {
        after: operation.resumeAfter ?? after ?? undefined,
        isDetailed: selectsAny(info, documentFields),
        wantsEveryChange: selectsAnyBelow(info, 'status', stageFields),
      }),
    resolve: (snapshot, { uuid }, { operation }) => {
      operation.beginEvent(snapshot.version);
      const flow = { uuid, snapshot };
      operation.loaders.flow.prime(uuid, flow);
      return flow;
    },
  }),
  batchUpdated: t.field({
    type: BatchRef,
    description:
      'The batch as it is now, then an event whenever more documents have arrived. It ends once every document that was submitted through this gateway has a result. For a batch that was submitted elsewhere, or that never completes, it ends after 30 minutes. Ends with the error NOT_FOUND when there is no such batch. Needs `batches:read`.',
    authScopes: { 'batches:read': true },
    args: {
      batchId: t.arg.string({ required: true, description: "Atlas's `batch_id`." }),
      service: t.arg({
        type: BatchServiceRef,
        required: true,
        defaultValue: 'BULK',
        description: 'The service that the batch was submitted to.',
      }),
      after: t.arg.int({
        description:
          'The version seen last, which is the `id` of the event over SSE: no event is sent until a newer version is known. For clients that reconnect. If it is newer than any version known here, the current state is sent.',
      }),
    },
    subscribe: (_root, { batchId, service, after }, { operation }) =>
      operation.batches.watch(operation.tenant, batchKey(service, batchId), {
        after: operation.resumeAfter ?? after ?? undefined,
      }),
    resolve: (snapshot, { batchId, service }, { operation }) => {
      operation.beginEvent(snapshot.version);
      return { batchId, service, progress: snapshot.state };
    },
  }),
}));
