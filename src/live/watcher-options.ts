import type { CadenceInput } from './cadence.ts';
import type { Clock } from './clock.ts';
import type { Snapshot, SnapshotSource } from './known-states.ts';
import type { WatchLease } from './shared-watch.ts';

/** The options of one poll. */
export interface PollOptions {
  /** Forbids joining a read under way: it may have left before the news. */
  readonly isFresh: boolean;
  /** Whether a reader wants more than the bare state. */
  readonly isDetailed: boolean;
}

/** An answered poll of Atlas and its delay, by which the state of the readers was older. */
export interface Poll {
  /** The cause of the poll: `POLL` the clock, `CALLBACK` a call of Atlas. */
  readonly source: SnapshotSource;
  /**
   * From when it was due, or from when the callback came, until there was a state to tell. Looks
   * that failed meanwhile count in: it is due from the first of them.
   */
  readonly delayMs: number;
}

/** Facts that decide when to poll next, in addition to those that the watcher itself sees. */
export type CadenceHints = Pick<CadenceInput, 'callbacks' | 'sinceUploadMs' | 'usualMs'>;

/** The result of a watcher's request for the lease of its flow or batch. */
export interface PollLease<State> extends Pick<WatchLease<State>, 'isMine' | 'isDetailed'> {
  /** The state that the polling watcher published; undefined if there is none yet. */
  readonly snapshot: Snapshot<State> | undefined;
}

/** Decides which of several watchers of one key, each in its own process, polls Atlas. */
export interface LeaseHandle<State> {
  /** Never rejects: a process that can't reach the others gets the lease and polls by itself. */
  acquire(isDetailed: boolean): Promise<PollLease<State>>;
  release(): void;
}

/** The options of `createWatcher`. */
export interface WatcherOptions<State> {
  /**
   * Polls Atlas and returns the state known after its answer; null if there is no such flow or
   * batch.
   */
  readonly poll: (how: PollOptions, source: SnapshotSource) => Promise<Snapshot<State> | null>;
  /** Returns the state that is known without a call to Atlas. */
  readonly known: () => Snapshot<State> | undefined;
  readonly isTerminal: (state: State) => boolean;
  readonly missing: 'flow' | 'batch';
  readonly clock: Clock;
  readonly random: () => number;
  readonly intervalMs: number;
  readonly hints: () => CadenceHints;
  readonly giveUpAfterMs: number;
  /** Called for each poll that found a state. */
  readonly onPoll?: ((look: Poll) => void) | undefined;
  /** Without it this watcher is the only one. */
  readonly lease?: LeaseHandle<State>;
  /** Called for the first failure in a row. */
  readonly onFailure: (error: unknown) => void;
  /** Called when the watcher has no readers and no poll in flight, and can be dropped. */
  readonly onIdle: () => void;
}
