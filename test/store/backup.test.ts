import assert from 'node:assert/strict';
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { backUpRegister, restoreRegister } from '../../src/store/sqlite/backup.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { tablesVersion } from '../../src/store/sqlite/tables.ts';
import { type Store, StoreError } from '../../src/store/store.ts';
import { makeDirectory, toOpening } from '../support/store/adapters.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');
const fileName = 'atlas-gateway.sqlite';

async function countFlows({ flows }: Store): Promise<number> {
  const { entries } = await flows.page(acme, { first: 1_000 });
  return entries.length;
}

async function openFlows({ flows }: Store, prefix: string, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    await flows.open(acme, toOpening(`${prefix}-${number}`));
  }
}

/** The message that refuses a restore. */
function refusalOf(directory: string, file: string): string {
  try {
    restoreRegister(directory, file);
  } catch (error) {
    assert.ok(error instanceof StoreError, String(error));
    return error.message;
  }
  throw new Error('it was restored');
}

test('a register that is written meanwhile is copied in one state, and goes on', async (t) => {
  const [directory, elsewhere] = [makeDirectory(t), makeDirectory(t)];
  const store = openSqliteStore({ directory });
  t.after(() => store.close());
  await openFlows(store, 'before', 300);
  const backup = join(elsewhere, 'backup.sqlite');
  const copying = backUpRegister(directory, backup);
  await openFlows(store, 'meanwhile', 200);
  const copy = await copying;
  assert.equal(copy.version, tablesVersion);
  assert.ok(copy.flows >= 300 && copy.flows <= 500, `${copy.flows}`);
  assert.equal(await countFlows(store), 500);
  assert.equal(statSync(backup).size, copy.bytes);
});

test('a backup is one file that its owner alone may read', async (t) => {
  const [directory, elsewhere] = [makeDirectory(t), makeDirectory(t)];
  const store = openSqliteStore({ directory });
  t.after(() => store.close());
  await backUpRegister(directory, join(elsewhere, 'backup.sqlite'));
  assert.deepEqual(readdirSync(elsewhere), ['backup.sqlite']);
  assert.equal(statSync(join(elsewhere, 'backup.sqlite')).mode & 0o777, 0o600);
});

test('a backup needs no running gateway, and leaves nothing beside the register', async (t) => {
  const [directory, elsewhere] = [makeDirectory(t), makeDirectory(t)];
  const store = openSqliteStore({ directory });
  await openFlows(store, 'flow', 3);
  await store.close();
  const before = readdirSync(directory);
  assert.equal((await backUpRegister(directory, join(elsewhere, 'b'))).flows, 3);
  assert.deepEqual(readdirSync(directory), before);
});

test('a backup overwrites nothing, and needs a register and a place', async (t) => {
  const directory = makeDirectory(t);
  const to = join(directory, 'backup.sqlite');
  await assert.rejects(backUpRegister(directory, to), /DATA_DIR holds no register/);
  await openSqliteStore({ directory }).close();
  writeFileSync(to, 'mine');
  await assert.rejects(backUpRegister(directory, to), /is there already: give another name/);
  assert.equal(readFileSync(to, 'utf8'), 'mine');
  const nowhere = join(directory, 'none', 'backup.sqlite');
  await assert.rejects(backUpRegister(directory, nowhere), /none\/backup\.sqlite can't be written/);
});

test('the drill: a register that is lost or damaged comes back as it was copied', async (t) => {
  const [directory, elsewhere] = [makeDirectory(t), makeDirectory(t)];
  const backup = join(elsewhere, 'backup.sqlite');
  const first = openSqliteStore({ directory });
  await openFlows(first, 'kept', 40);
  const secret = await first.secret('callbacks', 'the-first-secret');
  await backUpRegister(directory, backup);
  await openFlows(first, 'later', 5);
  await first.close();
  // The disk damages the register.
  truncateSync(join(directory, fileName), 6_000);
  assert.throws(() => openSqliteStore({ directory }), /is damaged/);

  const copy = restoreRegister(directory, backup);
  assert.equal(copy.flows, 40);
  const second = openSqliteStore({ directory });
  t.after(() => second.close());
  assert.equal(await countFlows(second), 40);
  // Callback addresses and grants that were given out before go on to hold.
  assert.equal(await second.secret('callbacks', 'another'), secret);
  assert.equal(statSync(join(directory, `${fileName}.replaced`)).size, 6_000);
});

test('the register that a restore replaces is kept whole, with what only its log held', async (t) => {
  const [directory, elsewhere] = [makeDirectory(t), makeDirectory(t)];
  const backup = join(elsewhere, 'backup.sqlite');
  const store = openSqliteStore({ directory });
  await backUpRegister(directory, backup);
  await openFlows(store, 'later', 7);
  await store.close();
  restoreRegister(directory, backup);
  const replaced = new DatabaseSync(join(directory, `${fileName}.replaced`));
  t.after(() => replaced.close());
  assert.equal(replaced.prepare('SELECT count(*) AS count FROM flows').get()?.count, 7);
  const second = openSqliteStore({ directory });
  t.after(() => second.close());
  assert.equal(await countFlows(second), 0);
});

test('nothing is restored below a running gateway', async (t) => {
  const [directory, elsewhere] = [makeDirectory(t), makeDirectory(t)];
  const backup = join(elsewhere, 'backup.sqlite');
  const store = openSqliteStore({ directory });
  t.after(() => store.close());
  await backUpRegister(directory, backup);
  await openFlows(store, 'later', 2);
  assert.match(refusalOf(directory, backup), /in use by another process/);
  assert.equal(await countFlows(store), 2);
});

test('a backup that is damaged, newer, none of ours or missing is refused, and all stays', async (t) => {
  const [directory, elsewhere] = [makeDirectory(t), makeDirectory(t)];
  const store = openSqliteStore({ directory });
  await openFlows(store, 'kept', 200);
  const sound = join(elsewhere, 'sound.sqlite');
  await backUpRegister(directory, sound);
  await store.close();
  const path = join(directory, fileName);
  const before = readFileSync(path);
  const bytes = readFileSync(sound);
  const damaged = Buffer.from(bytes).fill(0xa5, 8 * 4_096, 20 * 4_096);
  const newer = Buffer.from(bytes);
  newer.writeUInt32BE(tablesVersion + 1, 60); // the user_version of the header
  const other = join(elsewhere, 'other.sqlite');
  const database = new DatabaseSync(other);
  database.exec('CREATE TABLE notes (text TEXT)');
  database.close();
  const files: readonly (readonly [name: string, content: Buffer, refusal: RegExp])[] = [
    ['damaged', damaged, /is damaged, or no file of this gateway/],
    ['cut', bytes.subarray(0, 9 * 4_096), /is damaged/],
    ['empty', Buffer.alloc(0), /is damaged/],
    ['text', Buffer.from('not a database '.repeat(999)), /is damaged/],
    ['newer', newer, /newer gateway \(tables \d+, this one knows \d+\): restore it with that one/],
    ['other', readFileSync(other), /is damaged, or no file of this gateway/],
  ];
  for (const [name, content, refusal] of files) {
    const file = join(elsewhere, name);
    writeFileSync(file, content);
    assert.match(refusalOf(directory, file), refusal, name);
    assert.ok(refusalOf(directory, file).startsWith(file), name);
    assert.deepEqual(readFileSync(path), before, name);
    assert.deepEqual(readFileSync(file), content, name);
  }
  assert.match(refusalOf(directory, join(elsewhere, 'none')), /is no file/);
  assert.match(refusalOf(directory, elsewhere), /is no file/);
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.includes('restoring')),
    [],
  );
  assert.equal(existsSync(`${path}.replaced`), false);
});
