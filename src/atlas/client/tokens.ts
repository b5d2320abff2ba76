import { LRUCache } from 'lru-cache';
import type { CallIds } from '../api/call-ids.ts';
import { type TokenFamily, tokenEndpoints } from '../api/endpoints.ts';
import type { Tenant } from '../api/tenant.ts';
import { systemMonotonicMs } from '../deadline/timer.ts';

/** An access token as Atlas issued it, with its lifetime. */
export interface IssuedToken {
  readonly value: string;
  readonly lifetimeMs: number;
}

interface CachedToken {
  readonly value: string;
  readonly expiresAt: number;
  isRefused: boolean;
}

/** The context of a token fetch. */
interface TokenRequest {
  readonly tenant: Tenant;
  readonly ids: CallIds | undefined;
}

/**
 * Returns a token that another process fetched, or fetches one for all processes by `fetchToken`.
 */
export type ShareToken = (
  request: {
    readonly tenant: Tenant;
    readonly family: TokenFamily;
    /** The token of this process that needs replacement: it was refused, or is due for renewal. */
    readonly currentValue: string | undefined;
  },
  fetchToken: () => Promise<IssuedToken>,
) => Promise<IssuedToken>;

/** The options of `createTokens`. */
export interface TokenOptions {
  /** Fetches a new token from Atlas. Called once at a time for a tenant and family. */
  readonly exchange: (
    tenant: Tenant,
    family: TokenFamily,
    ids: CallIds | undefined,
  ) => Promise<IssuedToken>;
  /** Where many processes use one token. */
  readonly share?: ShareToken | undefined;
  /** A monotonic clock, in milliseconds; that of the process by default. */
  readonly now?: () => number;
  readonly random?: () => number;
}

/** The access tokens of all tenants. */
export interface Tokens {
  /** The cached token; undefined if there is none or it is due for renewal. Synchronous. */
  cached(tenant: Tenant, family: TokenFamily): string | undefined;
  /** A token to send, fetched under an id of `ids`; rejects with what `exchange` rejects with when there is none to be had. */
  get(tenant: Tenant, family: TokenFamily, ids?: CallIds): Promise<string>;
  /** Marks a token as refused by Atlas. A newer token is not affected. */
  refuse(tenant: Tenant, family: TokenFamily, value: string): void;
  /** Drops all tokens of a tenant, also those that are being fetched. */
  forget(tenant: Tenant): void;
}

const longestPauseAfterFailureMs = 5_000;
// The keys of that table are the families, which its type says and `keys` forgets.
const families = Object.keys(tokenEndpoints) as readonly TokenFamily[];

/**
 * Caches access tokens in memory, one per tenant and service family (CONTRACT 2.3). Concurrent
 * callers share one fetch. A token is renewed at 80 to 90 % of its life while the old one stays in
 * use; a failed renewal is retried after five seconds.
 */
export function createTokens(options: TokenOptions): Tokens {
  const now = options.now ?? systemMonotonicMs;
  const random = options.random ?? Math.random;
  const cache = new LRUCache<string, CachedToken, TokenRequest>({
    max: 10_000,
    ttl: 1,
    ttlResolution: 0,
    // lru-cache takes a start of 0 for "no start", so its clock must never show 0
    perf: { now: () => now() + 1 },
    ignoreFetchAbort: true,
    noDeleteOnFetchRejection: true,
    fetchMethod: async (key, old, { options: entry, context: { tenant, ids } }) => {
      const family = key.slice(0, key.indexOf(':')) as TokenFamily; // as keyOf wrote it
      const startedAt = now();
      try {
        const fetchToken = () => options.exchange(tenant, family, ids);
        const request = { tenant, family, currentValue: old?.value };
        const issued = await (options.share ? options.share(request, fetchToken) : fetchToken());
        entry.ttl = Math.max(1, issued.lifetimeMs * (0.8 + 0.1 * random()));
        return {
          value: issued.value,
          expiresAt: startedAt + issued.lifetimeMs,
          isRefused: false,
        };
      } catch (error) {
        if (old === undefined || !isUsable(old)) throw error;
        entry.ttl = Math.max(1, Math.min(longestPauseAfterFailureMs, old.expiresAt - now()));
        return old;
      }
    },
  });

  function isUsable(token: CachedToken): boolean {
    return !token.isRefused && now() < token.expiresAt;
  }

  function peek(tenant: Tenant, family: TokenFamily): CachedToken | undefined {
    return cache.peek(keyOf(tenant, family), { allowStale: true });
  }

  return {
    cached(tenant, family) {
      const token = cache.get(keyOf(tenant, family), { noDeleteOnStaleGet: true });
      return token !== undefined && isUsable(token) ? token.value : undefined;
    },
    async get(tenant, family, ids) {
      const token = peek(tenant, family);
      const canServe = token !== undefined && isUsable(token);
      const fetched = await cache.fetch(keyOf(tenant, family), {
        context: { tenant, ids },
        allowStale: canServe,
        forceRefresh: token !== undefined && !canServe,
      });
      if (fetched === undefined) throw new Error('the token cache gave nothing');
      return fetched.value;
    },
    refuse(tenant, family, value) {
      const token = peek(tenant, family);
      if (token?.value === value) token.isRefused = true;
    },
    forget(tenant) {
      for (const family of families) cache.delete(keyOf(tenant, family));
    },
  };
}

function keyOf(tenant: Tenant, family: TokenFamily): string {
  return `${family}:${tenant.id}`;
}
