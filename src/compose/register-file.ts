import type { Clock } from '../live/clock.ts';
import type { Log } from '../logging/log.ts';
import { type BufferedStore, createBufferedStore } from '../store/services/buffered-store.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';

/** The register in a SQLite file. */
export interface RegisterFile extends BufferedStore {
  /** The state of the file for `/ready`. */
  readonly describe: () => string;
}

/** The state of a register that takes every write. */
export const writable = 'can be written';

/** The options of `openRegisterFile`. */
export interface RegisterFileOptions {
  readonly directory: string;
  readonly log: Log;
  readonly clock: Clock;
  /** Told each time that `describe` has changed for another reason than the number of writes. */
  readonly onChange?: (description: string) => void;
}

/**
 * Opens the file of the register. While it can't be written, because the disk is full, writes wait in
 * memory, and the log and `/ready` tell the cause. Throws a StoreError where it can't be opened.
 */
export function openRegisterFile(options: RegisterFileOptions): RegisterFile {
  const { directory, log, clock, onChange = () => {} } = options;
  let trouble: string | null = null;
  const store = createBufferedStore({
    store: openSqliteStore({
      directory,
      now: clock.now,
      onTrouble(cause) {
        trouble = cause;
        if (cause === null) log.info('the register can be written again');
        else log.error(`the register can't be written: ${cause}`);
        onChange(describe());
      },
    }),
    clock,
    onLost: (count) =>
      log.error('writes are lost because the register did not accept them', { count }),
  });

  function describe(): string {
    return trouble === null
      ? writable
      : `can't be written: ${trouble}; what was done is answered and written once there is room`;
  }

  return { ...store, describe };
}
