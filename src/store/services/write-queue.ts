import { StoreError } from '../store.ts';

/** The options of `createWriteQueue`. */
export interface WriteQueueOptions {
  readonly clock: { after(delayMs: number, write: () => void): () => void };
  /** How many writes may wait. */
  readonly maxWaiting?: number;
}

/** A queue of writes that wait until a store answers again, in their order. */
export interface WriteQueue {
  /**
   * Writes now, or puts it behind what waits when the store can't be reached, and answers undefined.
   * Rejects with a StoreError when too much waits. The write may be made twice: an answer may be lost.
   */
  write<Value>(write: () => Promise<Value>): Promise<Value | undefined>;
  /** How many wait. */
  count(): number;
  /** Tries once more now; fulfilled when nothing waits or the store can't be reached. */
  flush(): Promise<void>;
  close(): void;
}

const retryMs = 500;

/** Creates an empty queue for 50,000 writes. */
export function createWriteQueue({ clock, maxWaiting = 50_000 }: WriteQueueOptions): WriteQueue {
  const waiting: (() => Promise<unknown>)[] = [];
  let sending: Promise<void> | undefined;
  let cancel = () => {};

  async function send(): Promise<void> {
    cancel();
    try {
      for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
        await next();
        waiting.shift();
      }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      cancel = clock.after(retryMs, () => void flush());
    }
  }

  function flush(): Promise<void> {
    sending ??= send().finally(() => {
      sending = undefined;
    });
    return sending;
  }

  return {
    async write(write) {
      // Earlier writes go first.
      if (waiting.length === 0) {
        try {
          return await write();
        } catch (error) {
          if (!(error instanceof StoreError)) throw error;
        }
      }
      if (waiting.length >= maxWaiting) {
        throw new StoreError('Too many writes wait for the store: check why it does not answer.');
      }
      waiting.push(write);
      if (waiting.length === 1) cancel = clock.after(retryMs, () => void flush());
      return undefined;
    },
    count: () => waiting.length,
    flush,
    close: () => cancel(),
  };
}
