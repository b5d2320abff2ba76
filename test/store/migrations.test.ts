import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { migrations, tablesVersion } from '../../src/store/sqlite/tables.ts';
import { makeDirectory } from '../support/store/adapters.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');
const fileName = 'atlas-gateway.sqlite';

/** Every table and index of a file, in its own words. */
function readShape(directory: string): unknown[] {
  const database = new DatabaseSync(join(directory, fileName));
  const shape = database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all();
  database.close();
  return shape;
}

test('migrations are numbered from 1 on, without a gap', () => {
  assert.deepEqual(
    migrations.map(({ version }) => version),
    Array.from({ length: tablesVersion }, (_, index) => index + 1),
  );
});

for (const { version } of migrations) {
  test(`a file of version ${version} is brought to the tables of a new one, with its flows`, async (t) => {
    const [directory, fresh] = [makeDirectory(t), makeDirectory(t)];
    await openSqliteStore({ directory: fresh }).close();
    const old = new DatabaseSync(join(directory, fileName));
    for (const step of migrations.slice(0, version)) old.exec(step.sql);
    old.exec(`PRAGMA user_version = ${version}`);
    old.exec(
      "INSERT INTO flows VALUES (7, 'acme', 'LOS-1', 'application-1', NULL, 1, 5, 6, 'SUCCESS', 'x', 'x', 'x', 3, 9, 0)",
    );
    old.exec(
      "INSERT INTO documents (flow, document_id, place, file_uuid) VALUES (7, 'pan', 0, 'file-1')",
    );
    old.exec("INSERT INTO secrets VALUES ('callbacks', 'of the old file')");
    old.close();

    const store = openSqliteStore({ directory });
    const flow = await store.flows.find(acme, 'LOS-1');
    assert.deepEqual([flow?.submittedDocumentIds, flow?.last?.version], [['pan'], 3]);
    assert.equal(await store.secret('callbacks', 'new'), 'of the old file');
    await store.close();
    assert.deepEqual(readShape(directory), readShape(fresh));
  });
}

test('a migration that fails leaves the file in its version', (t) => {
  const directory = makeDirectory(t);
  const path = join(directory, fileName);
  const old = new DatabaseSync(path);
  old.exec(`${migrations[0]?.sql} PRAGMA user_version = 1; CREATE TABLE attempts (other TEXT)`);
  old.close();
  assert.throws(() => openSqliteStore({ directory }));
  const after = new DatabaseSync(path);
  t.after(() => after.close());
  assert.equal(after.prepare('PRAGMA user_version').get()?.user_version, 1);
  assert.equal(after.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'grants'").get(), undefined);
});
