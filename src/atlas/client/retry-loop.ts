import { countRetry, mayRetry } from '../api/call-meter.ts';
import { type EndpointAnswer, type EndpointName, endpointRow } from '../api/endpoints.ts';
import type { AtlasError } from '../api/errors.ts';
import { pauseWithin, toAbortError } from '../deadline/deadline.ts';
import type { After } from '../deadline/timer.ts';
import type { AtlasObserver } from '../resilience/observer.ts';
import { toRetryDelayMs, toRetryReason } from '../resilience/retry.ts';
import type { RetryBudget } from '../resilience/retry-budget.ts';
import type { UpstreamHosts } from '../transport/upstream-hosts.ts';
import type { AtlasRequest } from './atlas-request.ts';
import type { BeginAttempt } from './attempt.ts';
import type { CredentialsProvider } from './credentials-provider.ts';

/**
 * Sends a request and retries it until there is an answer or a retry makes no sense. Rejects with
 * an `AtlasError`.
 */
export type RunWithRetries = <Name extends EndpointName>(
  request: AtlasRequest<Name>,
  provider: CredentialsProvider,
) => Promise<EndpointAnswer<Name> | null>;

/** The options of `createRetryLoop`. */
export interface RetryLoopOptions {
  readonly beginAttempt: BeginAttempt;
  readonly budget: RetryBudget;
  readonly origins: UpstreamHosts;
  readonly observer: AtlasObserver;
  readonly after: After;
  readonly random: () => number;
}

/**
 * The one loop of the client: every try of a call, under one deadline. The meter counts each try
 * after the first. All that a call waits for is waited for here, for each wait elsewhere would keep
 * more of it in memory.
 */
export function createRetryLoop(options: RetryLoopOptions): RunWithRetries {
  const { beginAttempt, budget, origins, observer, after, random } = options;

  /** The delay before the next attempt, in milliseconds; null: no further attempt. */
  function toPauseMs<Name extends EndpointName>(
    { tenant, name, deadline, isCheck }: AtlasRequest<Name>,
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
    if (!budget.tryTake(tenant, origins.of(service).origin)) {
      observer.onRetryRefused?.(retry);
      return null;
    }
    observer.onRetry?.(retry);
    return delayMs;
  }

  return async (request, provider) => {
    const { tenant, name, deadline, meter } = request;
    budget.recordCall(tenant, origins.of(endpointRow(name).service).origin);
    let rejections = 0;
    for (let tries = 1; ; tries += 1) {
      const reason = deadline.abortReason();
      if (reason !== null) throw toAbortError(name, reason);
      const provided = provider.credentials(request);
      const credentials = provided instanceof Promise ? await provided : provided;
      const attempt = beginAttempt(request, tries);
      let error: AtlasError;
      try {
        const permit = attempt.acquirePermit();
        if (permit !== null) attempt.confirmPermit(await permit);
        const answer = attempt.read(await attempt.send(credentials));
        return answer instanceof Promise ? await answer : answer;
      } catch (caught) {
        error = attempt.toFailure(caught);
      } finally {
        attempt.release();
      }
      if (error.failure === 'unauthorized') {
        rejections += 1;
        if (!provider.onUnauthorized(request, credentials, rejections)) throw error;
      } else {
        if (!mayRetry(meter)) throw error;
        const pauseMs = toPauseMs(request, error, tries);
        if (pauseMs === null) throw error;
        if (pauseMs > 0) await pauseWithin(name, deadline, pauseMs, after);
      }
      // Others of the same operation may have called during the pause.
      if (!mayRetry(meter)) throw error;
      if (meter) countRetry(meter);
    }
  };
}
