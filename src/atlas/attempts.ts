import { pauseUnder, toOverError } from './deadline.ts';
import { type EndpointAnswer, type EndpointName, endpointRow } from './endpoints.ts';
import { AtlasError } from './errors.ts';
import type { AtlasObserver } from './observer.ts';
import type { Origins } from './origins.ts';
import { toRetryDelayMs, toRetryReason } from './retry.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { After } from './timer.ts';
import type { Question, TryOnce } from './tries.ts';

/** The headers that say who asks; made anew for each try. Not told why the last one failed. */
export type Credentials = Readonly<Record<string, string>>;

/** Asks until there is an answer, or no sense in asking again. Rejects with an `AtlasError`. */
export type Attempt = <Name extends EndpointName>(
  question: Question<Name>,
  means: {
    /** What the next try is sent with. */
    readonly credentials: () => Credentials | Promise<Credentials>;
    /** Told that these were refused with 401; true: others may be tried at once. */
    readonly onUnauthorized: (refused: Credentials) => boolean;
    /** Told of each try after the first. */
    readonly onRepeat?: () => void;
  },
) => Promise<EndpointAnswer<Name> | null>;

export interface AttemptsOptions {
  readonly tryOnce: TryOnce;
  readonly budget: RetryBudget;
  readonly origins: Origins;
  readonly observer: AtlasObserver;
  readonly after: After;
  readonly random: () => number;
}

/** The one loop of the client: every try of a call, under one deadline. */
export function createAttempts(options: AttemptsOptions): Attempt {
  const { tryOnce, budget, origins, observer, after, random } = options;

  /** How long to wait before the next try; null: there is none. */
  function toPauseMs<Name extends EndpointName>(
    { tenant, name, deadline }: Question<Name>,
    error: AtlasError,
    tries: number,
  ): number | null {
    const reason = toRetryReason(error);
    if (reason === null) return null;
    const { isRepeatable, service } = endpointRow(name);
    const delayMs = toRetryDelayMs({
      reason,
      isRepeatable,
      tries,
      leftMs: deadline.leftMs(),
      retryAfterMs: error.retryAfterMs,
      random: random(),
    });
    if (delayMs === null) return null;
    const retry = { endpoint: name, tenantId: tenant.id, reason };
    if (!budget.take(tenant, origins.of(service).name)) {
      observer.onRetryRefused?.(retry);
      return null;
    }
    observer.onRetry?.(retry);
    return delayMs;
  }

  return async (question, means) => {
    const { tenant, name, deadline } = question;
    budget.note(tenant, origins.of(endpointRow(name).service).name);
    for (let tries = 1; ; tries += 1) {
      const over = deadline.over();
      if (over !== null) throw toOverError(name, over);
      const credentials = await means.credentials();
      try {
        return await tryOnce(question, credentials, tries);
      } catch (error) {
        if (!(error instanceof AtlasError)) throw error;
        if (error.failure === 'unauthorized') {
          if (!means.onUnauthorized(credentials)) throw error;
        } else {
          const pauseMs = toPauseMs(question, error, tries);
          if (pauseMs === null) throw error;
          if (pauseMs > 0) await pauseUnder(name, deadline, pauseMs, after);
        }
        means.onRepeat?.();
      }
    }
  };
}
