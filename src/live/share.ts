import type { Fleet, PublishedState, Signal, WatchKey } from '../store/fleet.ts';
import type { TenantId } from '../tenant-id.ts';
import type { Snapshot } from './known-states.ts';

/** The result of asking for the lease of a watched flow or batch. */
export interface SharedTurn<State> {
  readonly isMine: boolean;
  readonly isDetailed: boolean;
  readonly told: Snapshot<State> | null;
  /** The thing was reopened since it was told of: what was told then is over. */
  readonly isReopened: boolean;
}

export interface ShareListener<State> {
  onTold(tenantId: TenantId, key: string, snapshot: Snapshot<State>): void;
  onPoked(tenantId: TenantId, key: string, source: 'POLL' | 'CALLBACK'): void;
  onPokedAll(tenantId: TenantId, keyPrefix: string): void;
  onFreed(tenantId: TenantId, key: string): void;
  onWanted(tenantId: TenantId, key: string): void;
  onReopened(tenantId: TenantId, key: string): void;
}

/** Joins the watches of many processes. Every promise rejects when the others can't be reached. */
export interface Share<State> {
  hold(tenantId: TenantId, key: string, isDetailed: boolean): Promise<SharedTurn<State>>;
  release(tenantId: TenantId, key: string): Promise<void>;
  /** Tells all; null, or what is known already and is newer or contradicts. */
  tell(tenantId: TenantId, key: string, snapshot: Snapshot<State>): Promise<Snapshot<State> | null>;
  poke(tenantId: TenantId, key: string, source: 'POLL' | 'CALLBACK'): Promise<void>;
  pokeAll(tenantId: TenantId, keyPrefix: string): Promise<void>;
  reopen(tenantId: TenantId, key: string): Promise<void>;
  listen(listener: ShareListener<State>): () => void;
}

export interface ShareOptions<State> {
  readonly fleet: Fleet;
  readonly topic: WatchKey['topic'];
  /** A state as its JSON has it, which a process of another version may have written. */
  readonly readState: (json: ReturnType<typeof JSON.parse>) => State;
}

/** The share of one watch in a fleet. */
export function createShare<State>(options: ShareOptions<State>): Share<State> {
  const { fleet, topic, readState } = options;
  const toThing = (tenantId: TenantId, key: string): WatchKey => ({ tenantId, topic, key });

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

  function hear(listener: ShareListener<State>, signal: Signal): void {
    const { tenantId, key } = signal.watchKey;
    if (signal.watchKey.topic !== topic) return;
    if (signal.kind === 'published') listener.onTold(tenantId, key, toSnapshot(signal.published));
    else if (signal.kind === 'poke') listener.onPoked(tenantId, key, signal.source);
    else if (signal.kind === 'poke-all') listener.onPokedAll(tenantId, key);
    else if (signal.kind === 'released') listener.onFreed(tenantId, key);
    else if (signal.kind === 'details-requested') listener.onWanted(tenantId, key);
    else listener.onReopened(tenantId, key);
  }

  return {
    async hold(tenantId, key, isDetailed) {
      const held = await fleet.acquireLease(toThing(tenantId, key), isDetailed);
      const told = held.published && toSnapshot(held.published);
      const isReopened = held.reopenedAt > (told?.observedAt ?? 0);
      return { isMine: held.isMine, isDetailed: held.isDetailed, told, isReopened };
    },
    release: (tenantId, key) => fleet.releaseLease(toThing(tenantId, key)),
    async tell(tenantId, key, { state, version, source, observedAt, isStale }) {
      const told = { version, state: JSON.stringify(state), source, observedAt, isStale };
      const before = await fleet.publish(toThing(tenantId, key), told);
      return before && toSnapshot(before);
    },
    poke: (tenantId, key, source) =>
      fleet.send({ kind: 'poke', watchKey: toThing(tenantId, key), source }),
    pokeAll: (tenantId, keyPrefix) =>
      fleet.send({ kind: 'poke-all', watchKey: toThing(tenantId, keyPrefix) }),
    reopen: (tenantId, key) => fleet.send({ kind: 'reopened', watchKey: toThing(tenantId, key) }),
    listen: (listener) => fleet.listen((signal) => hear(listener, signal)),
  };
}
