import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The right of this process to write the file of a directory. */
export interface Owner {
  /** Gives the right back; the end of the process does so too, however it comes. */
  release(): void;
}

const lockName = 'atlas-gateway.lock';

/**
 * Takes a directory for this process alone: it holds SQLite's exclusive lock on an empty file beside
 * the register. The register itself stays open to readers, so that a backup needs no stop. Throws
 * SQLite's error, with the result code 5 (SQLITE_BUSY) where another process has the directory.
 */
export function takeDirectory(directory: string): Owner {
  const path = join(directory, lockName);
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    chmodSync(path, 0o600);
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    release() {
      if (lock.isOpen) lock.close();
    },
  };
}
