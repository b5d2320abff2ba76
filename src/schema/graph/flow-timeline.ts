import { toKnownStatus } from '../../live/flow-progress.ts';
import type { FlowEvent } from '../../store/event-log.ts';
import { builder } from '../builder.ts';
import { BadInputError } from '../operation/errors.ts';
import { FlowRef } from '../refs.ts';
import { requireWithin } from '../require.ts';
import { FlowStateRef, StageStateRef } from './flow-status.ts';
import { FreshnessSourceRef } from './freshness.ts';

const mostEvents = 100;

const FlowEventKindRef = builder.enumType('FlowEventKind', {
  description: 'The kind of an event in the timeline of a flow.',
  values: {
    CREATED: { description: 'The flow was opened through this gateway.' },
    UPLOADED: { description: 'Atlas accepted documents: `documentIds` holds their ids.' },
    CHANGED: {
      description:
        'The status changed: `state`, `upload`, `processing` and `crossCheck` hold the new one.',
    },
    CALLED_BACK: { description: 'Atlas called the callback address of the flow.' },
    FAILED: { description: 'A call for the flow failed: `failure` holds the error code.' },
    GRANTED: { description: 'A flow grant was issued for the flow.' },
  } as const,
});

const FlowEventRef = builder.objectRef<FlowEvent>('FlowEvent').implement({
  description: 'An event in the history of a flow. It holds no extracted values.',
  fields: (t) => ({
    kind: t.expose('kind', { type: FlowEventKindRef, description: 'The kind of the event.' }),
    at: t.field({
      type: 'DateTime',
      description: 'The time at which the event happened, or at which the gateway saw it.',
      resolve: ({ at }) => new Date(at),
    }),
    source: t.field({
      type: FreshnessSourceRef,
      nullable: true,
      description: 'How the gateway learned of the change; null unless the kind is CHANGED.',
      resolve: ({ source }) => (source === 'CALLBACK' || source === 'POLL' ? source : null),
    }),
    state: t.field({
      type: FlowStateRef,
      nullable: true,
      description: 'The state of the flow after the change; null unless the kind is CHANGED.',
      resolve: ({ status }) => status && toKnownStatus(status).state,
    }),
    upload: t.field({
      type: StageStateRef,
      nullable: true,
      description: 'The state of the stage that fetches files; null unless the kind is CHANGED.',
      resolve: ({ status }) => status && toKnownStatus(status).upload,
    }),
    processing: t.field({
      type: StageStateRef,
      nullable: true,
      description: 'The state of the stage that reads documents; null unless the kind is CHANGED.',
      resolve: ({ status }) => status && toKnownStatus(status).processing,
    }),
    crossCheck: t.field({
      type: StageStateRef,
      nullable: true,
      description:
        'The state of the stage that compares documents; null unless the kind is CHANGED.',
      resolve: ({ status }) => status && toKnownStatus(status).crossCheck,
    }),
    documentIds: t.stringList({
      nullable: true,
      description: 'The ids of the uploaded documents; null unless the kind is UPLOADED.',
      resolve: ({ documentIds }) => documentIds && [...documentIds],
    }),
    failure: t.string({
      nullable: true,
      description:
        'The `extensions.code` of the error, such as OUTCOME_UNKNOWN; null unless the kind is FAILED.',
      resolve: ({ failure }) => failure,
    }),
  }),
});

const FlowEventConnectionRef = builder.connectionObject(
  {
    type: FlowEventRef,
    name: 'FlowEventConnection',
    description: 'An event in the timeline of a flow.',
  },
  { name: 'FlowEventEdge', description: 'An event and its place in the timeline.' },
);

builder.objectField(FlowRef, 'timeline', (t) =>
  t.field({
    type: FlowEventConnectionRef,
    nullable: true,
    description:
      'The events of the flow as this gateway saw them, in order, as far as the event log reaches back (`EVENT_RETENTION_DAYS`); null when it was neither opened nor given files here. Of events that a caller can repeat, such as grants, the first thousand are kept. Needs `flows:read`.',
    authScopes: { 'flows:read': true },
    args: {
      first: t.arg.int({ required: true, description: 'The page size, 1 to 100.' }),
      after: t.arg.string({
        description: 'A cursor: the page begins after it. The first page if it is left out.',
      }),
    },
    resolve: async ({ uuid }, { first, after }, { operation }) => {
      requireWithin('first', first, 1, mostEvents);
      const query = { first, after: after == null ? 0 : fromCursor(after) };
      const page = await operation.register.timeline(operation.tenant.id, uuid, query);
      if (page === null) return null;
      const edges = page.entries.map((event) => ({ node: event, cursor: toCursor(event.number) }));
      return {
        edges,
        pageInfo: {
          hasNextPage: page.hasNext,
          hasPreviousPage: after != null,
          startCursor: edges[0]?.cursor ?? null,
          endCursor: edges.at(-1)?.cursor ?? null,
        },
      };
    },
  }),
);

function toCursor(number: number): string {
  return Buffer.from(`event ${number}`).toString('base64url');
}

function fromCursor(cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const number = /^event (\d{1,15})$/.exec(text)?.[1];
  if (number === undefined) throw new BadInputError('after: this is not a cursor of this list.');
  return Number(number);
}
