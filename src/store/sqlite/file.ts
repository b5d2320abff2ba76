import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite';
import { StoreError } from '../store.ts';
import { createFlush } from './flush.ts';
import { type Owner, takeDirectory } from './owner.ts';
import { migrations, tablesVersion } from './tables.ts';
import { createTrouble, type Trouble } from './trouble.ts';

/** A row of a query's result, by the names of its columns. */
export type SqlRow = Record<string, SQLOutputValue>;

/**
 * One open database. Each call takes a fraction of a millisecond, and the process waits for it. Throws
 * a StoreError where the file can't be written or read.
 */
export interface SqlFile {
  run(sql: string, ...values: SQLInputValue[]): number;
  get(sql: string, ...values: SQLInputValue[]): SqlRow | undefined;
  all(sql: string, ...values: SQLInputValue[]): SqlRow[];
  /** Does all of an act, or nothing of it. */
  atOnce<Value>(act: () => Value): Value;
  /** Fulfilled when what was written so far is on the disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** How long an opening waits for a process that reads or closes the file, in milliseconds. */
const lockedMs = 2_000;

/** The directory that stands for none: all is forgotten at the end. */
export const inMemory = ':memory:';
/** The name of the file in its directory. */
export const fileName = 'atlas-gateway.sqlite';

/*
 * Write-ahead log, `synchronous=NORMAL`: a commit is in the operating system's hands when it returns,
 * which the end of the process can't undo. The end of the machine could, so a write that
 * is acknowledged is preceded by a flush of the log, off the event loop, many at once; `FULL` would
 * block the loop for each. SQLite itself still makes a checkpoint every thousand pages, some hundred
 * flows, which blocks the loop for two flushes. One process owns the directory (see `owner.ts`); any
 * other may read the file meanwhile, to copy it.
 */
const settings = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA foreign_keys = ON;
`;

/**
 * Opens the database in a directory, which is made if it is not there. Throws a StoreError that names
 * the cure: not writable, in use, damaged, or of a newer gateway. `onTrouble` is told each time that
 * the file can't be written any more, with the cause, and null once it can again.
 */
export function openSqlFile(
  directory: string,
  now: () => number,
  onTrouble: (cause: string | null) => void = () => {},
): SqlFile {
  const isKept = directory !== inMemory;
  const path = isKept ? join(directory, fileName) : inMemory;
  let owner: Owner | undefined;
  let database: DatabaseSync | undefined;
  try {
    if (isKept) {
      makeDirectory(directory);
      owner = takeDirectory(directory);
    }
    database = new DatabaseSync(path, { timeout: lockedMs });
    if (isKept) chmodSync(path, 0o600);
    database.exec(settings);
    prepareTables(database, path, now());
    // Pages that the file has need no room on a disk that fills up later.
    shortenLog(database);
    const opened = database;
    const flush = isKept ? createFlush(`${path}-wal`) : null;
    const trouble = createTrouble(onTrouble, () => shortenLog(opened));
    return toSqlFile(opened, flush, trouble, owner);
  } catch (error) {
    if (database?.isOpen) database.close();
    owner?.release();
    throw toStoreError(error, path);
  }
}

/**
 * Makes a directory and those above it where they are not there. With `recursive` Node would try for
 * ever below one that takes none, such as `/proc`.
 */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  if (above !== path) makeDirectory(above);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(path)) throw error;
  }
}

function prepareTables(database: DatabaseSync, path: string, at: number): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  if (version > tablesVersion) {
    throw toNewer(path, version, 'start that one, or give another DATA_DIR');
  }
  const [check] = database.prepare('PRAGMA quick_check(1)').all();
  if (check?.quick_check !== 'ok') throw toDamaged(path);
  database.exec('BEGIN IMMEDIATE');
  if (version < tablesVersion) {
    const steps = migrations.filter((each) => each.version > version).map(({ sql }) => sql);
    database.exec(`${steps.join('')} PRAGMA user_version = ${tablesVersion};`);
  }
  // A start writes something in any case, so that a file that can't be written is found now.
  database.prepare('INSERT OR REPLACE INTO starts VALUES (1, ?)').run(at);
  // Attempts under a key that were in progress ended with the process before.
  database.exec('UPDATE keys SET busy_until = 0 WHERE result IS NULL');
  database.exec('COMMIT');
}

/** Moves what the log holds into the tables, whose pages are there already, and frees its room. */
function shortenLog(database: DatabaseSync): void {
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // There is no room for that either; the write that follows tells.
  }
}

function toSqlFile(
  database: DatabaseSync,
  flush: ReturnType<typeof createFlush> | null,
  trouble: Trouble,
  owner: Owner | undefined,
): SqlFile {
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();

  function prepared(sql: string) {
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  }

  function reading<Value>(read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      throw trouble.note(error);
    }
  }

  return {
    run(sql, ...values) {
      const act = () => Number(prepared(sql).run(...values).changes);
      // Within a transaction only its end tells whether it was written.
      return database.isTransaction ? act() : trouble.writing(act);
    },
    get: (sql, ...values) => reading(() => prepared(sql).get(...values)),
    all: (sql, ...values) => reading(() => prepared(sql).all(...values)),
    atOnce: (act) =>
      trouble.writing(() => {
        database.exec('BEGIN IMMEDIATE');
        try {
          const value = act();
          database.exec('COMMIT');
          return value;
        } catch (error) {
          if (database.isTransaction) database.exec('ROLLBACK');
          throw error;
        }
      }),
    async flush() {
      try {
        await flush?.flush();
      } catch (error) {
        throw trouble.note(error);
      }
    },
    async close() {
      await flush?.close();
      if (database.isOpen) database.close();
      owner?.release();
    },
  };
}

/** SQLite's own result codes (sqlite.org/rescode.html). */
const [busy, corrupt, notADatabase] = [5, 11, 26];

/** Returns the fault of a file that can't be opened, with its cure. */
export function toStoreError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const options = { cause: error };
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  if (code === busy) {
    const cure = 'end that one, or give this one another DATA_DIR';
    return new StoreError(`${path} is in use by another process: ${cure}.`, options);
  }
  if (code === corrupt || code === notADatabase) return toDamaged(path, options);
  return new StoreError(
    `${path} can't be written: give a DATA_DIR that this user may write to and that has room.`,
    options,
  );
}

/** Returns the fault of a file that SQLite can't read, or whose tables are none of the gateway's. */
export function toDamaged(path: string, options?: ErrorOptions): StoreError {
  const cure = 'put back a copy, or move it away to begin anew';
  return new StoreError(`${path} is damaged, or no file of this gateway: ${cure}.`, options);
}

/** Returns the fault of a file whose tables have a version that this gateway does not know. */
export function toNewer(path: string, version: number, cure: string): StoreError {
  return new StoreError(
    `${path} was written by a newer gateway (tables ${version}, this one knows ${tablesVersion}): ${cure}.`,
  );
}
