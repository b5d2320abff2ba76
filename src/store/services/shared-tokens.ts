import { createHash } from 'node:crypto';
import type { SharedTokenStore, StoredToken, TokenName } from '../fleet.ts';
import { StoreError } from '../store.ts';

/** A token that was just fetched, with its lifetime. */
export interface FetchedToken {
  readonly value: string;
  readonly lifetimeMs: number;
}

/** A request for a token. */
export interface TokenRequest extends TokenName {
  /** The credentials that it is fetched with; other credentials have other tokens. */
  readonly credentials: readonly string[];
  /** The token that this process has and wants to be rid of: refused, or due for renewal. */
  readonly currentValue: string | undefined;
}

/** The options of `createSharedTokens`. */
export interface SharedTokensOptions {
  readonly store: SharedTokenStore;
  /** How long a fetch may take, in milliseconds: `OPERATION_TIMEOUT_MS`. */
  readonly fetchMs: number;
  readonly clock: {
    now(): number;
    monotonicMs(): number;
    after(delayMs: number, act: () => void): () => void;
  };
  readonly random?: () => number;
}

/** Gives a token that all processes have, or fetches it for all. */
export type ShareToken = (
  request: TokenRequest,
  fetchToken: () => Promise<FetchedToken>,
) => Promise<FetchedToken>;

/** The time to store the token, in addition to the fetch, in milliseconds. */
const storeMs = 1_000;
const pollMs = 100;
/** A token this close to its end is one to renew, as its holders are about to. */
const renewalShare = 0.9;

/**
 * One renewal for all processes, since Atlas may end older sessions with a new one (CONTRACT 2.1, 2.2):
 * one takes its turn and fetches, the others wait for what it puts on the shelf. A shelf that can't be
 * reached is done without. Rejects with what `fetchToken` rejects with.
 */
export function createSharedTokens(options: SharedTokensOptions): ShareToken {
  const { store, fetchMs, clock, random = Math.random } = options;
  /** A process that takes longer has lost its turn. */
  const mostTurnMs = fetchMs + storeMs;

  function isUsable(
    token: StoredToken,
    { currentValue }: TokenRequest,
    issuedFor: string,
  ): boolean {
    const dueAt = token.issuedAt + (token.expiresAt - token.issuedAt) * renewalShare;
    return token.issuedFor === issuedFor && token.value !== currentValue && clock.now() < dueAt;
  }

  async function findUsable(
    request: TokenRequest,
    issuedFor: string,
  ): Promise<FetchedToken | null> {
    const token = await store.find(request);
    if (token === null || !isUsable(token, request, issuedFor)) return null;
    return { value: token.value, lifetimeMs: token.expiresAt - clock.now() };
  }

  /** Null: another one's turn. */
  async function fetchLocked(
    request: TokenRequest,
    issuedFor: string,
    fetchToken: () => Promise<FetchedToken>,
  ): Promise<FetchedToken | null> {
    if (!(await store.lock(request, mostTurnMs))) return null;
    try {
      // The turn before may have ended between the look and the lock.
      const found = await findUsable(request, issuedFor);
      if (found !== null) return found;
      const issuedAt = clock.now();
      const { value, lifetimeMs } = await fetchToken();
      const token = { value, issuedFor, issuedAt, expiresAt: issuedAt + lifetimeMs };
      // A token that can't be put there is good all the same.
      await store.put(request, token).catch(ignoreStoreError);
      return { value, lifetimeMs };
    } finally {
      await store.unlock(request).catch(ignoreStoreError);
    }
  }

  return async (request, fetchToken) => {
    const issuedFor = toHash(request.credentials);
    const untilMs = clock.monotonicMs() + mostTurnMs;
    try {
      while (clock.monotonicMs() < untilMs) {
        const token =
          (await findUsable(request, issuedFor)) ??
          (await fetchLocked(request, issuedFor, fetchToken));
        if (token !== null) return token;
        const delayMs = pollMs * (0.5 + random());
        await new Promise<void>((resolve) => void clock.after(delayMs, resolve));
      }
    } catch (error) {
      ignoreStoreError(error);
    }
    return await fetchToken();
  };
}

function ignoreStoreError(error: unknown): void {
  if (!(error instanceof StoreError)) throw error;
}

function toHash(credentials: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(credentials)).digest('base64url');
}
