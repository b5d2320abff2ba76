import { isKnownName } from '../atlas/api/document-types.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../live/clock.ts';
import { createAudit } from '../privacy/audit.ts';
import type { AuditFile } from '../privacy/audit-file.ts';
import type { SchemaDependencies } from '../schema/operation/context.ts';
import { createFinishedFlows } from '../schema/operation/finished-flows.ts';
import { createRunExclusively } from '../store/services/exclusive-run.ts';
import { createRunIdempotently } from '../store/services/idempotent-call.ts';
import type { Memory } from './memory.ts';
import type { Upstream } from './upstream.ts';
import type { Watches } from './watches.ts';

/** The options of `createSchemaDependencies`. */
export interface SchemaDependenciesOptions
  extends Pick<SchemaDependencies, 'grants' | 'takeWait' | 'limitsOf' | 'offerCallback'> {
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
export function createSchemaDependencies(options: SchemaDependenciesOptions): SchemaDependencies {
  const { config, upstream, watches, memory } = options;
  const { now, monotonicMs, after } = options.clock;
  return {
    atlas: upstream.atlas,
    register: memory.register,
    flows: watches.flows,
    batches: watches.batches,
    finished: createFinishedFlows({
      flows: watches.flows,
      ttlMs: config.piiCacheMs,
      now: monotonicMs,
    }),
    grants: options.grants,
    events: memory.store.events,
    eventFeed: watches.eventFeed,
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
    runIdempotently: createRunIdempotently({
      keys: memory.store.keys,
      attemptMs: config.operationTimeoutMs,
      clock: options.clock,
    }),
    runExclusively: createRunExclusively({
      keys: memory.store.keys,
      timeoutMs: config.operationTimeoutMs,
      clock: options.clock,
    }),
    callbacks: memory.store.callbacks,
    secrets: memory.secrets,
    onCalled: watches.followUp.onCalled,
    offerCallback: options.offerCallback,
  };
}
