import type { Tenant } from '../atlas/api/tenant.ts';
import type { Clock } from './clock.ts';
import type { RestorableState, Snapshot, StateRules } from './known-states.ts';
import type { SharedWatch } from './shared-watch.ts';
import type { CadenceHints, Poll, PollOptions } from './watcher-options.ts';

/** How a thing came to its end. */
export interface Ending<State> {
  readonly state: State;
  /** When it was last seen before its end, on the monotonic clock, in milliseconds; null: never. */
  readonly runningAt: number | null;
}

/** A state that is new, and the one that was known before. */
export interface Change<State> {
  readonly snapshot: Snapshot<State>;
  readonly before: Snapshot<State> | undefined;
}

/** The options of `createWatch`. */
export interface WatchOptions<State> {
  /** Asks Atlas for the state; null: there is no such thing. */
  readonly ask: (tenant: Tenant, key: string, how: PollOptions) => Promise<State | null>;
  readonly rules: StateRules<State>;
  readonly missing: 'flow' | 'batch';
  readonly clock: Clock;
  readonly random?: () => number;
  readonly intervalMs: number;
  readonly hintsOf?: (tenant: Tenant, key: string) => CadenceHints;
  /** Ends a watch so long after its last reader came; without it there is no end but a terminal. */
  readonly giveUpAfterMs?: number;
  /** How many states are remembered, the newest ones; 100,000 by default. */
  readonly maxKnown?: number;
  /** Told when a thing is first seen in a terminal state. */
  readonly onTerminal?: (tenant: Tenant, key: string, ending: Ending<State>) => void;
  /** Returns the state from before the process began; null if there was none. Never fails. */
  readonly recall?: (
    tenant: Tenant,
    key: string,
  ) => RestorableState<State> | null | Promise<RestorableState<State> | null>;
  /** Told of each state that is new, and of the one before it. */
  readonly onChange?: (tenant: Tenant, key: string, change: Change<State>) => void;
  /** Told when Atlas can't be asked for a thing, once until it can again. */
  readonly onFailure?: (tenant: Tenant, key: string, error: unknown) => void;
  /** Told of an answer that was behind what was known, and dropped. */
  readonly onLagging?: () => void;
  /** Told of each look at Atlas that found a state, and how late it came. */
  readonly onPoll?: ((look: Poll) => void) | undefined;
  /** The watches in other processes, of which one asks for all; without it there is but this one. */
  readonly share?: SharedWatch<State>;
}
