import type { CompactJWSHeaderParameters, CryptoKey, FlattenedJWSInput } from 'jose';
import { LRUCache } from 'lru-cache';
import { IdentityUnavailableError } from './identity-error.ts';

/** The published keys of an identity provider (RFC 7517). */
export interface JwtKeys {
  /**
   * Calls `attempt` with each key that may have signed a token until one yields a result. `kid` is a
   * hint (RFC 7515, 4.1.4): the keys that it names are tried first, and then all of the algorithm.
   * Where none fits and the token names none that is known, the keys are fetched again, for the
   * provider may have a newer one. Null: no published key fits. Rejects with an IdentityUnavailableError while that can't be told.
   */
  try<Result>(signed: SignedToken, attempt: TryKey<Result>): Promise<Result | null>;
}

/** A JWT with its header, before its signature is verified. */
export interface SignedToken {
  readonly header: CompactJWSHeaderParameters;
  /** Names this token among all others, such as its hash. */
  readonly id: string;
}

/** The result of a check against one key; undefined where the signature is not of this key. */
export type TryKey<Result> = (key: CryptoKey) => Promise<Result | undefined>;

/** The options of `createJwtKeys`. */
export interface JwtKeysOptions {
  readonly jose: typeof import('jose');
  readonly url: URL;
  /** Milliseconds of a clock that only goes forwards. */
  readonly monotonicMs: () => number;
  /** Called when the keys could not be fetched; at most once in five seconds. */
  readonly onUnavailable: () => void;
}

const fetchTimeoutMs = 5_000;
const pauseAfterFailureMs = 5_000;
/** Fetches for keys that are not known: so many in a minute, whatever tokens strangers send. */
const mostRefetches = 10;
const refetchWindowMs = 60_000;
/** How long a key or token is remembered as unknown after the keys were fetched for it. */
const unknownMs = 5_000;
const mostUnknown = 10_000;
/** More keys of one algorithm no provider has; each costs a check of the signature. */
const mostCandidates = 32;

/** Makes the keys behind a URL. They are fetched when first needed and kept for ten minutes. */
export function createJwtKeys({ jose, url, monotonicMs, onUnavailable }: JwtKeysOptions): JwtKeys {
  const { createRemoteJWKSet, errors } = jose;
  // When to fetch again for an unknown key is decided here, and not by jose.
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: fetchTimeoutMs,
    cooldownDuration: Number.POSITIVE_INFINITY,
  });
  const unknown = new LRUCache<string, number>({ max: mostUnknown });
  let refetchedAt: number[] = [];
  let failure: { readonly error: IdentityUnavailableError; readonly until: number } | undefined;

  /** Runs what may fetch; a provider that is down is not asked again for every request. */
  async function reach<Value>(act: () => Promise<Value>): Promise<Value> {
    if (failure && monotonicMs() < failure.until) throw failure.error;
    try {
      return await act();
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey) throw cause;
      if (cause instanceof errors.JWKSMultipleMatchingKeys) throw cause;
      if (cause instanceof errors.JOSENotSupported) throw cause;
      if (!failure || monotonicMs() >= failure.until) onUnavailable();
      const error = new IdentityUnavailableError(cause);
      failure = { error, until: monotonicMs() + pauseAfterFailureMs };
      throw error;
    }
  }

  /** The keys that may have signed; `isNamed` if there is one alone and the token names it. */
  async function candidatesFor(header: CompactJWSHeaderParameters) {
    const find = () => keys(header, unsigned);
    try {
      const key = await (keys.fresh ? find() : reach(find));
      return { candidates: [key], isNamed: header.kid !== undefined };
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return { candidates: [], isNamed: false };
      if (error instanceof IdentityUnavailableError) throw error;
      // The one key that fits can't be read, or the algorithm is none for published keys.
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) {
        return { candidates: [], isNamed: false };
      }
      const candidates: CryptoKey[] = [];
      for await (const key of error) {
        if (candidates.push(key) === mostCandidates) break;
      }
      return { candidates, isNamed: false };
    }
  }

  /** Undefined: no key that is known here fits, and a newer one might. */
  async function tryKnown<Result>(
    { header }: SignedToken,
    attempt: TryKey<Result>,
  ): Promise<Result | null | undefined> {
    const { candidates, isNamed } = await candidatesFor(header);
    const result = await tryEach(candidates, attempt);
    if (result !== undefined) return result;
    if (header.kid !== undefined) {
      const others = await candidatesFor({ alg: header.alg });
      const found = await tryEach(others.candidates, attempt);
      if (found !== undefined) return found;
    }
    return isNamed ? null : undefined;
  }

  async function refetch(): Promise<void> {
    refetchedAt = refetchedAt.filter((at) => monotonicMs() - at < refetchWindowMs);
    if (refetchedAt.length >= mostRefetches) {
      throw new IdentityUnavailableError(new Error('the keys were fetched too often'));
    }
    await reach(() => {
      if (!keys.reloading) refetchedAt.push(monotonicMs());
      return keys.reload();
    });
  }

  return {
    async try(signed, attempt) {
      const found = await tryKnown(signed, attempt);
      if (found !== undefined) return found;
      const { kid } = signed.header;
      const name = kid === undefined ? `token ${signed.id}` : `kid ${kid}`;
      if (monotonicMs() < (unknown.get(name) ?? 0)) return null;
      await refetch();
      const again = await tryKnown(signed, attempt);
      if (again !== undefined) return again;
      unknown.set(name, monotonicMs() + unknownMs);
      return null;
    },
  };
}

/** The first result of the attempts; undefined where none of the keys yields one. */
async function tryEach<Result>(
  keys: readonly CryptoKey[],
  attempt: TryKey<Result>,
): Promise<Result | undefined> {
  for (const key of keys) {
    const result = await attempt(key);
    if (result !== undefined) return result;
  }
  return undefined;
}

/** jose reads the protected header of a compact token, and nothing else of it. */
const unsigned: FlattenedJWSInput = { payload: '', signature: '' };
