import { countRetry, mayRetry } from '../api/call-meter.ts';
import { type EndpointAnswer, type EndpointName, endpointRow } from '../api/endpoints.ts';
import type { AtlasError } from '../api/errors.ts';
import { pauseUnder, toOverError } from '../deadline/deadline.ts';
import type { After } from '../deadline/timer.ts';
import type { AtlasObserver } from '../resilience/observer.ts';
import { toRetryDelayMs, toRetryReason } from '../resilience/retry.ts';
import type { RetryBudget } from '../resilience/retry-budget.ts';
import type { Origins } from '../transport/origins.ts';
import type { Means } from './means.ts';
import type { Question } from './question.ts';
import type { BeginTry } from './tries.ts';

/** Asks until there is an answer, or no sense in asking again. Rejects with an `AtlasError`. */
export type Attempt = <Name extends EndpointName>(
  question: Question<Name>,
  means: Means,
) => Promise<EndpointAnswer<Name> | null>;

export interface AttemptsOptions {
  readonly beginTry: BeginTry;
  readonly budget: RetryBudget;
  readonly origins: Origins;
  readonly observer: AtlasObserver;
  readonly after: After;
  readonly random: () => number;
}

/**
 * The one loop of the client: every try of a call, under one deadline. The meter counts each try
 * after the first. All that a call waits for is waited for here, for each wait elsewhere would keep
 * more of it in memory.
 */
export function createAttempts(options: AttemptsOptions): Attempt {
  const { beginTry, budget, origins, observer, after, random } = options;

  /** How long to wait before the next try; null: there is none. */
  function toPauseMs<Name extends EndpointName>(
    { tenant, name, deadline, isCheck }: Question<Name>,
    error: AtlasError,
    tries: number,
  ): number | null {
    const reason = toRetryReason(error);
    if (reason === null || isCheck) return null;
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
    const { tenant, name, deadline, meter } = question;
    budget.note(tenant, origins.of(endpointRow(name).service).name);
    let refusals = 0;
    for (let tries = 1; ; tries += 1) {
      const over = deadline.over();
      if (over !== null) throw toOverError(name, over);
      const shown = means.credentials(question);
      const credentials = shown instanceof Promise ? await shown : shown;
      const trying = beginTry(question, tries);
      let error: AtlasError;
      try {
        const place = trying.enter();
        if (place !== null) trying.letIn(await place);
        const answer = trying.read(await trying.send(credentials));
        return answer instanceof Promise ? await answer : answer;
      } catch (thrown) {
        error = trying.fail(thrown);
      } finally {
        trying.leave();
      }
      if (error.failure === 'unauthorized') {
        refusals += 1;
        if (!means.onUnauthorized(question, credentials, refusals)) throw error;
      } else {
        if (!mayRetry(meter)) throw error;
        const pauseMs = toPauseMs(question, error, tries);
        if (pauseMs === null) throw error;
        if (pauseMs > 0) await pauseUnder(name, deadline, pauseMs, after);
      }
      // Others of the same operation may have called during the pause.
      if (!mayRetry(meter)) throw error;
      if (meter) countRetry(meter);
    }
  };
}
