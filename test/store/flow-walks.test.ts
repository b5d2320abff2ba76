import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { toFlowWalks } from '../../src/store/sqlite/flow-pages.ts';
import { migrations } from '../../src/store/sqlite/tables.ts';
import type { FlowFilter, FlowQuery } from '../../src/store/store.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');

const filters: readonly FlowFilter[] = [
  {},
  { states: ['SUCCESS'] },
  { states: ['SUCCESS', 'FAILED'] },
  { productType: 'P-1' },
  { productType: 'P-1', states: ['FAILED', 'SUCCESS'] },
  { applicationId: 'A-7' },
  { createdAfter: 100, createdBefore: 900 },
  { states: ['FAILED'], createdAfter: 100, createdBefore: 900 },
];
const queries: readonly FlowQuery[] = filters.flatMap((filter) =>
  [false, true].flatMap((isOldestFirst) =>
    [{}, { after: { createdAt: 500, uuid: 'LOS-500' } }].map((after) => ({
      first: 10,
      isOldestFirst,
      filter,
      ...after,
    })),
  ),
);

/** A thousand flows of one tenant and as many of another, and a count of those that are looked at. */
function openCounted() {
  const database = new DatabaseSync(':memory:');
  database.exec(migrations.map(({ sql }) => sql).join(''));
  const insert = database.prepare(
    'INSERT INTO flows (tenant, uuid, application_id, product_type, is_called_back, created_at, state) VALUES (?, ?, ?, ?, 1, ?, ?)',
  );
  for (let at = 0; at < 1_000; at += 1) {
    const state = at % 3 === 0 ? 'FAILED' : 'SUCCESS';
    for (const tenant of ['acme', 'bolt']) {
      insert.run(tenant, `LOS-${at}`, `A-${at % 100}`, `P-${at % 2}`, at, state);
    }
  }
  let seen = 0;
  database.function('seen', () => {
    seen += 1;
    return 1;
  });
  return { database, count: () => seen };
}

test('every page is looked up in an index, in its order, and never sorted', () => {
  const { database } = openCounted();
  for (const query of queries) {
    for (const { sql, values } of toFlowWalks(acme, query)) {
      const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
      const plan = steps.map(({ detail }) => detail).join('; ');
      assert.match(plan, /^SEARCH flows USING INDEX flows_by_\w+ \(tenant=\?/, plan);
      assert.doesNotMatch(plan, /SCAN|TEMP B-TREE/);
      if (query.after) assert.match(plan, /created_at[^=]*[<>]/, plan);
    }
  }
});

test('a page looks at its own flows, however many there are', () => {
  for (const query of queries) {
    for (const { sql, values } of toFlowWalks(acme, query)) {
      const { database, count } = openCounted();
      const counted = sql.replace(' ORDER BY', ' AND seen() ORDER BY');
      const rows = database.prepare(counted).all(...values);
      assert.ok(rows.length > 0, sql);
      assert.equal(count(), rows.length, sql);
      assert.ok(rows.length <= 11);
    }
  }
});
