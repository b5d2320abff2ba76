import type { FeedMessage } from '../../live/event-feed.ts';
import type { LoggedEvent } from '../../store/event-log.ts';
import { builder } from '../builder.ts';
import { fromEventCursor, toEventCursor } from './event-cursor.ts';
import { requireKinds } from './event-log.ts';
import {
  BatchEndedRef,
  BatchProgressedRef,
  CallbackReceivedRef,
  DocumentExtractedRef,
  DocumentFailedRef,
  DocumentsSubmittedRef,
  EventKindRef,
  eventTypes,
  FlowEndedRef,
  FlowOpenedRef,
  FlowStatusChangedRef,
  GrantIssuedRef,
  GrantsRevokedRef,
  shownKinds,
} from './events.ts';

/** That the log does not reach back to what a reader would read next. */
interface Unavailable {
  readonly oldest: number | null;
}

const EventsUnavailableRef = builder.objectRef<Unavailable>('EventsUnavailable').implement({
  description:
    'The event log does not reach back to what this subscription would tell next: events in between are lost to it. It goes on with the oldest event that is kept. Ask the graph for the flows that were missed.',
  fields: (t) => ({
    oldestCursor: t.string({
      nullable: true,
      description: 'The cursor of the oldest event that is kept; null for an empty log.',
      resolve: ({ oldest }) => (oldest === null ? null : toEventCursor(oldest)),
    }),
  }),
});

const EventMessageRef = builder.unionType('EventMessage', {
  description:
    'A message of the `events` subscription: an event, or a notice that events are lost.',
  types: [
    FlowOpenedRef,
    DocumentsSubmittedRef,
    FlowStatusChangedRef,
    DocumentExtractedRef,
    DocumentFailedRef,
    FlowEndedRef,
    BatchProgressedRef,
    BatchEndedRef,
    CallbackReceivedRef,
    GrantIssuedRef,
    GrantsRevokedRef,
    EventsUnavailableRef,
  ],
  resolveType: (message: LoggedEvent | Unavailable) => {
    if (!('kind' in message)) return 'EventsUnavailable';
    return message.kind === 'CALL_FAILED' ? undefined : eventTypes[message.kind];
  },
});

builder.subscriptionField('events', (t) =>
  t.field({
    type: EventMessageRef,
    description:
      'Every event of the tenant behind `after`, in the order of the log and without a gap, then each new one; it never ends by itself. A reader takes events at its own pace. Where the log does not reach back to what it would read next, it is told so by EventsUnavailable. Over SSE the `id` of a message stands for its cursor. Needs `events:read`.',
    authScopes: { 'events:read': true },
    extensions: { isLossless: true },
    args: {
      after: t.arg.string({
        description:
          'The cursor of the event that was read last. By default the subscription begins with the next event.',
      }),
      kinds: t.arg({ type: [EventKindRef], description: 'Events of these kinds; all by default.' }),
    },
    subscribe: (_root, { after, kinds }, { operation }) => {
      if (kinds != null) requireKinds('kinds', kinds);
      const given = after == null ? undefined : fromEventCursor(after);
      return operation.eventFeed.read(operation.tenant.id, {
        after: operation.resumeAfter ?? given,
        kinds: kinds ?? shownKinds,
      });
    },
    resolve: (message: FeedMessage, _args, { operation }) => {
      const isEvent = message.event !== null;
      operation.beginEvent(isEvent ? message.event.number : message.readTo);
      return isEvent ? message.event : { oldest: message.oldest };
    },
  }),
);
