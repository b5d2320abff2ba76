import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store.ts';
import { fileName, toDamaged, toNewer, toStoreError } from './file.ts';
import { takeDirectory } from './owner.ts';
import { tablesVersion } from './tables.ts';

/** A copy of the register. */
export interface RegisterCopy {
  /** The version of its tables. */
  readonly version: number;
  /** Flows that it holds. */
  readonly flows: number;
  readonly bytes: number;
}

/** More pages than a file can have: all are copied in one step, and so in one state. */
const allPages = 0x7fff_ffff;

/**
 * Copies the register of a directory to a new file, while a gateway may run on it, by SQLite's online
 * backup. The copy is one state of the register, and is checked. It holds the secret of callback
 * addresses, so only its owner may read it. Rejects with a StoreError where there is no register, the
 * file exists already or can't be written.
 */
export async function backUpRegister(directory: string, to: string): Promise<RegisterCopy> {
  const from = join(directory, fileName);
  if (!existsSync(from)) throw new StoreError(`${from} is not there: DATA_DIR holds no register.`);
  if (existsSync(to)) throw new StoreError(`${to} is there already: give another name.`);
  const partial = `${to}.partial`;
  try {
    await copyDatabase(from, partial);
    const copy = checkCopy(partial);
    syncFile(partial);
    renameSync(partial, to);
    syncFile(dirname(to));
    return copy;
  } catch (error) {
    throw error instanceof StoreError
      ? error
      : new StoreError(`${to} can't be written.`, { cause: error });
  } finally {
    removeDatabase(partial);
  }
}

async function copyDatabase(from: string, to: string): Promise<void> {
  const source = openOrThrow(from);
  try {
    removeDatabase(to);
    closeSync(openSync(to, 'wx', 0o600));
    await backup(source, to, { rate: allPages });
  } finally {
    source.close();
  }
  const copy = new DatabaseSync(to);
  // A copy with a write-ahead log would be more than one file.
  copy.exec('PRAGMA journal_mode = DELETE');
  copy.close();
}

function openOrThrow(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 5_000 });
  } catch (error) {
    throw toStoreError(error, path);
  }
}

/**
 * Puts a backup in the place of the register of a directory that no gateway runs on. The register
 * that was there is kept as `atlas-gateway.sqlite.replaced`. Throws a StoreError, and leaves all as it
 * is, where a gateway runs, or the backup is missing, damaged or of a newer gateway.
 */
export function restoreRegister(directory: string, from: string): RegisterCopy {
  const path = join(directory, fileName);
  if (!existsSync(directory))
    throw new StoreError(`${directory} is not there: make DATA_DIR first.`);
  if (!existsSync(from) || !statSync(from).isFile()) {
    throw new StoreError(`${from} is no file: give the path of a backup.`);
  }
  const owner = takeOrThrow(directory, path);
  const arriving = `${path}.restoring`;
  try {
    copyFileSync(from, arriving);
    chmodSync(arriving, 0o600);
    const copy = checkCopy(arriving, from);
    syncFile(arriving);
    setAside(path);
    renameSync(arriving, path);
    syncFile(directory);
    return copy;
  } catch (error) {
    throw toStoreError(error, path);
  } finally {
    removeDatabase(arriving);
    owner.release();
  }
}

function takeOrThrow(directory: string, path: string) {
  try {
    return takeDirectory(directory);
  } catch (error) {
    throw toStoreError(error, path);
  }
}

/** Keeps the register under another name; its log is written into it first, where that can be done. */
function setAside(path: string): void {
  const replaced = `${path}.replaced`;
  removeDatabase(replaced);
  if (!existsSync(path)) return;
  try {
    const database = new DatabaseSync(path, { timeout: 0 });
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
  } catch {
    // A damaged register is set aside as it is.
  }
  // A log that is left belongs to that register, and would be read into the restored one.
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${replaced}-wal`);
  rmSync(`${path}-shm`, { force: true });
  linkSync(path, replaced);
}

/** Reads a copy whole. Throws a StoreError, which names `shown`, where it is damaged or too new. */
function checkCopy(path: string, shown = path): RegisterCopy {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (version > tablesVersion) throw toNewer(shown, version, 'restore it with that one');
    const [check, ...more] = database.prepare('PRAGMA integrity_check(1)').all();
    if (check?.integrity_check !== 'ok' || more.length > 0) throw toDamaged(shown);
    if (database.prepare('PRAGMA foreign_key_check').get() !== undefined) throw toDamaged(shown);
    const flows = Number(database.prepare('SELECT count(*) AS flows FROM flows').get()?.flows);
    return { version, flows, bytes: statSync(path).size };
  } catch (error) {
    throw error instanceof StoreError ? error : toDamaged(shown, { cause: error });
  } finally {
    if (database?.isOpen) database.close();
  }
}

function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal'])
    rmSync(`${path}${suffix}`, { force: true });
}

function syncFile(path: string): void {
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
