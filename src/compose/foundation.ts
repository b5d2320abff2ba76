import { isKnownName } from '../atlas/api/document-types.ts';
import type { Config } from '../config/config.ts';
import type { CallbackProof } from '../identity/callback-proof.ts';
import type { Grants } from '../identity/grants.ts';
import type { Clock } from '../live/clock.ts';
import { createAudit } from '../privacy/audit.ts';
import type { AuditFile } from '../privacy/audit-file.ts';
import type { Foundation } from '../schema/operation/context.ts';
import { createFinishedFlows } from '../schema/operation/finished-flows.ts';
import { toCounted } from '../server/operation/asked.ts';
import type { RateLimit } from '../server/operation/rate-limit.ts';
import type { SubscriptionCaps } from '../server/operation/subscription-caps.ts';
import { createActAlone } from '../store/services/claims.ts';
import { createDoOnce } from '../store/services/once.ts';
import type { TenantId } from '../tenant-id.ts';
import type { CallerLimits } from './callers.ts';
import type { Memory } from './memory.ts';
import type { Upstream } from './upstream.ts';
import type { Watches } from './watches.ts';

export interface FoundationOptions {
  readonly config: Pick<Config, 'subscriptions' | 'audit' | 'piiCacheMs' | 'operationTimeoutMs'>;
  readonly upstream: Upstream;
  readonly watches: Watches;
  readonly memory: Memory;
  readonly proof: CallbackProof;
  readonly grants: Grants;
  readonly auditFile: Pick<AuditFile, 'write'>;
  readonly caps: SubscriptionCaps;
  readonly rateLimit: RateLimit;
  /** What the callers of a tenant are held to. */
  readonly limitsOf: (tenantId: TenantId) => CallerLimits;
  readonly clock: Clock;
  /** Where Atlas finds this gateway. */
  readonly publicUrl: () => string;
}

/** How long after its upload call has ended Atlas has begun to fetch a flow's files. */
const uploadShownMs = 45_000;

/** Lays out all that the graph stands on. */
export function createFoundation(options: FoundationOptions): Foundation {
  const { config, upstream, watches, grants, caps, rateLimit, limitsOf } = options;
  const { memory } = options;
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
    grants,
    audit: createAudit({
      isKnownName,
      secret: config.audit.secret,
      destination: options.auditFile,
    }),
    takeWait: (principal) => caps.take(toCounted(principal)),
    limitsOf: (principal) => {
      const { id } = principal.tenant;
      const { subscriptions, requestsPerMinute, atlasCalls, tenant } = limitsOf(id);
      const caller = toCounted(principal);
      const { perProcess } = config.subscriptions;
      const ofTenant = Math.min(tenant.subscriptions - caps.countOf(id), perProcess - caps.count());
      const tenantLeft = Math.max(0, ofTenant);
      const callerLeft = Math.max(0, subscriptions - caps.count(caller));
      const remaining = Math.min(callerLeft, tenantLeft);
      const rate = rateLimit.left(caller);
      return [
        { name: 'subscriptions', limit: subscriptions, remaining, resetsAt: null },
        {
          name: 'tenantSubscriptions',
          limit: tenant.subscriptions,
          remaining: tenantLeft,
          resetsAt: null,
        },
        { name: 'requestsPerMinute', limit: requestsPerMinute, ...rate },
        {
          name: 'tenantRequestsPerMinute',
          limit: tenant.requestsPerMinute,
          ...rateLimit.leftOf(id),
        },
        { name: 'atlasCalls', limit: atlasCalls, remaining: null, resetsAt: null },
      ];
    },
    atlasHealth: upstream.client.health,
    isAtlasWell: upstream.client.isWell,
    startDeadline: upstream.startDeadline,
    uploadSettledMs: config.operationTimeoutMs + uploadShownMs,
    now,
    monotonicMs,
    after,
    once: createDoOnce({
      keys: options.memory.store.keys,
      attemptMs: config.operationTimeoutMs,
      clock: options.clock,
    }),
    actAlone: createActAlone({
      keys: options.memory.store.keys,
      actMs: config.operationTimeoutMs,
      clock: options.clock,
    }),
    callbacks: options.memory.store.callbacks,
    secrets: options.memory.secrets,
    onCalled: options.watches.followUp.onCalled,
    offerCallback: (owner) => {
      const { reference, path } = options.proof.issuePath(owner.id);
      const base = options.publicUrl();
      return {
        callbackUrl: `${base}/atlas/callback/${path}`,
        authUrl: `${base}/atlas/auth/${path}`,
        reference,
      };
    },
  };
}
