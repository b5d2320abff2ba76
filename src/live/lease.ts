import type { Snapshot } from './known-states.ts';

/** The result of asking whether this watcher polls Atlas. */
export interface Turn<State> {
  readonly isMine: boolean;
  /** Whether somebody elsewhere wants more than the bare state. */
  readonly isDetailed: boolean;
  /** The state that the polling watcher published; undefined if none yet. */
  readonly snapshot: Snapshot<State> | undefined;
}

/** Decides which of several watchers of one key, each in its own process, polls Atlas. */
export interface WatcherLease<State> {
  /** Never fails: who can't reach the others asks for itself. */
  hold(isDetailed: boolean): Promise<Turn<State>>;
  release(): void;
}
