import { StoreError } from '../store.ts';

/** SQLite's primary result codes (sqlite.org/rescode.html) for what lies outside the gateway. */
const causes: Readonly<Record<number, string>> = {
  7: 'there is no memory for it',
  8: 'the file is read-only',
  10: 'the disk fails, or a limit on the size of files is reached',
  11: 'the file is damaged',
  13: 'the disk is full',
  14: 'the file can not be opened',
  26: 'the file is damaged',
};
/** The same by the codes of write(2) and fdatasync(2), as Node names them. */
const systemCauses: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'a limit on the size of files is reached',
  EIO: 'the disk fails',
  EROFS: 'the disk is read-only',
};

/** Writes after a failure before each of which the log is kept short, for room may be scarce still. */
const carefulWrites = 200;

/** The latest answer of a file to a write. */
export interface Trouble {
  /** Does what writes. Throws a StoreError where the file can't be written. */
  writing<Value>(act: () => Value): Value;
  /** Turns what failed into a StoreError where the file is the cause; the same error otherwise. */
  note(error: unknown): unknown;
}

/**
 * Follows whether a file can be written. `onChange` is told the cause, or null once it can again.
 * `makeRoom` is called when a write fails, before it is tried once more.
 */
export function createTrouble(
  onChange: (cause: string | null) => void,
  makeRoom: () => void,
): Trouble {
  let known: string | null = null;
  let careful = 0;

  function change(cause: string | null): void {
    if (cause === known) return;
    known = cause;
    onChange(cause);
  }

  function note(error: unknown): unknown {
    const cause = causeOf(error);
    if (cause === undefined) return error;
    change(cause);
    careful = carefulWrites;
    return new StoreError(`The register can't be written: ${cause}.`, { cause: error });
  }

  function twice<Value>(act: () => Value): Value {
    try {
      return act();
    } catch (error) {
      if (causeOf(error) === undefined) throw error;
      makeRoom();
      return act();
    }
  }

  return {
    note,
    writing(act) {
      // Free space is used to checkpoint the log first, before the log grows into it.
      if (careful > 0) {
        careful -= 1;
        makeRoom();
      }
      try {
        const value = twice(act);
        change(null);
        return value;
      } catch (error) {
        throw note(error);
      }
    },
  };
}

/** Undefined for a fault of the gateway's own, such as a constraint or a wrong statement. */
function causeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // The low byte of an extended code is the primary one.
  if ('errcode' in error && typeof error.errcode === 'number') return causes[error.errcode & 0xff];
  return 'code' in error ? systemCauses[String(error.code)] : undefined;
}
