import { type Atlas, createAtlas } from '../atlas/atlas.ts';
import { type AtlasClient, createAtlasClient } from '../atlas/client.ts';
import { createTransport } from '../atlas/transport.ts';
import type { AtlasConfig, Config } from '../config/config.ts';
import type { Clock } from '../live/clock.ts';
import type { Log } from '../log.ts';
import { createDriftCounter } from '../store/drift-counter.ts';

/** Atlas, and the way to it. */
export interface Upstream {
  readonly client: AtlasClient;
  readonly atlas: Atlas;
  /** Notes that an answer lagged behind what was known. */
  readonly onLagging: () => void;
}

export interface UpstreamOptions {
  readonly config: Pick<Config, 'crossCheckNames'> & { readonly atlas: AtlasConfig };
  readonly log: Log;
  readonly clock: Clock;
}

/** Makes the one client of Atlas, which tells the log of its calls and of what has drifted. */
export function createUpstream({ config, log, clock }: UpstreamOptions): Upstream {
  const drift = createDriftCounter((kind) => log.warn('Atlas has drifted', { drift: kind }));
  const { baseUrl, sandboxBaseUrl } = config.atlas;
  const client = createAtlasClient({
    baseUrls: {
      verification: baseUrl,
      bulk: baseUrl,
      address: baseUrl,
      docstream: sandboxBaseUrl,
    },
    openTransport: createTransport,
    now: clock.now,
    onCall: ({ endpoint, tenantId, durationMs, outcome, status }) =>
      log.debug('atlas call', {
        endpoint,
        tenant: tenantId,
        durationMs: Math.round(durationMs),
        outcome,
        status,
      }),
  });
  const { crossCheckNames } = config;
  return {
    client,
    atlas: createAtlas({ client, crossCheckNames, onDrift: drift.count }),
    onLagging: () => drift.count('status-lagging'),
  };
}
