import { type ConflatingQueue, createConflatingQueue } from './conflating-queue.ts';
import type { Snapshot } from './known-states.ts';

/** The wishes of one reader. */
export interface ReadOptions {
  /**
   * The version seen last: nothing is read until something newer is known. A version that is newer than
   * anything known here is that of another register: the state is read as it is.
   */
  readonly after?: number | undefined;
  /** True if the reader wants more than the bare state, such as documents as they get results. */
  readonly isDetailed?: boolean;
  /** Whether it wants each change on the way to the end; so does every detailed reader. */
  readonly wantsEveryChange?: boolean;
}

/** The readers of one flow or batch. */
export interface Readers<State> {
  readonly count: () => number;
  readonly isDetailed: () => boolean;
  /** Whether any reader wants each change on the way to the end. */
  readonly wantsEveryChange: () => boolean;
  /**
   * Adds a reader. Returns its iterator, and a function that delivers a known state to it alone.
   */
  add(options: ReadOptions): AddedReader<State>;
  /**
   * Delivers a state to each reader that has not seen it: a newer one, or one that became stale.
   */
  publish(snapshot: Snapshot<State>): void;
  end(error?: Error): void;
}

/** A reader that was added to a watch. */
export interface AddedReader<State> {
  readonly iterator: AsyncIterableIterator<Snapshot<State>>;
  /** Delivers the known state; `isConfirmed` says that no newer one can be on its way. */
  deliver(snapshot: Snapshot<State>, isConfirmed: boolean): void;
}

interface Reader<State> {
  readonly queue: ConflatingQueue<Snapshot<State>>;
  readonly options: ReadOptions;
  seen: Snapshot<State> | undefined;
}

/**
 * Creates the readers of one flow or batch, each with a queue of one; `onEmpty` is called when the
 * last one leaves.
 */
export function createReaders<State>(
  isTerminal: (state: State) => boolean,
  onEmpty: () => void,
): Readers<State> {
  const readers = new Set<Reader<State>>();
  let detailed = 0;
  let everyChange = 0;

  function deliver(reader: Reader<State>, snapshot: Snapshot<State>, isConfirmed: boolean): void {
    const { seen, options } = reader;
    if (seen?.version === snapshot.version && seen.isStale === snapshot.isStale) return;
    if (seen === undefined && options.after !== undefined) {
      if (snapshot.version === options.after) return;
      // Versions of another process may run ahead: what is known here may only lag behind them.
      const isCurrent = isConfirmed || isTerminal(snapshot.state);
      if (snapshot.version < options.after && !isCurrent) return;
    }
    reader.seen = snapshot;
    reader.queue.push(snapshot);
  }

  return {
    count: () => readers.size,
    isDetailed: () => detailed > 0,
    wantsEveryChange: () => everyChange > 0,
    add(options) {
      const reader: Reader<State> = {
        options,
        seen: undefined,
        queue: createConflatingQueue(() => {
          if (!readers.delete(reader)) return;
          if (options.isDetailed) detailed -= 1;
          if (needsEveryChange(options)) everyChange -= 1;
          if (readers.size === 0) onEmpty();
        }),
      };
      readers.add(reader);
      if (options.isDetailed) detailed += 1;
      if (needsEveryChange(options)) everyChange += 1;
      return {
        iterator: reader.queue.iterator,
        deliver: (snapshot, isConfirmed) => deliver(reader, snapshot, isConfirmed),
      };
    },
    publish(snapshot) {
      for (const reader of readers) deliver(reader, snapshot, true);
    },
    end(error) {
      for (const reader of readers) reader.queue.end(error);
    },
  };
}

function needsEveryChange({ isDetailed, wantsEveryChange }: ReadOptions): boolean {
  return isDetailed === true || wantsEveryChange === true;
}
