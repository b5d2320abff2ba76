import type { Drift } from '../atlas/api/drift.ts';
import { type Atlas, createAtlas } from '../atlas/atlas.ts';
import { type AtlasClient, createAtlasClient } from '../atlas/client/client.ts';
import type { ShareToken } from '../atlas/client/tokens.ts';
import { createDeadlines, type StartDeadline } from '../atlas/deadline/deadline.ts';
import type { AtlasObserver } from '../atlas/resilience/observer.ts';
import { createTransport } from '../atlas/transport/transport.ts';
import type { AtlasConfig, Config } from '../config/config.ts';
import type { Clock } from '../live/clock.ts';
import type { Log } from '../logging/log.ts';
import type { SharedTokenStore } from '../store/fleet.ts';
import { createDriftCounter, type DriftCounter } from '../store/services/drift-counter.ts';
import { createSharedTokens } from '../store/services/shared-tokens.ts';
import type { Turns } from '../turns.ts';
import type { Shared } from './shared.ts';

/** Atlas, and the way to it. */
export interface Upstream {
  readonly client: AtlasClient;
  readonly atlas: Atlas;
  readonly drift: DriftCounter<Drift>;
  /** Begins the deadline of an operation, or of one look at what is watched. */
  readonly startDeadline: StartDeadline;
}

/** The options of `createUpstream`. */
export interface UpstreamOptions {
  readonly config: Pick<
    Config,
    'crossCheckNames' | 'operationTimeoutMs' | 'atlasConcurrency' | 'atlasPipelining'
  > & {
    readonly atlas: AtlasConfig;
  };
  readonly log: Log;
  /** Told what the client does, besides the log. */
  readonly observer: AtlasObserver;
  readonly clock: Clock;
  /** The turns of the event loop over which long work is divided. */
  readonly turns: Turns;
  /** The state shared with other processes, tokens too; null: this one is alone. */
  readonly shared: Pick<Shared, 'fleet'> | null;
}

/** Makes the one client of Atlas, which tells the log of its calls and of what has drifted. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { config, log, observer, clock, turns, shared } = options;
  const drift = createDriftCounter<Drift>((kind) =>
    log.warn('an answer of Atlas differs from its documentation', { drift: kind }),
  );
  const { baseUrl, sandboxBaseUrl } = config.atlas;
  const { operationTimeoutMs: timeoutMs, atlasConcurrency: concurrency } = config;
  const startDeadline = createDeadlines({ timeoutMs, now: clock.monotonicMs, after: clock.after });
  const client = createAtlasClient({
    baseUrls: {
      verification: baseUrl,
      bulk: baseUrl,
      address: baseUrl,
      docstream: sandboxBaseUrl,
    },
    openTransport: (origin) =>
      createTransport(origin, {
        connections: concurrency,
        pipelining: config.atlasPipelining,
        after: clock.after,
      }),
    concurrency,
    startDeadline,
    turns,
    now: clock.monotonicMs,
    wallNow: clock.now,
    ...(shared && { shareToken: toShareToken(shared.fleet.tokens, timeoutMs, clock) }),
    after: clock.after,
    ...observer,
    onCall: (call) => {
      observer.onCall?.(call);
      const { endpoint, tenantId, durationMs, outcome, status, tries } = call;
      const { requestId, traceparent } = call;
      log.debug('atlas call', {
        requestId,
        traceparent,
        endpoint,
        tenant: tenantId,
        durationMs: Math.round(durationMs),
        outcome,
        status,
        tries,
      });
    },
    onCircuitChange: ({ tenantId, service, kind, from, to }) =>
      log.warn('a circuit breaker changed its state', {
        tenant: tenantId,
        service,
        kind,
        from,
        to,
      }),
  });
  const { crossCheckNames } = config;
  return {
    client,
    startDeadline,
    atlas: createAtlas({ client, crossCheckNames, onDrift: drift.count, turns }),
    drift,
  };
}

function toShareToken(shelf: SharedTokenStore, fetchMs: number, clock: Clock): ShareToken {
  const share = createSharedTokens({ store: shelf, fetchMs, clock });
  return ({ tenant, family, currentValue }, fetchToken) => {
    const { clientId, clientSecret } = tenant.credentials;
    const credentials = [clientId, clientSecret];
    return share({ tenantId: tenant.id, family, credentials, currentValue }, fetchToken);
  };
}
