import type { Tenant } from '../atlas/tenant.ts';
import type { Clock } from './clock.ts';
import {
  createKnownStates,
  type Observation,
  type Snapshot,
  type SnapshotSource,
  type StateBefore,
  type StateRules,
} from './known-states.ts';
import { createLatest } from './latest.ts';
import type { ReadOptions } from './readers.ts';
import {
  type AskOptions,
  type CadenceHints,
  createWatcher,
  type Look,
  type Watcher,
} from './watcher.ts';

/** How a thing came to its end. */
export interface Ending<State> {
  readonly state: State;
  /** When it was last seen before its end; null when it never was. */
  readonly runningAt: number | null;
}

/** A state that is new, and the one that was known before. */
export interface Change<State> {
  readonly snapshot: Snapshot<State>;
  readonly before: Snapshot<State> | undefined;
}

export interface WatchOptions<State> {
  /** Asks Atlas for the state; null: there is no such thing. */
  readonly ask: (tenant: Tenant, key: string, how: AskOptions) => Promise<State | null>;
  readonly rules: StateRules<State>;
  readonly missing: 'flow' | 'batch';
  readonly clock: Clock;
  readonly random?: () => number;
  readonly intervalMs: number;
  readonly hintsOf?: (tenant: Tenant, key: string) => CadenceHints;
  /** Ends a watch so long after its last reader came; without it there is no end but a terminal. */
  readonly giveUpAfterMs?: number;
  /** How many states are remembered, the newest ones; 100,000 by default. */
  readonly mostKnown?: number;
  /** Told when a thing is first seen in a terminal state. */
  readonly onTerminal?: (tenant: Tenant, key: string, ending: Ending<State>) => void;
  /** What was known of a thing before the process began; null: nothing. Never fails. */
  readonly recall?: (tenant: Tenant, key: string) => Promise<StateBefore<State> | null>;
  /** Told of each state that is new, and of the one before it. */
  readonly onChange?: (tenant: Tenant, key: string, change: Change<State>) => void;
  /** Told when Atlas can't be asked for a thing, once until it can again. */
  readonly onFailure?: (tenant: Tenant, key: string, error: unknown) => void;
  /** Told of an answer that was behind what was known, and dropped. */
  readonly onLagging?: () => void;
  /** Told of each look at Atlas that found a state, and how late it came. */
  readonly onLook?: ((look: Look) => void) | undefined;
}

export interface Watch<State> {
  /**
   * The state as it is, then each newer one, then the end once it is terminal. A slow reader skips
   * states. Fails with NotFoundError, or with an AtlasError when Atlas can't be asked at all; once
   * a state is known, an Atlas that can't be reached makes it stale and does not end the reading.
   */
  watch(tenant: Tenant, key: string, options?: ReadOptions): AsyncIterableIterator<Snapshot<State>>;
  /** A hint that something changed: if anybody watches it, Atlas is asked at once. */
  poke(tenant: Tenant, key: string, source?: SnapshotSource): void;
  /** The same for all that is watched for a tenant under a key that begins so. */
  pokeAll(tenant: Tenant, keyPrefix?: string): void;
  /** Sees to it that what was known before the process began is known; for who observes. */
  recall(tenant: Tenant, key: string): Promise<void>;
  /** What somebody else learned of the state; tells the readers, and gives what is known now. */
  observe(tenant: Tenant, key: string, state: State, askedAt: number): Snapshot<State>;
  /** What is known of a thing without asking; undefined when nothing is. */
  last(tenant: Tenant, key: string): Snapshot<State> | undefined;
  /** Says that the state may start over, because more was submitted here. */
  reopen(tenant: Tenant, key: string): void;
  /** Whether somebody said so, and nothing new has been seen since. */
  isReopened(tenant: Tenant, key: string): boolean;
  /** How many things are watched now. */
  countWatched(): number;
  /** Ends all reading for good: who comes later reads nothing, and nothing is asked. */
  close(): void;
}

/** One watcher for each thing that is read, however many read it; none for what nobody reads. */
export function createWatch<State>(options: WatchOptions<State>): Watch<State> {
  const { clock, rules } = options;
  const watchers = new Map<string, Watcher<State>>();
  const known = createKnownStates({
    rules,
    now: clock.now,
    max: options.mostKnown ?? 100_000,
    ...(options.onLagging ? { onLagging: options.onLagging } : {}),
  });
  let isClosed = false;

  function watcherOf(tenant: Tenant, key: string): Watcher<State> {
    const existing = watchers.get(watcherKey(tenant, key));
    if (existing !== undefined) return existing;
    const watcher = createWatcher<State>({
      ask: async (how, source) => {
        const askedAt = clock.now();
        const [state] = await Promise.all([options.ask(tenant, key, how), recall(tenant, key)]);
        return state === null ? null : take(tenant, key, { state, askedAt, source });
      },
      known: () => known.last(tenant.id, key),
      isTerminal: rules.isTerminal,
      missing: options.missing,
      clock,
      random: options.random ?? Math.random,
      intervalMs: options.intervalMs,
      hints: () => options.hintsOf?.(tenant, key) ?? noHints,
      onFailure: (error) => options.onFailure?.(tenant, key, error),
      giveUpAfterMs: options.giveUpAfterMs ?? Number.POSITIVE_INFINITY,
      onLook: options.onLook,
      onIdle: () => {
        if (watchers.get(watcherKey(tenant, key)) === watcher) {
          watchers.delete(watcherKey(tenant, key));
        }
      },
    });
    watchers.set(watcherKey(tenant, key), watcher);
    return watcher;
  }

  async function recall(tenant: Tenant, key: string): Promise<void> {
    if (options.recall === undefined || known.last(tenant.id, key) !== undefined) return;
    const before = await options.recall(tenant, key);
    if (before !== null) known.restore(tenant.id, key, before);
  }

  function take(tenant: Tenant, key: string, observation: Observation<State>): Snapshot<State> {
    const before = known.last(tenant.id, key);
    const snapshot = known.observe(tenant.id, key, observation);
    if (snapshot.version !== before?.version) {
      options.onChange?.(tenant, key, { snapshot, before });
    }
    const wasRunning = before === undefined || !rules.isTerminal(before.state);
    if (wasRunning && rules.isTerminal(snapshot.state)) {
      const ending = { state: snapshot.state, runningAt: before?.observedAt ?? null };
      options.onTerminal?.(tenant, key, ending);
    }
    return snapshot;
  }

  return {
    watch(tenant, key, readOptions = {}) {
      return isClosed ? toEnded() : watcherOf(tenant, key).join(readOptions);
    },
    poke(tenant, key, source = 'CALLBACK') {
      watchers.get(watcherKey(tenant, key))?.poke(source);
    },
    pokeAll(tenant, keyPrefix = '') {
      const prefix = watcherKey(tenant, keyPrefix);
      for (const [key, watcher] of watchers) {
        if (key.startsWith(prefix)) watcher.poke('CALLBACK');
      }
    },
    recall,
    observe(tenant, key, state, askedAt) {
      const snapshot = take(tenant, key, { state, askedAt, source: 'POLL' });
      return watchers.get(watcherKey(tenant, key))?.learn(snapshot) ?? snapshot;
    },
    last: (tenant, key) => known.last(tenant.id, key),
    reopen: (tenant, key) => known.reopen(tenant.id, key),
    isReopened: (tenant, key) => known.isReopened(tenant.id, key),
    countWatched: () => [...watchers.values()].filter((watcher) => watcher.isRead()).length,
    close() {
      isClosed = true;
      for (const watcher of watchers.values()) watcher.stop();
    },
  };
}

const noHints: CadenceHints = { callbacks: 'none', sinceUploadMs: null, usualMs: null };

function toEnded<Value>(): AsyncIterableIterator<Value> {
  const { iterator, end } = createLatest<Value>(() => {});
  end();
  return iterator;
}

/** Tenant ids hold no line break, so no two pairs make one key. */
function watcherKey(tenant: Tenant, key: string): string {
  return `${tenant.id}\n${key}`;
}
