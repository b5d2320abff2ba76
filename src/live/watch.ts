import { AtlasError, NotFoundError } from '../atlas/errors.ts';
import type { Tenant } from '../atlas/tenant.ts';
import { toNextDelayMs } from './cadence.ts';
import type { Clock } from './clock.ts';
import {
  createKnownStates,
  type KnownStates,
  type Snapshot,
  type SnapshotSource,
  type StateRules,
} from './known-states.ts';
import { createLatest, type Latest } from './latest.ts';

export interface WatchOptions<State> {
  /** Asks Atlas for the state; null: there is no such thing. `isFresh` forbids joining a read. */
  readonly ask: (tenant: Tenant, key: string, isFresh: boolean) => Promise<State | null>;
  readonly rules: StateRules<State>;
  readonly missing: 'flow' | 'batch';
  readonly clock: Clock;
  readonly random?: () => number;
  readonly intervalMs: number;
  /** Ends a watch that has not come to a terminal state by then; without it there is no end. */
  readonly giveUpAfterMs?: number;
  readonly onLagging?: () => void;
}

export interface Watch<State> {
  /**
   * The state as it is, then each newer one, then the end once it is terminal. A slow reader skips
   * states. Fails with NotFoundError, or with an AtlasError when Atlas can't be asked at all; once
   * a state is known, an Atlas that can't be reached makes it stale and does not end the reading.
   */
  watch(tenant: Tenant, key: string): AsyncIterableIterator<Snapshot<State>>;
  /** A hint that something changed: whoever watches it has Atlas asked at once. */
  poke(tenant: Tenant, key: string): void;
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

interface Reader<State> {
  readonly slot: Latest<Snapshot<State>>;
  seen: Snapshot<State> | undefined;
}

interface Watcher<State> {
  readonly tenant: Tenant;
  readonly key: string;
  readonly readers: Set<Reader<State>>;
  readonly startedAt: number;
  changedAt: number;
  failures: number;
  isAsking: boolean;
  isPoked: boolean;
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
  const known: KnownStates<State> = createKnownStates({
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
      readers: new Set(),
      startedAt: clock.now(),
      changedAt: clock.now(),
      failures: 0,
      isAsking: false,
      isPoked: false,
      nextCheckAt: null,
      cancelTimer: () => {},
      last: undefined,
    };
    watchers.set(watcherKey(tenant, key), watcher);
    return watcher;
  }

  async function ask(watcher: Watcher<State>, source: SnapshotSource): Promise<void> {
    watcher.cancelTimer();
    watcher.nextCheckAt = null;
    watcher.isAsking = true;
    watcher.isPoked = false;
    const askedAt = clock.now();
    try {
      const state = await options.ask(watcher.tenant, watcher.key, source === 'CALLBACK');
      watcher.isAsking = false;
      if (state === null) {
        stop(watcher, new NotFoundError(options.missing));
        return;
      }
      watcher.failures = 0;
      learn(watcher, known.observe(watcher.tenant.id, watcher.key, { state, askedAt, source }));
    } catch (error) {
      watcher.isAsking = false;
      failed(watcher, error);
    }
  }

  function learn(watcher: Watcher<State>, snapshot: Snapshot<State>): void {
    if (watcher.last?.version !== snapshot.version) watcher.changedAt = clock.now();
    const isEnd = rules.isTerminal(snapshot.state);
    if (!isEnd) schedule(watcher);
    watcher.last = { ...snapshot, nextCheckAt: watcher.nextCheckAt };
    publish(watcher);
    if (isEnd) stop(watcher);
  }

  function failed(watcher: Watcher<State>, error: unknown): void {
    watcher.failures += 1;
    const failure = error instanceof AtlasError ? error.failure : undefined;
    const mayPass =
      failure === 'unavailable' ||
      failure === 'deadline' ||
      (failure === 'contract-broken' && watcher.last !== undefined);
    const isHopeless = watcher.last === undefined && watcher.failures >= triesWithoutState;
    if (!mayPass || isHopeless) {
      stop(watcher, error instanceof Error ? error : new Error('the watch failed'));
      return;
    }
    schedule(watcher, error instanceof AtlasError ? error.retryAfterMs : undefined);
    if (watcher.last === undefined) return;
    watcher.last = { ...watcher.last, isStale: true, nextCheckAt: watcher.nextCheckAt };
    publish(watcher);
  }

  function schedule(watcher: Watcher<State>, retryAfterMs?: number): void {
    watcher.cancelTimer();
    if (watcher.readers.size === 0 || watcher.isAsking) return;
    const now = clock.now();
    const timeLeftMs =
      (options.giveUpAfterMs ?? Number.POSITIVE_INFINITY) - (now - watcher.startedAt);
    if (timeLeftMs <= 0) {
      stop(watcher);
      return;
    }
    const delayMs = watcher.isPoked
      ? 0
      : toNextDelayMs({
          intervalMs: options.intervalMs,
          quietMs: now - watcher.changedAt,
          failures: watcher.failures,
          retryAfterMs,
          random: random(),
        });
    const source = watcher.isPoked ? 'CALLBACK' : 'POLL';
    const waitMs = Math.min(delayMs, timeLeftMs);
    watcher.nextCheckAt = now + waitMs;
    watcher.cancelTimer = clock.after(waitMs, () => void ask(watcher, source));
  }

  function publish(watcher: Watcher<State>): void {
    for (const reader of watcher.readers) tell(reader, watcher.last);
  }

  function stop(watcher: Watcher<State>, error?: Error): void {
    remove(watcher);
    for (const reader of watcher.readers) reader.slot.end(error);
  }

  function remove(watcher: Watcher<State>): void {
    watcher.cancelTimer();
    const key = watcherKey(watcher.tenant, watcher.key);
    if (watchers.get(key) === watcher) watchers.delete(key);
  }

  return {
    watch(tenant, key) {
      const watcher = watcherOf(tenant, key);
      const reader: Reader<State> = {
        seen: undefined,
        slot: createLatest(() => {
          watcher.readers.delete(reader);
          if (watcher.readers.size === 0) remove(watcher);
        }),
      };
      watcher.readers.add(reader);
      tell(reader, watcher.last);
      const ageMs = clock.now() - (watcher.last?.observedAt ?? Number.NEGATIVE_INFINITY);
      const isDue = ageMs > options.intervalMs && watcher.failures === 0;
      if (isDue && !watcher.isAsking) void ask(watcher, 'POLL');
      return reader.slot.iterator;
    },
    poke(tenant, key) {
      const watcher = watchers.get(watcherKey(tenant, key));
      if (watcher === undefined) return;
      // What is being asked now may have left before the news: ask once more behind it.
      if (watcher.isAsking) watcher.isPoked = true;
      else void ask(watcher, 'CALLBACK');
    },
    observe(tenant, key, state, askedAt) {
      const snapshot = known.observe(tenant.id, key, { state, askedAt, source: 'POLL' });
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

/** Hands a reader what it has not seen: a newer state, or that the one it has went stale. */
function tell<State>(reader: Reader<State>, snapshot: Snapshot<State> | undefined): void {
  if (snapshot === undefined) return;
  const { seen } = reader;
  if (seen?.version === snapshot.version && seen.isStale === snapshot.isStale) return;
  reader.seen = snapshot;
  reader.slot.offer(snapshot);
}

function watcherKey(tenant: Tenant, key: string): string {
  return `${tenant.id}\n${key}`;
}
