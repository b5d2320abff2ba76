import type { FlowCursor, FlowFilter } from '../../store/store.ts';
import { builder } from '../builder.ts';
import { BadInputError } from '../operation/errors.ts';
import { FlowRef } from '../refs.ts';
import { requireText, requireWithin } from '../require.ts';
import { FlowStateRef } from './flow-status.ts';

const mostFlows = 100;

const FlowFilterRef = builder.inputType('FlowFilter', {
  description: 'A filter for flows. A flow must match every given member.',
  fields: (t) => ({
    states: t.field({
      type: [FlowStateRef],
      description:
        'Only flows whose last known state is one of these. The known state of a flow without readers changes only when Atlas calls back.',
    }),
    applicationId: t.string({ description: 'Only flows of this loan application.' }),
    productType: t.string({ description: 'Only flows that were opened with this `product_type`.' }),
    createdAfter: t.field({
      type: 'DateTime',
      description: 'Only flows that this gateway recorded after this time.',
    }),
    createdBefore: t.field({
      type: 'DateTime',
      description: 'Only flows that this gateway recorded before this time.',
    }),
  }),
});

const FlowOrderRef = builder.enumType('FlowOrder', {
  description: 'The order of a list of flows.',
  values: {
    NEWEST_FIRST: {
      description: 'By the time at which this gateway recorded them, the newest first.',
    },
    OLDEST_FIRST: {
      description: 'By the time at which this gateway recorded them, the oldest first.',
    },
  } as const,
});
type FlowOrder = typeof FlowOrderRef.$inferType;

const FlowConnectionRef = builder.connectionObject(
  { type: FlowRef, name: 'FlowConnection', description: 'A page of flows.' },
  { name: 'FlowEdge', description: 'A flow and its place in the list.' },
);

builder.queryField('flows', (t) =>
  t.field({
    type: FlowConnectionRef,
    nullable: true,
    description:
      'The flows that were opened or given files through this gateway. Atlas is not asked, unless for the status or the documents of a flow. Needs `flows:read`.',
    authScopes: { 'flows:read': true },
    args: {
      first: t.arg.int({ required: true, description: 'The page size, 1 to 100.' }),
      after: t.arg.string({
        description:
          'A cursor: the page begins after it. Use a cursor only with the `orderBy` that it was given in.',
      }),
      filter: t.arg({ type: FlowFilterRef, description: 'A filter; all flows by default.' }),
      orderBy: t.arg({
        type: FlowOrderRef,
        defaultValue: 'NEWEST_FIRST',
        description: 'The order of the list.',
      }),
    },
    resolve: async (_root, { first, after, filter, orderBy }, { operation }) => {
      requireWithin('first', first, 1, mostFlows);
      const order = orderBy ?? 'NEWEST_FIRST';
      const { entries, hasNext } = await operation.register.page(operation.tenant.id, {
        first,
        isOldestFirst: order === 'OLDEST_FIRST',
        ...(filter ? { filter: toFilter(filter) } : {}),
        ...(after == null ? {} : { after: fromCursor(after, order) }),
      });
      const edges = entries.map((entry) => ({
        node: { uuid: entry.uuid, snapshot: null, entry },
        cursor: toCursor(entry, order),
      }));
      return {
        edges,
        pageInfo: {
          hasNextPage: hasNext,
          hasPreviousPage: after != null,
          startCursor: edges[0]?.cursor ?? null,
          endCursor: edges.at(-1)?.cursor ?? null,
        },
      };
    },
  }),
);

function toFilter(given: typeof FlowFilterRef.$inferInput): FlowFilter {
  const { states, applicationId, productType, createdAfter, createdBefore } = given;
  if (applicationId != null) requireText('applicationId', applicationId);
  if (productType != null) requireText('productType', productType);
  return {
    ...(states == null ? {} : { states }),
    ...(applicationId == null ? {} : { applicationId }),
    ...(productType == null ? {} : { productType }),
    ...(createdAfter == null ? {} : { createdAfter: createdAfter.getTime() }),
    ...(createdBefore == null ? {} : { createdBefore: createdBefore.getTime() }),
  };
}

function toCursor({ createdAt, uuid }: FlowCursor, order: FlowOrder): string {
  return Buffer.from(JSON.stringify([order, createdAt, uuid])).toString('base64url');
}

function fromCursor(cursor: string, order: FlowOrder): FlowCursor {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const [givenOrder, createdAt, uuid]: unknown[] = Array.isArray(place) ? place : [];
    const isPlace = Number.isSafeInteger(createdAt) && typeof uuid === 'string';
    if (givenOrder === order && isPlace) return { createdAt: Number(createdAt), uuid };
  } catch {
    // no JSON: no cursor of ours
  }
  throw new BadInputError('after: this is not a cursor of this list in this order.');
}
