import type { SQLInputValue } from 'node:sqlite';
import type { TenantId } from '../../tenant-id.ts';
import type { FlowCursor, FlowEntry, FlowQuery, Page } from '../store.ts';
import type { SqlFile } from './file.ts';
import { entryColumns, toEntry } from './rows.ts';

/** One walk along an index, and what it is given. */
export interface FlowWalk {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/**
 * The walks that make a page: one along one index, or one for each state asked for, of which the
 * first entries are the page. No walk reads an entry that it does not give, but for flows of one
 * application, which are few.
 */
export function toFlowWalks(tenantId: TenantId, query: FlowQuery): FlowWalk[] {
  const { applicationId, productType, states } = query.filter ?? {};
  const ofProduct: Condition[] =
    productType === undefined ? [] : [['product_type = ?', productType]];
  if (applicationId !== undefined) {
    const marks = states?.map(() => '?').join(', ');
    const inStates: Condition[] = states ? [[`state IN (${marks})`, ...states]] : [];
    const ofApplication: Condition = ['application_id = ?', applicationId];
    const conditions = [ofApplication, ...ofProduct, ...inStates];
    return [toWalk('flows_by_application', tenantId, query, conditions)];
  }
  const isOfProduct = productType !== undefined;
  if (states === undefined) {
    const index = isOfProduct ? 'flows_by_product' : 'flows_by_creation';
    return [toWalk(index, tenantId, query, ofProduct)];
  }
  const index = isOfProduct ? 'flows_by_product_and_state' : 'flows_by_state';
  return [...new Set(states)].map((state) =>
    toWalk(index, tenantId, query, [...ofProduct, ['state = ?', state]]),
  );
}

/** Reads one page of a tenant's flows. */
export function readFlowPage(file: SqlFile, tenantId: TenantId, query: FlowQuery): Page<FlowEntry> {
  const found = toFlowWalks(tenantId, query).flatMap(({ sql, values }) =>
    file.all(sql, ...values).map(toEntry),
  );
  found.sort((one, other) => compare(one, other) * (query.isOldestFirst ? 1 : -1));
  return { entries: found.slice(0, query.first), hasNext: found.length > query.first };
}

type Condition = readonly [sql: string, ...values: SQLInputValue[]];

function toWalk(
  index: string,
  tenantId: TenantId,
  { filter = {}, after, first, isOldestFirst = false }: FlowQuery,
  narrowed: readonly Condition[],
): FlowWalk {
  const { createdAfter, createdBefore } = filter;
  const conditions: Condition[] = [['tenant = ?', tenantId], ...narrowed];
  if (createdAfter !== undefined) conditions.push(['created_at > ?', createdAfter]);
  if (createdBefore !== undefined) conditions.push(['created_at < ?', createdBefore]);
  if (after !== undefined) {
    const sign = isOldestFirst ? '>' : '<';
    conditions.push([`(created_at, uuid) ${sign} (?, ?)`, after.createdAt, after.uuid]);
  }
  const direction = isOldestFirst ? 'ASC' : 'DESC';
  const where = conditions.map(([sql]) => sql).join(' AND ');
  return {
    sql: `SELECT ${entryColumns} FROM flows INDEXED BY ${index} WHERE ${where} ORDER BY created_at ${direction}, uuid ${direction} LIMIT ?`,
    // One more than the page, which shows whether anything is behind it.
    values: [...conditions.flatMap(([, ...values]) => values), first + 1],
  };
}

/** As SQLite compares, by bytes, so that every adapter can have the same order. */
function compare(one: FlowCursor, other: FlowCursor): number {
  if (one.createdAt !== other.createdAt) return one.createdAt - other.createdAt;
  return Buffer.compare(Buffer.from(one.uuid), Buffer.from(other.uuid));
}
