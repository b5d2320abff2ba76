/** A queue of length one between a writer and a reader: a newer value replaces an unread one. */
export interface ConflatingQueue<Value> {
  /** The iterator of the reader. Leaving it (`return`) calls `onLeave` once. */
  readonly iterator: AsyncIterableIterator<Value>;
  /** Offers a value and replaces an unread one. Never waits, never throws. */
  push(value: Value): void;
  /** Ends the iteration, with an error if one is given, once the last value is taken. */
  end(error?: Error): void;
}

/**
 * Creates a queue in which the newest value wins. A slow reader skips intermediate values and costs
 * the memory of one value, however long it sleeps.
 */
export function createConflatingQueue<Value>(onLeave: () => void): ConflatingQueue<Value> {
  let slot: { value: Value } | undefined;
  let ending: { error?: Error } | undefined;
  let waiting: PromiseWithResolvers<IteratorResult<Value>> | undefined;
  let hasLeft = false;

  function leave(): void {
    if (hasLeft) return;
    hasLeft = true;
    slot = undefined;
    // A reader that has left is done, even if values or an end are pending.
    ending = {};
    onLeave();
  }

  function settle(): void {
    if (waiting === undefined) return;
    const { resolve, reject } = waiting;
    if (slot !== undefined) {
      const { value } = slot;
      slot = undefined;
      waiting = undefined;
      resolve({ value, done: false });
    } else if (ending !== undefined) {
      const { error } = ending;
      waiting = undefined;
      leave();
      if (error) reject(error);
      else resolve({ value: undefined, done: true });
    }
  }

  const iterator: AsyncIterableIterator<Value> = {
    next() {
      // Two calls of next() at once share one answer: the reader is one, and asks in turn.
      waiting ??= Promise.withResolvers();
      const { promise } = waiting;
      settle();
      return promise;
    },
    async return() {
      leave();
      settle();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]: () => iterator,
  };

  return {
    iterator,
    push(value) {
      if (ending !== undefined) return;
      slot = { value };
      settle();
    },
    end(error) {
      ending ??= error ? { error } : {};
      settle();
    },
  };
}

/** An iterator that has ended: it gives nothing. */
export function createEndedIterator<Value>(): AsyncIterableIterator<Value> {
  const { iterator, end } = createConflatingQueue<Value>(() => {});
  end();
  return iterator;
}
