import { StoreError } from '../store.ts';

export interface OutboxOptions {
  readonly clock: { after(delayMs: number, act: () => void): () => void };
  /** How many writes may wait. */
  readonly most?: number;
}

/** Writes that wait for a store to answer again, in the order they came. */
export interface Outbox {
  /**
   * Writes now, or puts it behind what waits when the store can't be reached, and answers undefined.
   * Rejects with a StoreError when too much waits. The write may be made twice: an answer may be lost.
   */
  write<Value>(act: () => Promise<Value>): Promise<Value | undefined>;
  /** How many wait. */
  count(): number;
  /** Tries once more now; fulfilled when nothing waits or the store can't be reached. */
  flush(): Promise<void>;
  close(): void;
}

const retryMs = 500;

/** An empty outbox for 50,000 writes. */
export function createOutbox({ clock, most = 50_000 }: OutboxOptions): Outbox {
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
    async write(act) {
      // Earlier writes go first.
      if (waiting.length === 0) {
        try {
          return await act();
        } catch (error) {
          if (!(error instanceof StoreError)) throw error;
        }
      }
      if (waiting.length >= most) {
        throw new StoreError('Too much waits to be written: see why the store does not answer.');
      }
      waiting.push(act);
      if (waiting.length === 1) cancel = clock.after(retryMs, () => void flush());
      return undefined;
    },
    count: () => waiting.length,
    flush,
    close: () => cancel(),
  };
}
