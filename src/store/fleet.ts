import type { TenantId } from '../tenant-id.ts';

/*
 * The port: what processes share so that many act as one, besides what the store keeps. Nothing of it
 * outlives a day, and all of it can be done without: a process that can't reach the others goes on
 * by itself. Nothing personal passes through it: ids, words of state, numbers; a token is sealed.
 */

/** Names a watched flow or batch of one tenant. */
export interface WatchKey {
  readonly tenantId: TenantId;
  readonly topic: 'flow' | 'batch';
  readonly key: string;
}

/** The state of a thing as its holder saw it, for all. */
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
  /** Whether this process is the one that asks Atlas from here on. */
  readonly isMine: boolean;
  /** The state that was published last; null if none is known. */
  readonly published: PublishedState | null;
  /** Whether somebody, here or elsewhere, wants more than the bare state. */
  readonly isDetailed: boolean;
  /** When the thing was last said to start over; 0 when it was not. */
  readonly reopenedAt: number;
}

export type Signal =
  /** A newer state is known. */
  | { readonly kind: 'published'; readonly watchKey: WatchKey; readonly published: PublishedState }
  /** The holder of the lease is to ask Atlas at once. */
  | { readonly kind: 'poke'; readonly watchKey: WatchKey; readonly source: 'POLL' | 'CALLBACK' }
  /** The same for all whose key begins so. */
  | { readonly kind: 'poke-all'; readonly watchKey: WatchKey }
  /** The lease was released. */
  | { readonly kind: 'released'; readonly watchKey: WatchKey }
  /** A process without the lease needs details beside the bare state. */
  | { readonly kind: 'details-requested'; readonly watchKey: WatchKey }
  /** It may go backwards from here, because somebody made it so. */
  | { readonly kind: 'reopened'; readonly watchKey: WatchKey };

/** The processes that act as one. Every promise rejects with a StoreError when they can't be reached. */
export interface Fleet {
  /**
   * Asks to be the one who looks after a thing, or to stay it. It is given to one at a time, and to
   * another only when that one has let it go or shown no life for the time of a lease.
   */
  acquireLease(thing: WatchKey, isDetailed: boolean): Promise<LeaseResult>;
  /** Lets a thing go, if this process held it; all are told. */
  releaseLease(thing: WatchKey): Promise<void>;
  /**
   * Says what is known of a thing; all others are told. Answers what was said before where that has
   * a greater version, or the same one and another state: then nothing is changed.
   */
  publish(thing: WatchKey, told: PublishedState): Promise<PublishedState | null>;
  /** Tells all others, and keeps nothing; but that a thing was reopened is known to who holds it next. */
  send(
    signal: Exclude<Signal, { readonly kind: 'published' | 'released' | 'details-requested' }>,
  ): Promise<void>;
  /** Hears what the others tell from now on; may miss some. The answer ends it. */
  listen(listener: (signal: Signal) => void): () => void;
  readonly tokens: SharedTokenStore;
  /** Lets all go and says so. */
  close(): Promise<void>;
}

/** Whose token, and for what. */
export interface TokenName {
  readonly tenantId: TenantId;
  readonly family: string;
}

export interface StoredToken {
  readonly value: string;
  /** A hash of the credentials that it was issued for. */
  readonly issuedFor: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Where a token lies that one process fetched for all. */
export interface SharedTokenStore {
  /** Null: there is none, or none that this process can open. */
  find(name: TokenName): Promise<StoredToken | null>;
  put(name: TokenName, token: StoredToken): Promise<void>;
  /** True: it is this process's turn to fetch one, for so long at most. */
  lock(name: TokenName, mostMs: number): Promise<boolean>;
  /** Ends this process's turn. */
  unlock(name: TokenName): Promise<void>;
}
