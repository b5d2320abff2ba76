import type { Clock } from '../live/clock.ts';
import { type Faults, faultsOf } from './operation-events.ts';

/** Who reads a subscription; every text is the JSON of one result, with what is wrong with it. */
export interface SharedReader {
  next(result: string, faults: Faults | null): void;
  complete(): void;
}

/** A subscription's results, or its one result where it could not be begun. */
export type Results = AsyncIterable<unknown> | object;

export interface SharedOperations {
  /**
   * Reads a subscription together with whoever else reads the same one. `key` holds all that the
   * results depend on: tenant, what the caller may see, operation and variables. `start` is called
   * when nobody reads it yet, and then `abandon`, when all who read it have left before its end. The
   * answer leaves; nothing is read after that.
   */
  join(
    key: string,
    start: () => Promise<Results>,
    reader: SharedReader,
    abandon?: () => void,
  ): () => void;
  /** Whether somebody reads it, so that joining needs no start. */
  has(key: string): boolean;
  /** How many operations run, however many read them. */
  countRunning(): number;
}

interface Group {
  readonly key: string;
  readonly readers: Set<SharedReader>;
  last: { readonly text: string; readonly faults: Faults | null } | undefined;
  forget: () => void;
  stop: () => void;
  readonly abandon: () => void;
}

/**
 * Executes once for all who read the same subscription, and hands the same bytes to each. Who joins
 * late gets the last result at once, so that everybody begins with the state as it is; a result is
 * kept for `keptMs` milliseconds, after which whoever comes begins their own.
 */
export function createSharedOperations(clock: Clock, keptMs: number): SharedOperations {
  const groups = new Map<string, Group>();
  let running = 0;

  function publish(group: Group, result: unknown): void {
    const text = JSON.stringify(result);
    const faults = faultsOf(result);
    group.forget();
    group.last = { text, faults };
    group.forget = clock.after(keptMs, () => {
      group.last = undefined;
      remove(group);
    });
    for (const reader of group.readers) reader.next(text, faults);
  }

  /** Whoever comes now begins a group of their own. */
  function remove(group: Group): void {
    if (groups.get(group.key) === group) groups.delete(group.key);
  }

  async function run(group: Group, start: () => Promise<Results>): Promise<void> {
    const results = await start();
    if (!(Symbol.asyncIterator in results)) {
      publish(group, results);
      return;
    }
    const iterator = results[Symbol.asyncIterator]();
    let isStopped = group.readers.size === 0;
    group.stop = () => {
      isStopped = true;
      void iterator.return?.();
    };
    if (isStopped) group.stop();
    while (!isStopped) {
      const { done, value } = await iterator.next();
      if (done) return;
      publish(group, value);
    }
  }

  function open(key: string, start: () => Promise<Results>, abandon: () => void): Group {
    const group: Group = {
      key,
      abandon,
      readers: new Set(),
      last: undefined,
      forget: () => {},
      stop: () => {},
    };
    groups.set(key, group);
    running += 1;
    const close = () => {
      running -= 1;
      group.forget();
      group.last = undefined;
      remove(group);
      const left = [...group.readers];
      group.readers.clear();
      for (const reader of left) reader.complete();
    };
    // `start` answers with results and never throws; what it could not do is a result too.
    queueMicrotask(() => void run(group, start).finally(close));
    return group;
  }

  return {
    join(key, start, reader, abandon = () => {}) {
      const group = groups.get(key) ?? open(key, start, abandon);
      group.readers.add(reader);
      if (group.last !== undefined) reader.next(group.last.text, group.last.faults);
      return () => {
        if (!group.readers.delete(reader) || group.readers.size > 0) return;
        remove(group);
        group.stop();
        group.abandon();
      };
    },
    has: (key) => groups.has(key),
    countRunning: () => running,
  };
}
