import { type LoggedEvent, mostTenantEvents } from '../../store/event-log.ts';
import { builder } from '../builder.ts';
import type { Operation } from '../operation/context.ts';
import { BadInputError } from '../operation/errors.ts';
import { EventRef } from '../refs.ts';
import { requireText, requireWithin } from '../require.ts';
import { fromEventCursor, toEventCursor } from './event-cursor.ts';
import { EventKindRef, shownKinds } from './events.ts';

const mostEvents = 100;
/** How many parts of the log are looked at for one page of rare events. */
const mostReads = 10;

/** The builder's reference of the GraphQL input type `EventFilter`. */
export const EventFilterRef = builder.inputType('EventFilter', {
  description: 'Which events: those that have all that is given.',
  fields: (t) => ({
    kinds: t.field({ type: [EventKindRef], description: 'Events of one of these kinds.' }),
    flowUuid: t.string({ description: 'Events of this flow.' }),
    applicationId: t.string({ description: 'Events of the flows of this loan application.' }),
    since: t.field({ type: 'DateTime', description: 'Events of this moment or later.' }),
  }),
});

const EventConnectionRef = builder.connectionObject(
  { type: EventRef, name: 'EventConnection', description: 'Events in the order of the log.' },
  { name: 'EventEdge', description: 'An event and its place in the log.' },
);

builder.queryField('events', (t) =>
  t.field({
    type: EventConnectionRef,
    nullable: true,
    description: `The event log of the tenant, oldest first, as far as it reaches back: \`EVENT_RETENTION_DAYS\`, and at most ${mostTenantEvents} events. A page of rare events can hold fewer than asked for and still have a next page: go on at \`pageInfo.endCursor\`. BAD_USER_INPUT where the log no longer reaches back to \`after\`. Needs \`events:read\`.`,
    authScopes: { 'events:read': true },
    args: {
      first: t.arg.int({ required: true, description: 'How many, 1 to 100.' }),
      after: t.arg.string({
        description: 'The cursor to go on behind; the oldest event by default.',
      }),
      filter: t.arg({ type: EventFilterRef, description: 'Which events; all by default.' }),
    },
    resolve: async (_root, { first, after, filter }, { operation }) => {
      requireWithin('first', first, 1, mostEvents);
      const found = await find(operation, {
        first,
        after: after == null ? undefined : fromEventCursor(after),
        filter: toFilter(filter ?? {}),
      });
      const edges = found.events.map((event) => ({
        node: event,
        cursor: toEventCursor(event.number),
      }));
      return {
        edges,
        pageInfo: {
          hasNextPage: found.hasNext,
          hasPreviousPage: after != null,
          startCursor: edges[0]?.cursor ?? null,
          endCursor: found.readTo === 0 ? null : toEventCursor(found.readTo),
        },
      };
    },
  }),
);

/** Throws a BadInputError for a list of kinds that nothing can match. */
export function requireKinds(argument: string, kinds: readonly unknown[]): void {
  if (kinds.length === 0) throw new BadInputError(`${argument}: must name a kind.`);
}

function toFilter({ kinds, flowUuid, applicationId, since }: typeof EventFilterRef.$inferInput) {
  if (kinds != null) requireKinds('filter.kinds', kinds);
  if (flowUuid != null) requireText('filter.flowUuid', flowUuid);
  if (applicationId != null) requireText('filter.applicationId', applicationId);
  return {
    kinds: kinds ?? shownKinds,
    ...(flowUuid == null ? {} : { flowUuid }),
    ...(applicationId == null ? {} : { applicationId }),
    ...(since == null ? {} : { since: since.getTime() }),
  };
}

/** Reads one part of the log after another, until the page is full or enough has been looked at. */
async function find(
  { events: log, tenant }: Operation,
  query: {
    readonly first: number;
    readonly after: number | undefined;
    readonly filter: ReturnType<typeof toFilter>;
  },
) {
  const events: LoggedEvent[] = [];
  let readTo = query.after ?? 0;
  let hasNext = true;
  for (let reads = 0; hasNext && events.length < query.first && reads < mostReads; reads += 1) {
    const first = query.first - events.length;
    const page = await log.read(tenant.id, { ...query.filter, first, after: readTo });
    if (reads === 0 && query.after !== undefined && page.oldest - 1 > query.after) {
      throw new BadInputError('after: the event log no longer reaches back to this cursor.');
    }
    events.push(...page.events);
    ({ readTo, hasNext } = page);
  }
  return { events, readTo, hasNext };
}
