import { LRUCache } from 'lru-cache';
import type { TenantId } from '../tenant-id.ts';
import { createToTenantKey } from '../tenant-key.ts';
import { type Clock, toMonotonicMs } from './clock.ts';

/** The way in which a state was learned: by a poll, by a poll after a callback, or from a cache. */
export type SnapshotSource = 'POLL' | 'CALLBACK' | 'CACHE';

/** A state as it was seen, and how. */
export interface Snapshot<State> {
  readonly state: State;
  /** Grows with every change seen; two snapshots with one version hold one state. */
  readonly version: number;
  readonly source: SnapshotSource;
  /** When Atlas last said so, in milliseconds since the epoch. */
  readonly observedAt: number;
  /** When Atlas is asked next; null while nobody watches. */
  readonly nextCheckAt: number | null;
  /** Atlas could not be asked since: this is what was known before. */
  readonly isStale: boolean;
}

/** A state as this process remembers it. */
export interface KnownSnapshot<State> extends Snapshot<State> {
  /** `observedAt` on the monotonic clock of this process, in milliseconds. */
  readonly observedMonotonicMs: number;
}

/** The rules on the states of a kind of watch: equality, end and order. */
export interface StateRules<State> {
  isSame(one: State, other: State): boolean;
  isTerminal(state: State): boolean;
  /** Whether `next` lies before `last`, so that it can only be an answer that lagged. */
  isBackwards(last: State, next: State): boolean;
  /** The next state with what only the last one tells; the next one as it is by default. */
  merge?(last: State, next: State): State;
  /** The state of a thing that was given more after `last` and goes on; `last` by default. */
  reopened?(last: State): State;
}

/** One answer of Atlas, and when it was asked for. */
export interface Observation<State> {
  readonly state: State;
  /** When Atlas was asked, on the monotonic clock, in milliseconds. */
  readonly askedAt: number;
  readonly source: SnapshotSource;
}

/** A state as it was when it changed last, before the process began. */
export type RestorableState<State> = Pick<Snapshot<State>, 'state' | 'version' | 'observedAt'>;

/** The last known state of each flow or batch, by tenant. */
export interface KnownStates<State> {
  /** Takes in an answer and gives what is known after it: a lagging answer changes nothing. */
  observe(tenantId: TenantId, key: string, observation: Observation<State>): KnownSnapshot<State>;
  last(tenantId: TenantId, key: string): KnownSnapshot<State> | undefined;
  /**
   * Returns the state that is known without a call to Atlas: the last one, or, if more was submitted
   * since, one that goes on. The latter is stale and has a version of its own.
   */
  current(tenantId: TenantId, key: string): KnownSnapshot<State> | undefined;
  /** Takes in what was known before the process began, where nothing newer is. */
  restore(tenantId: TenantId, key: string, before: RestorableState<State>): void;
  /**
   * Takes in what another process knows, and gives what is known after it: the newer state, in the
   * same version as there if that can be. In a greater one, the other has something to learn.
   */
  adopt(tenantId: TenantId, key: string, adopted: Snapshot<State>): KnownSnapshot<State>;
  /** Says that a state may go backwards from here, because somebody made it so. */
  reopen(tenantId: TenantId, key: string): void;
  /** Whether somebody did, and nothing new has been seen since. */
  isReopened(tenantId: TenantId, key: string): boolean;
}

/** The options of `createKnownStates`. */
export interface KnownStatesOptions<State> {
  readonly rules: StateRules<State>;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  readonly onLagging?: () => void;
  /** How many are remembered, the newest ones. */
  readonly max: number;
}

/** That a thing was given more, and what was told of it since without asking Atlas. */
interface Reopening<State> {
  /** When, on the monotonic clock, in milliseconds. */
  readonly at: number;
  announced: KnownSnapshot<State> | null;
}

/** How long a state that lies behind the last one is taken for a lag, and not for a new start. */
const lagMs = 60_000;

/** Versions count seconds from here, which fits GraphQL's Int until 2093. */
const versionEpochMs = Date.UTC(2025, 0, 1);

/**
 * The last state seen of each thing, by tenant: what gives a state its version, and what keeps it
 * from going backwards. A version starts from the time, so that a reader who comes back after a
 * restart with the version it saw last is never told less than what is new to it.
 */
export function createKnownStates<State>(options: KnownStatesOptions<State>): KnownStates<State> {
  const { rules, clock } = options;
  // By size and not by `max`, for which room would be made at once.
  const bound = { maxSize: options.max, sizeCalculation: () => 1 };
  const known = new LRUCache<string, KnownSnapshot<State>>(bound);
  const reopened = new LRUCache<string, Reopening<State>>(bound);
  const keyOf = createToTenantKey();

  function toNextVersion(version: number): number {
    return Math.max(version + 1, Math.floor((clock.now() - versionEpochMs) / 1000));
  }

  function isLagging(key: string, last: KnownSnapshot<State>, next: Observation<State>): boolean {
    if (!rules.isBackwards(last.state, next.state)) return false;
    // By when it was asked for: an answer that took long to come is no newer for that.
    const laterByMs = next.askedAt - last.observedMonotonicMs;
    return laterByMs < 0 || (laterByMs < lagMs && !reopened.has(key));
  }

  function toAdopted(
    key: string,
    last: KnownSnapshot<State>,
    adopted: KnownSnapshot<State>,
  ): KnownSnapshot<State> {
    const version = Math.max(last.version, adopted.version);
    if (rules.isSame(last.state, adopted.state)) return { ...adopted, state: last.state, version };
    // One version never stands for two states: where both have it, the state that stays gets another.
    if (isLagging(key, last, { ...adopted, askedAt: adopted.observedMonotonicMs })) {
      return { ...last, version: Math.max(last.version, adopted.version + 1) };
    }
    const state = rules.merge ? rules.merge(last.state, adopted.state) : adopted.state;
    return { ...adopted, state, version: Math.max(adopted.version, last.version + 1) };
  }

  return {
    observe(tenantId, id, observation) {
      const key = keyOf(tenantId, id);
      const last = known.get(key);
      if (last !== undefined && isLagging(key, last, observation)) {
        options.onLagging?.();
        return last;
      }
      const state =
        last && rules.merge ? rules.merge(last.state, observation.state) : observation.state;
      const reopening = reopened.get(key);
      const isSame = last !== undefined && rules.isSame(last.state, state);
      const announcedVersion = reopening?.announced?.version ?? 0;
      // The same state as before it was reopened, but told as going on meanwhile.
      const isRepeatedAfterReopening =
        isSame && last.version < announcedVersion && observation.askedAt >= (reopening?.at ?? 0);
      const isNews = !isSame || isRepeatedAfterReopening;
      const snapshot: KnownSnapshot<State> = {
        state: isNews ? state : last.state,
        version: isNews
          ? toNextVersion(Math.max(last?.version ?? 0, announcedVersion))
          : last.version,
        source: observation.source,
        observedAt: clock.now(),
        observedMonotonicMs: clock.monotonicMs(),
        nextCheckAt: null,
        isStale: false,
      };
      if (!isSame) reopened.delete(key);
      known.set(key, snapshot);
      return snapshot;
    },
    last: (tenantId, id) => known.get(keyOf(tenantId, id)),
    current(tenantId, id) {
      const key = keyOf(tenantId, id);
      const last = known.get(key);
      const reopening = reopened.get(key);
      if (last === undefined || reopening === undefined) return last;
      if (last.observedMonotonicMs > reopening.at) return last;
      const state = rules.reopened?.(last.state) ?? last.state;
      if (rules.isSame(last.state, state)) return last;
      const { announced } = reopening;
      if (announced === null || announced.version <= last.version) {
        const version = toNextVersion(last.version);
        reopening.announced = { ...last, state, version, source: 'CACHE', isStale: true };
      }
      return reopening.announced ?? last;
    },
    adopt(tenantId, id, remote) {
      const key = keyOf(tenantId, id);
      const last = known.get(key);
      const adopted = { ...remote, observedMonotonicMs: toMonotonicMs(clock, remote.observedAt) };
      const snapshot = last === undefined ? adopted : toAdopted(key, last, adopted);
      // A stale state is what another process knew: Atlas has not shown anything new to it.
      const isNew = last === undefined || !rules.isSame(last.state, snapshot.state);
      if (isNew && !snapshot.isStale) reopened.delete(key);
      known.set(key, snapshot);
      return snapshot;
    },
    restore(tenantId, id, before) {
      const key = keyOf(tenantId, id);
      if (known.has(key)) return;
      const observedMonotonicMs = toMonotonicMs(clock, before.observedAt);
      const rest = { source: 'CACHE', nextCheckAt: null, isStale: false } as const;
      known.set(key, { ...before, observedMonotonicMs, ...rest });
    },
    reopen(tenantId, id) {
      const key = keyOf(tenantId, id);
      reopened.set(key, {
        at: clock.monotonicMs(),
        announced: reopened.get(key)?.announced ?? null,
      });
    },
    isReopened: (tenantId, id) => reopened.has(keyOf(tenantId, id)),
  };
}
