import { AtlasError, NotFoundError } from '../atlas/errors.ts';
import type { Tenant } from '../atlas/tenant.ts';
import { type CadenceInput, toNextDelayMs } from './cadence.ts';
import type { Clock } from './clock.ts';
import {
  createKnownStates,
  type Observation,
  type Snapshot,
  type SnapshotSource,
  type StateRules,
} from './known-states.ts';
import { createReaders, type Readers, type ReadOptions } from './readers.ts';

export interface AskOptions {
  /** Forbids joining a read under way: it may have left before the news. */
  readonly isFresh: boolean;
  /** Whether a reader wants more than the bare state. */
  readonly isDetailed: boolean;
}

/** What bears on when to ask for a thing, besides what the watcher itself sees. */
export type CadenceHints = Pick<CadenceInput, 'callbacks' | 'sinceUploadMs' | 'usualMs'>;

export interface WatchOptions<State> {
  /** Asks Atlas for the state; null: there is no such thing. */
  readonly ask: (tenant: Tenant, key: string, how: AskOptions) => Promise<State | null>;
  readonly rules: StateRules<State>;
  readonly missing: 'flow' | 'batch';
  readonly clock: Clock;
  readonly random?: () => number;
  readonly intervalMs: number;
  readonly hintsOf?: (tenant: Tenant, key: string) => CadenceHints;
  /** Ends a watch that has not come to a terminal state by then; without it there is no end. */
  readonly giveUpAfterMs?: number;
  /** Told when a thing is first seen in a terminal state. */
  readonly onTerminal?: (tenant: Tenant, key: string) => void;
  /** Told of an answer that was behind what was known, and dropped. */
  readonly onLagging?: () => void;
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
  /** The same for all that is watched for a tenant. */
  pokeAll(tenant: Tenant): void;
  /** What somebody else learned of the state; tells the readers, and gives what is known now. */
  observe(tenant: Tenant, key: string, state: State, askedAt: number): Snapshot<State>;
  /** What is known of a thing without asking; undefined when nothing is. */
  last(tenant: Tenant, key: string): Snapshot<State> | undefined;
  /** Says that the state may start over, because more was submitted here. */
  reopen(tenant: Tenant, key: string): void;
  /** How many things are watched now. */
  countWatched(): number;
  /** Ends all reading. */
  close(): void;
}

interface Watcher<State> {
  readonly tenant: Tenant;
  readonly key: string;
  readonly readers: Readers<State>;
  readonly startedAt: number;
  changedAt: number;
  failures: number;
  isAsking: boolean;
  /** Who gave a hint while Atlas was being asked. */
  pokedBy: SnapshotSource | null;
  nextCheckAt: number | null;
  cancelTimer: () => void;
  last: Snapshot<State> | undefined;
}

const triesWithoutState = 3;

/** One watcher for each thing that is read, however many read it; none for what nobody reads. */
export function createWatch<State>(options: WatchOptions<State>): Watch<State> {
  const { clock, rules } = options;
  const random = options.random ?? Math.random;
  const watchers = new Map<string, Watcher<State>>();
  const known = createKnownStates({
    rules,
    now: clock.now,
    ...(options.onLagging ? { onLagging: options.onLagging } : {}),
  });

  function watcherOf(tenant: Tenant, key: string): Watcher<State> {
    const existing = watchers.get(watcherKey(tenant, key));
    if (existing) return existing;
    const watcher: Watcher<State> = {
      tenant,
      key,
      readers: createReaders(rules.isTerminal, () => remove(watcher)),
      startedAt: clock.now(),
      changedAt: clock.now(),
      failures: 0,
      isAsking: false,
      pokedBy: null,
      nextCheckAt: null,
      cancelTimer: () => {},
      last: undefined,
    };
    watchers.set(watcherKey(tenant, key), watcher);
    return watcher;
  }

  async function ask(watcher: Watcher<State>, source: SnapshotSource, isPoke: boolean) {
    const { tenant, key } = watcher;
    watcher.cancelTimer();
    watcher.nextCheckAt = null;
    watcher.isAsking = true;
    watcher.pokedBy = null;
    const askedAt = clock.now();
    try {
      const isDetailed = watcher.readers.isDetailed();
      const state = await options.ask(tenant, key, { isFresh: isPoke, isDetailed });
      watcher.isAsking = false;
      watcher.failures = 0;
      if (state === null) stop(watcher, new NotFoundError(options.missing));
      else learn(watcher, take(tenant, key, { state, askedAt, source }));
    } catch (error) {
      watcher.isAsking = false;
      fail(watcher, error);
    }
  }

  function take(tenant: Tenant, key: string, observation: Observation<State>): Snapshot<State> {
    const before = known.last(tenant.id, key);
    const snapshot = known.observe(tenant.id, key, observation);
    const isNews = snapshot.version !== before?.version;
    if (isNews && rules.isTerminal(snapshot.state)) options.onTerminal?.(tenant, key);
    return snapshot;
  }

  function learn(watcher: Watcher<State>, snapshot: Snapshot<State>): void {
    if (watcher.last?.version !== snapshot.version) watcher.changedAt = clock.now();
    const isEnd = rules.isTerminal(snapshot.state);
    if (!isEnd) schedule(watcher);
    watcher.last = { ...snapshot, nextCheckAt: watcher.nextCheckAt };
    watcher.readers.publish(watcher.last);
    if (isEnd) stop(watcher);
  }

  function fail(watcher: Watcher<State>, error: unknown): void {
    watcher.failures += 1;
    const isHopeless = watcher.last === undefined && watcher.failures >= triesWithoutState;
    if (isHopeless || !mayPass(error, watcher.last !== undefined)) {
      stop(watcher, error instanceof Error ? error : new Error('the watch failed'));
      return;
    }
    schedule(watcher, error instanceof AtlasError ? error.retryAfterMs : undefined);
    if (watcher.last === undefined) return;
    watcher.last = { ...watcher.last, isStale: true, nextCheckAt: watcher.nextCheckAt };
    watcher.readers.publish(watcher.last);
  }

  function schedule(watcher: Watcher<State>, retryAfterMs?: number): void {
    watcher.cancelTimer();
    if (watcher.readers.count() === 0 || watcher.isAsking) return;
    const now = clock.now();
    const mostMs = options.giveUpAfterMs ?? Number.POSITIVE_INFINITY;
    const timeLeftMs = mostMs - (now - watcher.startedAt);
    if (timeLeftMs <= 0) {
      stop(watcher);
      return;
    }
    const { pokedBy } = watcher;
    const delayMs = pokedBy === null ? toDelayMs(watcher, now, retryAfterMs) : 0;
    const waitMs = Math.min(delayMs, timeLeftMs);
    watcher.nextCheckAt = now + waitMs;
    watcher.cancelTimer = clock.after(waitMs, () => {
      void ask(watcher, pokedBy ?? 'POLL', pokedBy !== null);
    });
  }

  function toDelayMs(watcher: Watcher<State>, now: number, retryAfterMs?: number): number {
    return toNextDelayMs({
      ...(options.hintsOf?.(watcher.tenant, watcher.key) ?? noHints),
      intervalMs: options.intervalMs,
      isDetailed: watcher.readers.isDetailed(),
      quietMs: now - watcher.changedAt,
      failures: watcher.failures,
      retryAfterMs,
      random: random(),
    });
  }

  function poke(watcher: Watcher<State>, source: SnapshotSource): void {
    // What is being asked now may have left before the news: ask once more behind it.
    if (watcher.isAsking) watcher.pokedBy = source;
    else void ask(watcher, source, true);
  }

  function stop(watcher: Watcher<State>, error?: Error): void {
    remove(watcher);
    watcher.readers.end(error);
  }

  function remove(watcher: Watcher<State>): void {
    watcher.cancelTimer();
    const key = watcherKey(watcher.tenant, watcher.key);
    if (watchers.get(key) === watcher) watchers.delete(key);
  }

  return {
    watch(tenant, key, readOptions = {}) {
      const watcher = watcherOf(tenant, key);
      // Attached first: what changes from here on is not missed, whatever is asked below.
      const iterator = watcher.readers.add(readOptions, watcher.last);
      const ageMs = clock.now() - (watcher.last?.observedAt ?? Number.NEGATIVE_INFINITY);
      const isDue = ageMs > options.intervalMs && watcher.failures === 0;
      if (isDue && !watcher.isAsking) void ask(watcher, 'POLL', false);
      return iterator;
    },
    poke(tenant, key, source = 'CALLBACK') {
      const watcher = watchers.get(watcherKey(tenant, key));
      if (watcher !== undefined) poke(watcher, source);
    },
    pokeAll(tenant) {
      for (const watcher of watchers.values()) {
        if (watcher.tenant.id === tenant.id) poke(watcher, 'CALLBACK');
      }
    },
    observe(tenant, key, state, askedAt) {
      const snapshot = take(tenant, key, { state, askedAt, source: 'POLL' });
      const watcher = watchers.get(watcherKey(tenant, key));
      if (watcher === undefined) return snapshot;
      if (snapshot.version !== watcher.last?.version) learn(watcher, snapshot);
      return { ...snapshot, nextCheckAt: watcher.nextCheckAt };
    },
    last: (tenant, key) => known.last(tenant.id, key),
    reopen: (tenant, key) => known.reopen(tenant.id, key),
    countWatched: () => watchers.size,
    close() {
      for (const watcher of watchers.values()) stop(watcher);
    },
  };
}

const noHints: CadenceHints = { callbacks: 'none', sinceUploadMs: null, usualMs: null };

/** Whether to try again; an answer in an unknown form may be a proxy's, once others were good. */
function mayPass(error: unknown, hasState: boolean): boolean {
  if (!(error instanceof AtlasError)) return false;
  if (error.failure === 'contract-broken') return hasState;
  return error.failure === 'unavailable' || error.failure === 'deadline';
}

function watcherKey(tenant: Tenant, key: string): string {
  return `${tenant.id}\n${key}`;
}
