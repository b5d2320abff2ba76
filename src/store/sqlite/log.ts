import type { SQLInputValue } from 'node:sqlite';
import type { TenantId } from '../../tenant-id.ts';
import {
  type EventLog,
  type EventQuery,
  eventKinds,
  type LogBounds,
  mostFlowEvents,
  mostTenantEvents,
  type NewEvent,
  repeatableKinds,
  toFirstNumber,
} from '../event-log.ts';
import type { SqlFile } from './file.ts';
import { toLoggedEvent } from './rows.ts';

/** Appends an event in the transaction that is open. */
export type Append = (event: NewEvent) => void;

/** The log of a file, and the way to write to it. */
export interface SqlLog extends EventLog {
  /** Does all of an act, with the events that it appends, or nothing of it. */
  change<Value>(tenantId: TenantId, act: (append: Append) => Value): Value;
  /** Forgets events that were logged before a moment, at most so many; answers how many. */
  forget(before: number, most: number): number;
}

/** How many events one read looks at, where no index leads to those that match. */
const mostScanned = 5_000;

const columns = 'number, kind, at, flow_uuid, application_id, batch_key, detail';

/** The log in a file; `most` is how many events of a tenant are kept. */
export function createSqlLog(file: SqlFile, most = mostTenantEvents): SqlLog {
  const listeners = new Set<(tenantId: TenantId) => void>();

  /** The number of a new event, and its moment in the order of the log. */
  function advance(tenantId: TenantId, at: number): { number: number; loggedAt: number } {
    const first = toFirstNumber(at) + 1;
    const row = file.get(
      'INSERT INTO logs VALUES (?1, ?2, ?2, ?3) ON CONFLICT DO UPDATE SET last = last + 1, logged_at = max(logged_at, excluded.logged_at) RETURNING last, logged_at',
      tenantId,
      first,
      at,
    );
    return { number: Number(row?.last), loggedAt: Number(row?.logged_at) };
  }

  /** Whether a flow has room for one more event that a caller can repeat; one elsewhere has. */
  function takeRoom(tenantId: TenantId, flowUuid: string): boolean {
    const sql = 'SELECT events FROM flows WHERE tenant = ? AND uuid = ?';
    const row = file.get(sql, tenantId, flowUuid);
    if (row === undefined) return true;
    if (Number(row.events) >= mostFlowEvents) return false;
    file.run(
      'UPDATE flows SET events = events + 1 WHERE tenant = ? AND uuid = ?',
      tenantId,
      flowUuid,
    );
    return true;
  }

  /** False: the flow has all the events it may have. */
  function append(tenantId: TenantId, event: NewEvent): boolean {
    const { kind, at, flowUuid, batchKey, detail } = event;
    if (flowUuid !== undefined && repeatableKinds.has(kind) && !takeRoom(tenantId, flowUuid)) {
      return false;
    }
    const { number, loggedAt } = advance(tenantId, at);
    file.run(
      'INSERT INTO log VALUES (?1, ?2, ?3, ?4, ?5, ?6, (SELECT application_id FROM flows WHERE tenant = ?1 AND uuid = ?6), ?7, ?8)',
      tenantId,
      number,
      kind,
      at,
      loggedAt,
      flowUuid ?? null,
      batchKey ?? null,
      detail === undefined ? null : JSON.stringify(detail),
    );
    const dropped = file.run(
      'DELETE FROM log WHERE tenant = ? AND number <= ?',
      tenantId,
      number - most,
    );
    if (dropped > 0) moveOldest(tenantId);
    return true;
  }

  function moveOldest(tenantId: TenantId): void {
    file.run(
      'UPDATE logs SET oldest = coalesce((SELECT min(number) FROM log WHERE tenant = ?1), last + 1) WHERE tenant = ?1',
      tenantId,
    );
  }

  function boundsOf(tenantId: TenantId): LogBounds {
    const row = file.get('SELECT oldest, last FROM logs WHERE tenant = ?', tenantId);
    return row ? { oldest: Number(row.oldest), last: Number(row.last) } : { oldest: 1, last: 0 };
  }

  /** The number before the first event that was logged at a moment or later; numbers have no gaps. */
  function beforeMoment(tenantId: TenantId, { oldest, last }: LogBounds, moment: number): number {
    let [low, high] = [oldest, last + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const sql = 'SELECT logged_at FROM log WHERE tenant = ? AND number = ?';
      const loggedAt = Number(file.get(sql, tenantId, middle)?.logged_at);
      if (loggedAt < moment) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  return {
    change(tenantId, act) {
      let hasGrown = false;
      const value = file.atOnce(() =>
        act((event) => {
          hasGrown = append(tenantId, event) || hasGrown;
        }),
      );
      if (hasGrown) for (const listener of [...listeners]) listener(tenantId);
      return value;
    },

    async bounds(tenantId) {
      return boundsOf(tenantId);
    },

    async read(tenantId, query) {
      const bounds = boundsOf(tenantId);
      const { since, first } = query;
      const seek = since === undefined ? 0 : beforeMoment(tenantId, bounds, since);
      const after = Math.max(query.after, bounds.oldest - 1, seek);
      const { sql, values, scanTo } = toScan(tenantId, { ...query, after });
      // One more than the page, which shows whether anything is behind it.
      const found = file.all(`${sql} ORDER BY number LIMIT ?`, ...values, first + 1);
      const events = found.slice(0, first).map(toLoggedEvent);
      const isFull = found.length > first;
      const readTo = isFull
        ? (events.at(-1)?.number ?? after)
        : Math.max(after, Math.min(scanTo, bounds.last));
      return { ...bounds, events, readTo, hasNext: isFull || readTo < bounds.last };
    },

    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    forget(before, most) {
      let left = most;
      for (const { tenant } of file.all(
        'SELECT tenant FROM logs JOIN log USING (tenant) WHERE log.number = logs.oldest AND log.logged_at < ?',
        before,
      )) {
        if (left <= 0) break;
        left -= file.atOnce(() => {
          const forgotten = file.run(
            'DELETE FROM log WHERE tenant = ?1 AND number IN (SELECT number FROM log WHERE tenant = ?1 ORDER BY number LIMIT ?2) AND logged_at < ?3',
            String(tenant),
            left,
            before,
          );
          moveOldest(tenant as TenantId);
          return forgotten;
        });
      }
      return most - left;
    },
  };
}

/** The events that one read looks at, up to a number. */
function toScan(
  tenantId: TenantId,
  { after, kinds = eventKinds, flowUuid, applicationId, since }: EventQuery,
): { readonly sql: string; readonly values: SQLInputValue[]; readonly scanTo: number } {
  const ofKinds = `kind IN (${kinds.map(() => '?').join(', ')})`;
  const ofTime = since === undefined ? '' : ' AND at >= ?';
  const narrow: SQLInputValue[] = [...kinds, ...(since === undefined ? [] : [since])];
  const flows: string[] = [];
  const named: SQLInputValue[] = [];
  if (flowUuid !== undefined) {
    flows.push('flow_uuid = ?');
    named.push(flowUuid);
  }
  if (applicationId !== undefined) {
    flows.push('flow_uuid IN (SELECT uuid FROM flows WHERE tenant = ? AND application_id = ?)');
    named.push(tenantId, applicationId);
  }
  if (flows.length > 0) {
    const sql = `SELECT ${columns} FROM log INDEXED BY log_by_flow WHERE tenant = ? AND flow_uuid IS NOT NULL AND ${flows.join(' AND ')} AND number > ? AND ${ofKinds}${ofTime}`;
    const values = [tenantId, ...named, after, ...narrow];
    return { sql, values, scanTo: Number.POSITIVE_INFINITY };
  }
  const sql = `SELECT ${columns} FROM (SELECT * FROM log WHERE tenant = ? AND number > ? ORDER BY number LIMIT ?) WHERE ${ofKinds}${ofTime}`;
  return { sql, values: [tenantId, after, mostScanned, ...narrow], scanTo: after + mostScanned };
}
