import type { Fleet, PublishedState, Signal, WatchKey } from '../store/fleet.ts';
import type { TenantId } from '../tenant-id.ts';
import type { Snapshot } from './known-states.ts';

/** The result of asking for the lease of a watched flow or batch. */
export interface WatchLease<State> {
  readonly isMine: boolean;
  readonly isDetailed: boolean;
  readonly published: Snapshot<State> | null;
  /** True if the flow or batch was reopened after the published state, which is then outdated. */
  readonly isReopened: boolean;
}

/** Receives the signals of other processes about one kind of watch. */
export interface SharedWatchListener<State> {
  onPublished(tenantId: TenantId, key: string, snapshot: Snapshot<State>): void;
  onPoke(tenantId: TenantId, key: string, source: 'POLL' | 'CALLBACK'): void;
  onPokeAll(tenantId: TenantId, keyPrefix: string): void;
  onReleased(tenantId: TenantId, key: string): void;
  onDetailsRequested(tenantId: TenantId, key: string): void;
  onReopened(tenantId: TenantId, key: string): void;
}

/**
 * Joins the watches of many processes. Every promise rejects with a `StoreError` if the others
 * can't be reached.
 */
export interface SharedWatch<State> {
  acquireLease(tenantId: TenantId, key: string, isDetailed: boolean): Promise<WatchLease<State>>;
  releaseLease(tenantId: TenantId, key: string): Promise<void>;
  /**
   * Publishes a state to all processes; null if it did so, else the published state that is newer
   * or contradicts.
   */
  publish(
    tenantId: TenantId,
    key: string,
    snapshot: Snapshot<State>,
  ): Promise<Snapshot<State> | null>;
  poke(tenantId: TenantId, key: string, source: 'POLL' | 'CALLBACK'): Promise<void>;
  pokeAll(tenantId: TenantId, keyPrefix: string): Promise<void>;
  reopen(tenantId: TenantId, key: string): Promise<void>;
  listen(listener: SharedWatchListener<State>): () => void;
}

/** The options of `createSharedWatch`. */
export interface SharedWatchOptions<State> {
  readonly fleet: Fleet;
  readonly topic: WatchKey['topic'];
  /** Reads a state from JSON, which a process of another version may have written. */
  readonly readState: (json: ReturnType<typeof JSON.parse>) => State;
}

/** Creates the part of a watch that other processes share. */
export function createSharedWatch<State>(options: SharedWatchOptions<State>): SharedWatch<State> {
  const { fleet, topic, readState } = options;
  const toWatchKey = (tenantId: TenantId, key: string): WatchKey => ({ tenantId, topic, key });

  function toSnapshot({
    version,
    state,
    source,
    observedAt,
    isStale,
  }: PublishedState): Snapshot<State> {
    const read = readState(JSON.parse(state));
    return { state: read, version, source, observedAt, isStale, nextCheckAt: null };
  }

  function dispatch(listener: SharedWatchListener<State>, signal: Signal): void {
    const { tenantId, key } = signal.watchKey;
    if (signal.watchKey.topic !== topic) return;
    if (signal.kind === 'published')
      listener.onPublished(tenantId, key, toSnapshot(signal.published));
    else if (signal.kind === 'poke') listener.onPoke(tenantId, key, signal.source);
    else if (signal.kind === 'poke-all') listener.onPokeAll(tenantId, key);
    else if (signal.kind === 'released') listener.onReleased(tenantId, key);
    else if (signal.kind === 'details-requested') listener.onDetailsRequested(tenantId, key);
    else listener.onReopened(tenantId, key);
  }

  return {
    async acquireLease(tenantId, key, isDetailed) {
      const lease = await fleet.acquireLease(toWatchKey(tenantId, key), isDetailed);
      const published = lease.published && toSnapshot(lease.published);
      const isReopened = lease.reopenedAt > (published?.observedAt ?? 0);
      return {
        isMine: lease.isMine,
        isDetailed: lease.isDetailed,
        published: published,
        isReopened,
      };
    },
    releaseLease: (tenantId, key) => fleet.releaseLease(toWatchKey(tenantId, key)),
    async publish(tenantId, key, { state, version, source, observedAt, isStale }) {
      const published = { version, state: JSON.stringify(state), source, observedAt, isStale };
      const newer = await fleet.publish(toWatchKey(tenantId, key), published);
      return newer && toSnapshot(newer);
    },
    poke: (tenantId, key, source) =>
      fleet.send({ kind: 'poke', watchKey: toWatchKey(tenantId, key), source }),
    pokeAll: (tenantId, keyPrefix) =>
      fleet.send({ kind: 'poke-all', watchKey: toWatchKey(tenantId, keyPrefix) }),
    reopen: (tenantId, key) =>
      fleet.send({ kind: 'reopened', watchKey: toWatchKey(tenantId, key) }),
    listen: (listener) => fleet.listen((signal) => dispatch(listener, signal)),
  };
}
