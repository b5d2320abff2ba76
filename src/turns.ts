/**
 * Divides long work over turns of the event loop, so that other requests are served in between. Work
 * that is short pays nothing: it asks neither of these.
 */
export interface Turns {
  /** Whether work that may wait should: the present turn has lasted for a slice. */
  isLong(): boolean;
  /**
   * Resolves when there is time for a piece of work: after the pieces before it, in a later turn if
   * this one is long. Owners, such as operations, take turns with each other.
   */
  next(owner: object): Promise<void>;
}

/** The options of `createTurns`. */
export interface TurnsOptions {
  /** How long a turn may last before work waits for the next, in milliseconds; 20 by default. */
  readonly sliceMs?: number;
  /** A monotonic clock, in milliseconds; it must go on during a turn. */
  readonly now?: () => number;
}

/** Begins a piece of work. */
type Begin = () => void;

/** Makes the turns of one process; all long work in it should share them. */
export function createTurns({ sliceMs = 20, now = monotonicNow }: TurnsOptions = {}): Turns {
  const waiting = new Map<object, Queue>();
  let startedAt: number | undefined;
  let isServing = false;

  function forgetStart(): void {
    startedAt = undefined;
  }

  /** The turn is measured from the first look at it; it ends before the next `setImmediate`. */
  function isLong(): boolean {
    const at = now();
    if (startedAt !== undefined) return at - startedAt > sliceMs;
    startedAt = at;
    setImmediate(forgetStart);
    return false;
  }

  /** Takes the next piece of work, of the owner that has waited longest since its last. */
  function take(): Begin | undefined {
    const [first] = waiting;
    if (first === undefined) return undefined;
    const [owner, queue] = first;
    const begin = queue.shift();
    waiting.delete(owner);
    if (queue.length > 0) waiting.set(owner, queue);
    return begin;
  }

  function serve(): void {
    if (waiting.size > 0 && isLong()) {
      setImmediate(serve);
      return;
    }
    const begin = take();
    if (begin === undefined) {
      isServing = false;
      return;
    }
    begin();
    serveSoon();
  }

  /** Once all that follows from the last piece of work has been done: a tick comes after promises. */
  function serveSoon(): void {
    queueMicrotask(() => process.nextTick(serve));
  }

  return {
    isLong,
    next(owner) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const queue = waiting.get(owner) ?? new Queue();
      queue.push(resolve);
      waiting.set(owner, queue);
      if (!isServing) {
        isServing = true;
        serveSoon();
      }
      return promise;
    },
  };
}

/** First in, first out, in constant time: thousands may wait. */
class Queue {
  #entries: Begin[] = [];
  #taken = 0;

  get length(): number {
    return this.#entries.length - this.#taken;
  }

  push(begin: Begin): void {
    this.#entries.push(begin);
  }

  shift(): Begin | undefined {
    const begin = this.#entries[this.#taken];
    this.#taken += 1;
    if (this.#taken > 1_000 && this.#taken * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#taken);
      this.#taken = 0;
    }
    return begin;
  }
}

function monotonicNow(): number {
  return performance.now();
}
