import type { Config } from '../config/config.ts';
import type { CallbackProof } from '../identity/callback-proof.ts';
import type { FlowGrants } from '../identity/flow-grants.ts';
import type { Clock } from '../live/clock.ts';
import { type AuditFile, createAudit } from '../privacy/audit.ts';
import type { Foundation } from '../schema/context.ts';
import { createFinishedFlows } from '../schema/finished-flows.ts';
import { toCounted } from '../server/asked.ts';
import type { RateLimit } from '../server/rate-limit.ts';
import type { SubscriptionCaps } from '../server/subscription-caps.ts';
import type { CallbackLedger } from '../store/callback-ledger.ts';
import type { Register } from '../store/register.ts';
import type { CallerLimits } from './callers.ts';
import type { Upstream } from './upstream.ts';
import type { Watches } from './watches.ts';

export interface FoundationOptions {
  readonly config: Pick<Config, 'subscriptions' | 'audit' | 'piiCacheMs'>;
  readonly upstream: Upstream;
  readonly watches: Watches;
  readonly register: Register;
  readonly ledger: CallbackLedger;
  readonly proof: CallbackProof;
  readonly grants: FlowGrants;
  readonly auditFile: Pick<AuditFile, 'write'>;
  readonly caps: SubscriptionCaps;
  readonly rateLimit: RateLimit;
  /** What the callers of a tenant are held to. */
  readonly limitsOf: (tenantId: string) => CallerLimits;
  readonly clock: Clock;
  /** Where Atlas finds this gateway. */
  readonly publicUrl: () => string;
}

/** Lays out all that the graph stands on. */
export function createFoundation(options: FoundationOptions): Foundation {
  const { config, upstream, watches, register, ledger, proof, grants } = options;
  const { caps, rateLimit, limitsOf } = options;
  const { now, after } = options.clock;
  return {
    atlas: upstream.atlas,
    register,
    ...watches,
    finished: createFinishedFlows({ flows: watches.flows, keptMs: config.piiCacheMs, now }),
    grants,
    audit: createAudit({ secret: config.audit.secret, destination: options.auditFile }),
    limitsOf: (principal) => {
      const { subscriptions, requestsPerMinute, atlasCalls } = limitsOf(principal.tenant.id);
      const caller = toCounted(principal);
      const { perProcess } = config.subscriptions;
      const left = Math.min(subscriptions - caps.count(caller), perProcess - caps.count());
      const remaining = Math.max(0, left);
      const rate = rateLimit.left(caller);
      return [
        { name: 'subscriptions', limit: subscriptions, remaining, resetsAt: null },
        { name: 'requestsPerMinute', limit: requestsPerMinute, ...rate },
        { name: 'atlasCalls', limit: atlasCalls, remaining: null, resetsAt: null },
      ];
    },
    atlasHealth: upstream.client.health,
    startDeadline: upstream.startDeadline,
    now,
    after,
    offerCallback: (owner) => {
      const { reference, path } = proof.issuePath(owner.id);
      const base = options.publicUrl();
      return {
        callbackUrl: `${base}/atlas/callback/${path}`,
        authUrl: `${base}/atlas/auth/${path}`,
        bind: (flowUuid) => {
          // Atlas may have called before its answer to flow/init was read here.
          if (ledger.bind(owner.id, reference, flowUuid)) watches.flows.poke(owner, flowUuid);
        },
      };
    },
  };
}
