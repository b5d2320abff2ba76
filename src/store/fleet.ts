import type { TenantId } from '../tenant-id.ts';

/*
 * The port: what processes share so that many act as one, besides what the store keeps. Nothing of it
 * outlives a day, and all of it can be done without: a process that can't reach the others goes on
 * by itself. Nothing personal passes through it: ids, words of state, numbers; a token is sealed.
 */

/** Identifies a watched flow or batch of one tenant. */
export interface WatchKey {
  readonly tenantId: TenantId;
  readonly topic: 'flow' | 'batch';
  readonly key: string;
}

/** The state that the lease holder published for all processes. */
export interface PublishedState {
  readonly version: number;
  /** JSON of ids, words and numbers; the same text for the same state. */
  readonly state: string;
  readonly source: 'POLL' | 'CALLBACK' | 'CACHE';
  readonly observedAt: number;
  readonly isStale: boolean;
}

/** The result of asking for the lease of a watched flow or batch. */
export interface LeaseResult {
  /** True if this process holds the lease and polls Atlas. */
  readonly isMine: boolean;
  /** The last published state; null if there is none. */
  readonly published: PublishedState | null;
  /** True if a reader in any process wants details beside the bare state. */
  readonly isDetailed: boolean;
  /**
   * The time at which the flow or batch was last reopened, in milliseconds since the epoch; 0 for
   * never.
   */
  readonly reopenedAt: number;
}

/** A message from one process to all others. */
export type Signal =
  /** A newer state was published. */
  | { readonly kind: 'published'; readonly watchKey: WatchKey; readonly published: PublishedState }
  /** The lease holder is to poll at once. */
  | { readonly kind: 'poke'; readonly watchKey: WatchKey; readonly source: 'POLL' | 'CALLBACK' }
  /** The same for all keys with this prefix. */
  | { readonly kind: 'poke-all'; readonly watchKey: WatchKey }
  /** The lease was released. */
  | { readonly kind: 'released'; readonly watchKey: WatchKey }
  /** A process without the lease needs details beside the bare state. */
  | { readonly kind: 'details-requested'; readonly watchKey: WatchKey }
  /** The state may go backwards from here, because more was submitted. */
  | { readonly kind: 'reopened'; readonly watchKey: WatchKey };

/**
 * The processes that act as one gateway. Every promise rejects with a `StoreError` if they can't be
 * reached.
 */
export interface Fleet {
  /**
   * Acquires or renews the lease of a flow or batch. One process holds it at a time; another gets
   * it only after a release, or when the holder has shown no life for the length of a lease.
   */
  acquireLease(watchKey: WatchKey, isDetailed: boolean): Promise<LeaseResult>;
  /** Releases the lease if this process holds it, and signals that to all. */
  releaseLease(watchKey: WatchKey): Promise<void>;
  /**
   * Publishes a state to all other processes; null if it did so. If a state with a greater version,
   * or another state with the same version, was published before, it returns that one and changes
   * nothing.
   */
  publish(watchKey: WatchKey, published: PublishedState): Promise<PublishedState | null>;
  /**
   * Sends a signal to all other processes. Only the time of a reopening is stored, for the next
   * lease holder.
   */
  send(
    signal: Exclude<Signal, { readonly kind: 'published' | 'released' | 'details-requested' }>,
  ): Promise<void>;
  /**
   * Listens to the signals of other processes from now on; some may be missed. Returns a function
   * that stops listening.
   */
  listen(listener: (signal: Signal) => void): () => void;
  readonly tokens: SharedTokenStore;
  /** Releases all leases and signals that. */
  close(): Promise<void>;
}

/** Identifies a shared token. */
export interface TokenName {
  readonly tenantId: TenantId;
  readonly family: string;
}

/** An access token that processes share. */
export interface StoredToken {
  readonly value: string;
  /** A hash of the credentials that it was issued for. */
  readonly issuedFor: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Stores the tokens that one process fetched for all. */
export interface SharedTokenStore {
  /** The stored token; null if there is none, or none that this process can decrypt. */
  find(name: TokenName): Promise<StoredToken | null>;
  put(name: TokenName, token: StoredToken): Promise<void>;
  /**
   * Locks the fetch of a token for at most this time, in milliseconds; true if the lock was
   * acquired.
   */
  lock(name: TokenName, mostMs: number): Promise<boolean>;
  /** Releases the lock if this process holds it. */
  unlock(name: TokenName): Promise<void>;
}
