import { close, fdatasync, openSync } from 'node:fs';
import { promisify } from 'node:util';

const sync = promisify(fdatasync);
const closeFile = promisify(close);

/** Flushes a file to the disk. */
export interface Flush {
  /** Fulfilled once all that was written before the call is on the disk. */
  flush(): Promise<void>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/**
 * Flushes a file off the event loop. Callers that arrive during a flush share the next one: their
 * writes may be too late for this.
 */
export function createFlush(path: string): Flush {
  const descriptor = openSync(path, 'r');
  let underWay: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  function begin(): Promise<void> {
    next = undefined;
    underWay = sync(descriptor).finally(() => {
      underWay = undefined;
    });
    return underWay;
  }

  return {
    flush() {
      if (underWay === undefined) return begin();
      next ??= underWay.then(begin, begin);
      return next;
    },
    async close() {
      await Promise.allSettled([underWay, next]);
      await closeFile(descriptor);
    },
  };
}
