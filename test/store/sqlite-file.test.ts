import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { StoreError } from '../../src/store/store.ts';
import { makeDirectory, timelineOf, toOpening, toWords } from '../support/store/adapters.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');

const fileName = 'atlas-gateway.sqlite';

/** The error of opening a store in a directory. */
function refusalOf(directory: string): string {
  try {
    void openSqliteStore({ directory }).close();
  } catch (error) {
    assert.ok(error instanceof StoreError, String(error));
    return error.message;
  }
  throw new Error('it was opened');
}

test('written records are there when the file is opened again', async (t) => {
  const directory = join(makeDirectory(t), 'made', 'on', 'demand');
  const first = openSqliteStore({ directory });
  await first.flows.open(acme, toOpening('LOS-1'));
  await first.flows.upload(acme, 'LOS-1', { documentIds: ['doc-1'], at: 2_000 });
  const seen = { status: toWords('SUCCESS'), version: 7, at: 3_000 };
  await first.flows.recordStatus(acme, 'LOS-1', { ...seen, source: 'POLL', hasEnded: false });
  assert.equal(await first.secret('one', 'a'), 'a');
  await first.close();
  const second = openSqliteStore({ directory });
  t.after(() => second.close());
  const found = await second.flows.find(acme, 'LOS-1');
  assert.deepEqual([found?.submittedDocumentIds, found?.last], [['doc-1'], seen]);
  assert.equal(
    (await timelineOf(second, acme, 'LOS-1', { first: 9, after: 0 }))?.entries.length,
    3,
  );
  assert.equal(await second.secret('one', 'b'), 'a');
});

test('an attempt that was under way when the process ended is under way no more', async (t) => {
  const directory = makeDirectory(t);
  const name = { field: 'createFlow', key: 'key-1' };
  const attempt = { bodyHash: 'hash', reference: 'ref-1', at: 1_000, busyUntil: 9e15 };
  const first = openSqliteStore({ directory });
  await first.keys.begin(acme, name, attempt);
  await first.close();
  const second = openSqliteStore({ directory });
  t.after(() => second.close());
  const held = await second.keys.begin(acme, name, attempt);
  assert.deepEqual(held, { ...attempt, busyUntil: 0, result: null });
});

test('a file is for its owner alone to read', async (t) => {
  const directory = makeDirectory(t);
  const store = openSqliteStore({ directory });
  t.after(() => store.close());
  for (const name of readdirSync(directory)) {
    assert.equal(statSync(join(directory, name)).mode & 0o077, 0, name);
  }
});

test('nothing is written to the disk for a store in memory', async (t) => {
  const before = readdirSync('.');
  const store = openSqliteStore({ directory: ':memory:' });
  t.after(() => store.close());
  await store.flows.open(acme, toOpening('LOS-1'));
  assert.deepEqual(readdirSync('.'), before);
});

test('a file in use by another is refused', (t) => {
  const directory = makeDirectory(t);
  const store = openSqliteStore({ directory });
  t.after(() => store.close());
  assert.match(refusalOf(directory), /in use by another process.*another DATA_DIR/);
});

test('a file of the gateway before is brought up to date, with all that is in it', async (t) => {
  const directory = makeDirectory(t);
  const first = openSqliteStore({ directory });
  await first.flows.open(acme, toOpening('LOS-1'));
  await first.close();
  const database = new DatabaseSync(join(directory, fileName));
  database.exec(`
    DROP TABLE grants; DROP TABLE attempts; DROP TABLE log; DROP TABLE logs;
    ALTER TABLE documents DROP COLUMN outcome;
    ALTER TABLE batches DROP COLUMN counts;
    ALTER TABLE batches DROP COLUMN version;
    CREATE TABLE events (
      flow INTEGER NOT NULL REFERENCES flows ON DELETE CASCADE,
      number INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT,
      PRIMARY KEY (flow, number)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO events SELECT id, 1, 1000, 'CREATED', NULL FROM flows;
    INSERT INTO events SELECT id, 2, 2000, 'UPLOADED', '{"documentIds":["doc-1"]}' FROM flows;
    INSERT INTO events SELECT id, 3, 2000, 'FAILED', '{"failure":"OUTCOME_UNKNOWN"}' FROM flows;
    PRAGMA user_version = 1`);
  database.close();
  for (const revoked of [2_000, 3_000]) {
    const store = openSqliteStore({ directory });
    assert.equal((await store.flows.find(acme, 'LOS-1'))?.uuid, 'LOS-1');
    const timeline = await timelineOf(store, acme, 'LOS-1', { first: 9, after: 0 });
    assert.deepEqual(timeline?.entries, [
      { number: 1, kind: 'CREATED', at: 1_000 },
      { number: 2, kind: 'UPLOADED', at: 2_000, documentIds: ['doc-1'] },
      { number: 3, kind: 'FAILED', at: 2_000, failure: 'OUTCOME_UNKNOWN' },
    ]);
    assert.equal(await store.grants.revoke(acme, 'LOS-1', revoked), revoked);
    await store.close();
  }
});

test('a file of a newer gateway is refused and left as it is', async (t) => {
  const directory = makeDirectory(t);
  await openSqliteStore({ directory }).close();
  const path = join(directory, fileName);
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 5');
  database.close();
  const before = readFileSync(path);
  assert.match(refusalOf(directory), /newer gateway \(tables 5, this one knows 4\)/);
  assert.deepEqual(readFileSync(path), before);
});

test('a file that is none of ours, cut short or damaged is refused', async (t) => {
  const directory = makeDirectory(t);
  const path = join(directory, fileName);
  const store = openSqliteStore({ directory });
  for (let place = 0; place < 200; place += 1) {
    await store.flows.open(acme, toOpening(`LOS-${place}`));
  }
  await store.close();
  const sound = readFileSync(path);
  const damaged = Buffer.from(sound);
  damaged.fill(0xa5, 8 * 4_096, 20 * 4_096);
  const bad = [Buffer.from('not a database '.repeat(999)), sound.subarray(0, 9 * 4_096), damaged];
  for (const bytes of bad) {
    writeFileSync(path, bytes);
    assert.match(refusalOf(directory), /is damaged, or no file of this gateway: put back a copy/);
  }
  writeFileSync(path, sound);
  await openSqliteStore({ directory }).close();
});

test('a place that cannot be written is refused', (t) => {
  const directory = makeDirectory(t);
  const file = join(directory, 'a-file');
  writeFileSync(file, '');
  const takesNone = process.platform === 'linux' ? ['/proc/none', '/proc/none/below'] : [];
  for (const place of [file, join(file, 'below'), ...takesNone]) {
    assert.match(refusalOf(place), /can't be written: give a DATA_DIR that this user may write to/);
  }
});
