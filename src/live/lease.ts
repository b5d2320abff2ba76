import type { Snapshot } from './known-states.ts';

/** What came of asking whether this watcher is the one that asks Atlas. */
export interface Turn<State> {
  readonly isMine: boolean;
  /** Whether somebody elsewhere wants more than the bare state. */
  readonly isDetailed: boolean;
  /** What the one that asks has told of it; undefined when that is nothing yet. */
  readonly snapshot: Snapshot<State> | undefined;
}

/** What many watchers of one thing, each in a process of its own, agree by on who asks. */
export interface WatcherLease<State> {
  /** Never fails: who can't reach the others asks for itself. */
  hold(isDetailed: boolean): Promise<Turn<State>>;
  release(): void;
}
