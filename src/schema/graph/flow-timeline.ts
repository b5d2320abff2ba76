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
    CREATED: { description: 'It was opened through this gateway.' },
    UPLOADED: { description: 'Atlas took documents: `documentIds`.' },
    CHANGED: { description: 'Its status was seen to change: `state` and the stages.' },
    CALLED_BACK: { description: 'Atlas called to say that something happened.' },
    FAILED: { description: 'Something could not be done, or Atlas not be asked: `failure`.' },
    GRANTED: { description: 'A flow grant was issued for it.' },
  } as const,
});

const FlowEventRef = builder.objectRef<FlowEvent>('FlowEvent').implement({
  description: 'One thing that happened to a flow. Holds no values.',
  fields: (t) => ({
    kind: t.expose('kind', { type: FlowEventKindRef, description: 'The kind of the event.' }),
    at: t.field({
      type: 'DateTime',
      description: 'When it happened, or was seen here.',
      resolve: ({ at }) => new Date(at),
    }),
    source: t.field({
      type: FreshnessSourceRef,
      nullable: true,
      description: 'Of a change: how it was learned.',
      resolve: ({ source }) => (source === 'CALLBACK' || source === 'POLL' ? source : null),
    }),
    state: t.field({
      type: FlowStateRef,
      nullable: true,
      description: 'Of a change: the state from then on.',
      resolve: ({ status }) => status && toKnownStatus(status).state,
    }),
    upload: t.field({
      type: StageStateRef,
      nullable: true,
      description: 'Of a change: where fetching the files stood.',
      resolve: ({ status }) => status && toKnownStatus(status).upload,
    }),
    processing: t.field({
      type: StageStateRef,
      nullable: true,
      description: 'Of a change: where reading the documents stood.',
      resolve: ({ status }) => status && toKnownStatus(status).processing,
    }),
    crossCheck: t.field({
      type: StageStateRef,
      nullable: true,
      description: 'Of a change: where comparing the documents stood.',
      resolve: ({ status }) => status && toKnownStatus(status).crossCheck,
    }),
    documentIds: t.stringList({
      nullable: true,
      description: 'Of an upload: the ids of the documents.',
      resolve: ({ documentIds }) => documentIds && [...documentIds],
    }),
    failure: t.string({
      nullable: true,
      description: 'Of a failure: the `extensions.code` of the error, such as OUTCOME_UNKNOWN.',
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
      first: t.arg.int({ required: true, description: 'How many, 1 to 100.' }),
      after: t.arg.string({ description: 'The cursor to go on behind.' }),
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
