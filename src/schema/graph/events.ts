import { toKnownStatus } from '../../live/flow-progress.ts';
import { toEventId } from '../../store/event-id.ts';
import type { EventKind, LoggedEvent } from '../../store/event-log.ts';
import type { FlowEntry } from '../../store/store.ts';
import { builder } from '../builder.ts';
import { batchOfKey } from '../operation/context.ts';
import { BatchRef, EventRef, FlowRef } from '../refs.ts';
import { toEventCursor } from './event-cursor.ts';
import { FlowStateRef, StageStateRef } from './flow-status.ts';
import { FreshnessSourceRef } from './freshness.ts';

/** The builder's reference of the GraphQL enum `EventKind`. */
export const EventKindRef = builder.enumType('EventKind', {
  description: 'The kind of an event. Each has a type of its own.',
  values: {
    FLOW_OPENED: { description: 'A flow was opened through this gateway.' },
    DOCUMENTS_SUBMITTED: { description: 'Atlas took documents for a flow or a batch.' },
    FLOW_STATUS_CHANGED: { description: 'The status of a flow was seen to change.' },
    DOCUMENT_EXTRACTED: { description: 'A document of a flow was read.' },
    DOCUMENT_FAILED: { description: 'A document of a flow could not be read.' },
    FLOW_ENDED: { description: 'A flow reached a terminal state.' },
    BATCH_PROGRESSED: { description: 'More documents of a batch have a result.' },
    BATCH_ENDED: { description: 'Every submitted document of a batch has a result.' },
    CALLBACK_RECEIVED: { description: 'Atlas called the gateway for a flow.' },
    GRANT_ISSUED: { description: 'A flow grant was issued.' },
    GRANTS_REVOKED: { description: 'The grants of a flow were revoked.' },
  } as const,
});

/** The name of the type of each kind; null where the schema does not show it. */
export const eventTypes: Readonly<Record<EventKind, string | null>> = {
  FLOW_OPENED: 'FlowOpened',
  DOCUMENTS_SUBMITTED: 'DocumentsSubmitted',
  FLOW_STATUS_CHANGED: 'FlowStatusChanged',
  DOCUMENT_EXTRACTED: 'DocumentExtracted',
  DOCUMENT_FAILED: 'DocumentFailed',
  FLOW_ENDED: 'FlowEnded',
  BATCH_PROGRESSED: 'BatchProgressed',
  BATCH_ENDED: 'BatchEnded',
  CALLBACK_RECEIVED: 'CallbackReceived',
  GRANT_ISSUED: 'GrantIssued',
  GRANTS_REVOKED: 'GrantsRevoked',
  FOLLOWING_GIVEN_UP: null,
  WEBHOOK_PAUSED: null,
};

/** The kinds that the schema shows. */
export const shownKinds = (Object.keys(eventTypes) as EventKind[]).filter(
  (kind): kind is typeof EventKindRef.$inferType => eventTypes[kind] !== null,
);

EventRef.implement({
  description:
    'An event of the tenant. It holds ids, kinds, states, versions and times, and no value of a document: the rest is asked for through `flow` and `batch`, with their own scopes.',
  resolveType: ({ kind }) => (kind === 'CALL_FAILED' ? undefined : (eventTypes[kind] ?? undefined)),
  fields: (t) => ({
    id: t.id({
      description:
        'The id of the event: the same in queries and subscriptions, however often it is read.',
      resolve: ({ number }, _args, { operation }) => toEventId(operation.tenant.id, number),
    }),
    at: t.field({
      type: 'DateTime',
      description: 'When it happened, or was seen by this gateway.',
      resolve: ({ at }) => new Date(at),
    }),
    cursor: t.string({
      description: 'The place of the event in the log. Give it as `after` to go on behind it.',
      resolve: ({ number }) => toEventCursor(number),
    }),
    kind: t.field({
      type: EventKindRef,
      description: 'The kind of the event.',
      resolve: ({ kind }) => toShownKind(kind),
    }),
    flow: t.field({
      type: FlowRef,
      nullable: true,
      description:
        'The flow that the event is about, as it is now; null for an event of a batch. Needs `flows:read`.',
      authScopes: { 'flows:read': true },
      resolve: async ({ flowUuid, at }, _args, { operation }) => {
        if (flowUuid === null) return null;
        const entry = await operation.register.flow(operation.tenant.id, flowUuid);
        return { uuid: flowUuid, snapshot: null, entry: entry ?? toUnknown(flowUuid, at) };
      },
    }),
    batch: t.field({
      type: BatchRef,
      nullable: true,
      description:
        'The batch that the event is about, as it is now; null for an event of a flow. Needs `batches:read`.',
      authScopes: { 'batches:read': true },
      resolve: ({ batchKey }) => (batchKey === null ? null : batchOfKey(batchKey)),
    }),
  }),
});

function toShownKind(kind: LoggedEvent['kind']): typeof EventKindRef.$inferType {
  const shown = shownKinds.find((each) => each === kind);
  if (shown === undefined) throw new Error('an event of a kind that the schema does not show');
  return shown;
}

/** A flow that was opened elsewhere, or that the register has forgotten. */
function toUnknown(uuid: string, createdAt: number): FlowEntry {
  return {
    uuid,
    applicationId: null,
    productType: null,
    isCalledBack: false,
    createdAt,
    uploadedAt: null,
    state: 'UNKNOWN',
    last: null,
  };
}

/** Makes the type of a kind of event that has no fields of its own. */
function plain(name: string, description: string) {
  return builder.objectRef<LoggedEvent>(name).implement({ interfaces: [EventRef], description });
}

/** The builder's reference of the GraphQL type `FlowOpened`. */
export const FlowOpenedRef = plain('FlowOpened', 'A flow was opened through this gateway.');
/** The builder's reference of the GraphQL type `CallbackReceived`. */
export const CallbackReceivedRef = plain(
  'CallbackReceived',
  'Atlas called the gateway for a flow. The call is a hint: the state that it led to is an event of its own.',
);
/** The builder's reference of the GraphQL type `GrantIssued`. */
export const GrantIssuedRef = plain('GrantIssued', 'A flow grant was issued.');

/** The builder's reference of the GraphQL type `DocumentsSubmitted`. */
export const DocumentsSubmittedRef = builder
  .objectRef<LoggedEvent>('DocumentsSubmitted')
  .implement({
    interfaces: [EventRef],
    description: 'Atlas took documents for a flow or a batch.',
    fields: (t) => ({
      documentIds: t.stringList({
        description: "The caller's ids of the documents.",
        resolve: ({ detail }) => [...(detail.documentIds ?? [])],
      }),
    }),
  });

/** The builder's reference of the GraphQL type `FlowStatusChanged`. */
export const FlowStatusChangedRef = builder.objectRef<LoggedEvent>('FlowStatusChanged').implement({
  interfaces: [EventRef],
  description: 'The status of a flow was seen to change. Holds the status from then on.',
  fields: (t) => ({
    state: t.field({
      type: FlowStateRef,
      description: "Atlas's `master_status`.",
      resolve: (event) => statusOf(event).state,
    }),
    upload: t.field({
      type: StageStateRef,
      description: 'The state of fetching the files.',
      resolve: (event) => statusOf(event).upload,
    }),
    processing: t.field({
      type: StageStateRef,
      description: 'The state of reading the documents.',
      resolve: (event) => statusOf(event).processing,
    }),
    crossCheck: t.field({
      type: StageStateRef,
      description: 'The state of comparing the documents.',
      resolve: (event) => statusOf(event).crossCheck,
    }),
    version: t.int({
      description: 'The version of the status, as `FlowStatus.version` counts.',
      resolve: versionOf,
    }),
    source: t.field({
      type: FreshnessSourceRef,
      nullable: true,
      description: 'How the gateway learned of the change; null where that is not known.',
      resolve: ({ detail: { source } }) =>
        source === 'CALLBACK' || source === 'POLL' ? source : null,
    }),
  }),
});

/** The builder's reference of the GraphQL type `FlowEnded`. */
export const FlowEndedRef = builder.objectRef<LoggedEvent>('FlowEnded').implement({
  interfaces: [EventRef],
  description:
    'A flow reached a terminal state. A flow that is given more files afterwards goes on, and ends once more. Events of its documents can follow.',
  fields: (t) => ({
    state: t.field({
      type: FlowStateRef,
      description: "Atlas's `master_status`: SUCCESS or FAILED.",
      resolve: (event) => statusOf(event).state,
    }),
    version: t.int({
      description: 'The version of the status, as `FlowStatus.version` counts.',
      resolve: versionOf,
    }),
  }),
});

function withDocument(name: string, description: string) {
  return builder.objectRef<LoggedEvent>(name).implement({
    interfaces: [EventRef],
    description,
    fields: (t) => ({
      documentId: t.string({
        description: "The caller's id of the document.",
        resolve: ({ detail }) => detail.documentId ?? '',
      }),
    }),
  });
}

/** The builder's reference of the GraphQL type `DocumentExtracted`. */
export const DocumentExtractedRef = withDocument(
  'DocumentExtracted',
  'A document of a flow was read. Told once for each attempt of the document.',
);
/** The builder's reference of the GraphQL type `DocumentFailed`. */
export const DocumentFailedRef = withDocument(
  'DocumentFailed',
  'A document of a flow could not be read. Told once for each attempt of the document.',
);

function withCounts(name: string, description: string) {
  return builder.objectRef<LoggedEvent>(name).implement({
    interfaces: [EventRef],
    description,
    fields: (t) => ({
      arrived: t.int({
        description: 'How many documents have a result, good or bad.',
        resolve: ({ detail }) => detail.counts?.arrived ?? 0,
      }),
      failed: t.int({
        description: 'How many of those could not be read.',
        resolve: ({ detail }) => detail.counts?.failed ?? 0,
      }),
      missing: t.int({
        description: 'How many of the submitted documents have no result.',
        resolve: ({ detail }) => detail.counts?.missing ?? 0,
      }),
      version: t.int({
        description: 'The version of the counts, which grows with each change.',
        resolve: versionOf,
      }),
    }),
  });
}

/** The builder's reference of the GraphQL type `BatchProgressed`. */
export const BatchProgressedRef = withCounts(
  'BatchProgressed',
  'More documents of a batch have a result.',
);
/** The builder's reference of the GraphQL type `BatchEnded`. */
export const BatchEndedRef = withCounts(
  'BatchEnded',
  'Every submitted document of a batch has a result.',
);

/** The builder's reference of the GraphQL type `GrantsRevoked`. */
export const GrantsRevokedRef = builder.objectRef<LoggedEvent>('GrantsRevoked').implement({
  interfaces: [EventRef],
  description: 'The grants of a flow were revoked.',
  fields: (t) => ({
    revokedBefore: t.field({
      type: 'DateTime',
      description: 'Grants that were issued before this moment are revoked.',
      resolve: ({ at, detail }) => new Date(detail.revokedBefore ?? at),
    }),
  }),
});

const unknownStatus = { state: '', upload: '', processing: '', crossCheck: '' };

function statusOf({ detail }: LoggedEvent) {
  return toKnownStatus(detail.status ?? unknownStatus);
}

function versionOf({ detail }: LoggedEvent): number {
  return detail.version ?? 0;
}
