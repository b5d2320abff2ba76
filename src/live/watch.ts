import type { Tenant } from '../atlas/api/tenant.ts';
import { StoreError } from '../store/store.ts';
import type { TenantId } from '../tenant-id.ts';
import { createToTenantKey } from '../tenant-key.ts';
import { createEndedIterator } from './conflating-queue.ts';
import {
  createKnownStates,
  type KnownSnapshot,
  type Observation,
  type RestorableState,
  type Snapshot,
  type SnapshotSource,
} from './known-states.ts';
import type { ReadOptions } from './readers.ts';
import type { SharedWatch } from './shared-watch.ts';
import type { WatchOptions } from './watch-options.ts';
import { createWatcher, type Watcher } from './watcher.ts';
import type { CadenceHints, PollLease } from './watcher-options.ts';

/** The watchers of one kind: flows or batches. */
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
  /**
   * Sees to it that what was known before the process began is known; for who observes. Undefined
   * where it is by now.
   */
  recall(tenant: Tenant, key: string): Promise<void> | undefined;
  /**
   * Takes in a state that was read elsewhere, publishes it to the readers, and returns the known one.
   * `askedAt` is when Atlas was asked, on the monotonic clock, in milliseconds.
   */
  observe(tenant: Tenant, key: string, state: State, askedAt: number): Snapshot<State>;
  /** Returns the state that is known without a call to Atlas; undefined if there is none. */
  last(tenant: Tenant, key: string): KnownSnapshot<State> | undefined;
  /** The same, but of a thing that was reopened since: that it goes on, stale. */
  current(tenant: Tenant, key: string): KnownSnapshot<State> | undefined;
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
  const { clock, rules, share } = options;
  const watcherKey = createToTenantKey();
  const watchers = new Map<string, Watcher<State>>();
  const known = createKnownStates({
    rules,
    clock,
    max: options.maxKnown ?? 100_000,
    ...(options.onLagging ? { onLagging: options.onLagging } : {}),
  });
  let isClosed = false;

  function watcherOf(tenant: Tenant, key: string): Watcher<State> {
    const existing = watchers.get(watcherKey(tenant.id, key));
    if (existing !== undefined) return existing;
    /** The last state that was published to all processes, as far as is known. */
    let published: Snapshot<State> | null = null;
    const watcher = createWatcher<State>({
      poll: async (how, source) => {
        const askedAt = clock.monotonicMs();
        const [state] = await Promise.all([options.ask(tenant, key, how), recall(tenant, key)]);
        if (state === null) return null;
        const snapshot = record(tenant, key, { state, askedAt, source });
        if (published?.version !== snapshot.version || published.isStale)
          publish(tenant.id, key, snapshot);
        return snapshot;
      },
      known: () => known.current(tenant.id, key),
      isTerminal: rules.isTerminal,
      missing: options.missing,
      clock,
      random: options.random ?? Math.random,
      intervalMs: options.intervalMs,
      hints: () => options.hintsOf?.(tenant, key) ?? noHints,
      onFailure: (error) => {
        options.onFailure?.(tenant, key, error);
        const current = known.current(tenant.id, key);
        if (current !== undefined) publish(tenant.id, key, { ...current, isStale: true });
      },
      giveUpAfterMs: options.giveUpAfterMs ?? Number.POSITIVE_INFINITY,
      onPoll: options.onPoll,
      onIdle: () => {
        if (watchers.get(watcherKey(tenant.id, key)) === watcher) {
          watchers.delete(watcherKey(tenant.id, key));
        }
      },
      ...(share && {
        lease: {
          acquire: async (isDetailed) => {
            const lease = await acquireLease(share, tenant.id, key, isDetailed);
            published = lease.published;
            return lease;
          },
          release: () => void share.releaseLease(tenant.id, key).catch(goOnAlone),
        },
      }),
    });
    watchers.set(watcherKey(tenant.id, key), watcher);
    return watcher;
  }

  async function acquireLease(
    { acquireLease }: SharedWatch<State>,
    tenantId: TenantId,
    key: string,
    wantsDetails: boolean,
  ): Promise<PollLease<State> & { readonly published: Snapshot<State> | null }> {
    try {
      const { isMine, isDetailed, published, isReopened } = await acquireLease(
        tenantId,
        key,
        wantsDetails,
      );
      if (isReopened) known.reopen(tenantId, key);
      const snapshot =
        published === null || isReopened ? undefined : adopt(tenantId, key, published);
      return { isMine, isDetailed, published, snapshot };
    } catch (error) {
      goOnAlone(error);
      return { isMine: true, isDetailed: false, published: null, snapshot: undefined };
    }
  }

  /** Tells the other processes; what they know better is taken in here. */
  function publish(tenantId: TenantId, key: string, snapshot: Snapshot<State>): void {
    share?.publish(tenantId, key, snapshot).then((before) => {
      if (before !== null) onPublished(tenantId, key, before);
    }, goOnAlone);
  }

  /** Takes in what another process knows; where this one knows better, all are told. */
  function adopt(tenantId: TenantId, key: string, published: Snapshot<State>): Snapshot<State> {
    const snapshot = known.adopt(tenantId, key, published);
    if (snapshot.version > published.version) publish(tenantId, key, snapshot);
    return snapshot;
  }

  function onPublished(tenantId: TenantId, key: string, published: Snapshot<State>): void {
    const watcher = watchers.get(watcherKey(tenantId, key));
    if (watcher === undefined && known.last(tenantId, key) === undefined) return;
    const snapshot = adopt(tenantId, key, published);
    watcher?.adopt(snapshot);
  }

  const stopListening = share?.listen({
    onPublished: onPublished,
    onPoke: (tenantId, key, source) => {
      const watcher = watchers.get(watcherKey(tenantId, key));
      // A process without the lease gets the published result; one that asks for it polls later still.
      if (watcher?.isPolling()) watcher.poke(source);
    },
    onPokeAll: (tenantId, keyPrefix) => pokeWatched(tenantId, keyPrefix, true),
    onReleased: (tenantId, key) => watchers.get(watcherKey(tenantId, key))?.retryLease(),
    onDetailsRequested: (tenantId, key) =>
      watchers.get(watcherKey(tenantId, key))?.requestDetails(),
    onReopened: known.reopen,
  });

  function pokeWatched(tenantId: TenantId, keyPrefix: string, isHeldOnly: boolean): void {
    const prefix = watcherKey(tenantId, keyPrefix);
    for (const [key, watcher] of watchers) {
      if (key.startsWith(prefix) && (!isHeldOnly || watcher.isPolling())) watcher.poke('CALLBACK');
    }
  }

  function recall(tenant: Tenant, key: string): Promise<void> | undefined {
    if (options.recall === undefined || known.last(tenant.id, key) !== undefined) return undefined;
    const restore = (before: RestorableState<State> | null) => {
      if (before !== null) known.restore(tenant.id, key, before);
    };
    const before = options.recall(tenant, key);
    if (before instanceof Promise) return before.then(restore);
    restore(before);
    return undefined;
  }

  function record(
    tenant: Tenant,
    key: string,
    observation: Observation<State>,
  ): KnownSnapshot<State> {
    const before = known.last(tenant.id, key);
    const snapshot = known.observe(tenant.id, key, observation);
    if (snapshot.version !== before?.version) {
      options.onChange?.(tenant, key, { snapshot, before });
    }
    const wasRunning = before === undefined || !rules.isTerminal(before.state);
    if (wasRunning && rules.isTerminal(snapshot.state)) {
      const ending = { state: snapshot.state, runningAt: before?.observedMonotonicMs ?? null };
      options.onTerminal?.(tenant, key, ending);
    }
    return snapshot;
  }

  return {
    watch(tenant, key, readOptions = {}) {
      return isClosed ? createEndedIterator() : watcherOf(tenant, key).join(readOptions);
    },
    poke(tenant, key, source = 'CALLBACK') {
      const pokeHere = () => watchers.get(watcherKey(tenant.id, key))?.poke(source);
      const isHere = share === undefined || watchers.get(watcherKey(tenant.id, key))?.isPolling();
      if (isHere || source === 'CACHE') pokeHere();
      else {
        share.poke(tenant.id, key, source).catch((error: unknown) => {
          goOnAlone(error);
          pokeHere();
        });
      }
    },
    pokeAll(tenant, keyPrefix = '') {
      pokeWatched(tenant.id, keyPrefix, share !== undefined);
      share?.pokeAll(tenant.id, keyPrefix).catch(() => pokeWatched(tenant.id, keyPrefix, false));
    },
    recall,
    observe(tenant, key, state, askedAt) {
      const before = known.last(tenant.id, key);
      const snapshot = record(tenant, key, { state, askedAt, source: 'POLL' });
      if (snapshot.version !== before?.version) publish(tenant.id, key, snapshot);
      return watchers.get(watcherKey(tenant.id, key))?.adopt(snapshot) ?? snapshot;
    },
    last: (tenant, key) => known.last(tenant.id, key),
    current: (tenant, key) => known.current(tenant.id, key),
    isReopened: (tenant, key) => known.isReopened(tenant.id, key),
    reopen(tenant, key) {
      known.reopen(tenant.id, key);
      share?.reopen(tenant.id, key).catch(goOnAlone);
    },
    countWatched: () => [...watchers.values()].filter((watcher) => watcher.isRead()).length,
    close() {
      isClosed = true;
      stopListening?.();
      for (const watcher of watchers.values()) watcher.stop();
    },
  };
}

const noHints: CadenceHints = { callbacks: 'none', sinceUploadMs: null, usualMs: null };

/** Nothing depends on the other processes: what can't be shared is done here too. */
function goOnAlone(error: unknown): void {
  if (!(error instanceof StoreError)) throw error;
}
