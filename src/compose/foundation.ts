import { isKnownName } from '../atlas/api/document-types.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../live/clock.ts';
import { createAudit } from '../privacy/audit.ts';
import type { AuditFile } from '../privacy/audit-file.ts';
import type { Foundation } from '../schema/operation/context.ts';
import { createFinishedFlows } from '../schema/operation/finished-flows.ts';
import { createActAlone } from '../store/services/claims.ts';
import { createDoOnce } from '../store/services/once.ts';
import type { Memory } from './memory.ts';
import type { Upstream } from './upstream.ts';
import type { Watches } from './watches.ts';

export interface FoundationOptions
  extends Pick<Foundation, 'grants' | 'takeWait' | 'limitsOf' | 'offerCallback'> {
  readonly config: Pick<Config, 'audit' | 'piiCacheMs' | 'operationTimeoutMs'>;
  readonly upstream: Upstream;
  readonly watches: Watches;
  readonly memory: Memory;
  readonly auditFile: Pick<AuditFile, 'write'>;
  readonly clock: Clock;
}

/** How long after its upload call has ended Atlas has begun to fetch a flow's files. */
const uploadShownMs = 45_000;

/** Lays out all that the graph stands on. */
export function createFoundation(options: FoundationOptions): Foundation {
  const { config, upstream, watches, memory } = options;
  const { now, monotonicMs, after } = options.clock;
  return {
    atlas: upstream.atlas,
    register: memory.register,
    flows: watches.flows,
    batches: watches.batches,
    finished: createFinishedFlows({
      flows: watches.flows,
      keptMs: config.piiCacheMs,
      now: monotonicMs,
    }),
    grants: options.grants,
    audit: createAudit({
      isKnownName,
      secret: config.audit.secret,
      destination: options.auditFile,
    }),
    takeWait: options.takeWait,
    limitsOf: options.limitsOf,
    atlasHealth: upstream.client.health,
    isAtlasWell: upstream.client.isWell,
    startDeadline: upstream.startDeadline,
    uploadSettledMs: config.operationTimeoutMs + uploadShownMs,
    now,
    monotonicMs,
    after,
    once: createDoOnce({
      keys: memory.store.keys,
      attemptMs: config.operationTimeoutMs,
      clock: options.clock,
    }),
    actAlone: createActAlone({
      keys: memory.store.keys,
      actMs: config.operationTimeoutMs,
      clock: options.clock,
    }),
    callbacks: memory.store.callbacks,
    secrets: memory.secrets,
    onCalled: watches.followUp.onCalled,
    offerCallback: options.offerCallback,
  };
}
