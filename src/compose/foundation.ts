import type { Config } from '../config/config.ts';
import type { CallbackProof } from '../identity/callback-proof.ts';
import type { FlowGrants } from '../identity/flow-grants.ts';
import type { Clock } from '../live/clock.ts';
import { type AuditFile, createAudit } from '../privacy/audit.ts';
import type { Foundation } from '../schema/context.ts';
import { createFinishedFlows } from '../schema/finished-flows.ts';
import type { RateLimit } from '../server/rate-limit.ts';
import type { SubscriptionCaps } from '../server/subscription-caps.ts';
import type { CallbackLedger } from '../store/callback-ledger.ts';
import type { Register } from '../store/register.ts';
import type { Upstream } from './upstream.ts';
import type { Watches } from './watches.ts';

export interface FoundationOptions {
  readonly config: Pick<Config, 'subscriptions' | 'limits' | 'audit' | 'piiCacheMs'>;
  readonly upstream: Upstream;
  readonly watches: Watches;
  readonly register: Register;
  readonly ledger: CallbackLedger;
  readonly proof: CallbackProof;
  readonly grants: FlowGrants;
  readonly auditFile: Pick<AuditFile, 'write'>;
  readonly caps: SubscriptionCaps;
  readonly rateLimit: RateLimit;
  readonly clock: Clock;
  /** Where Atlas finds this gateway. */
  readonly publicUrl: () => string;
}

/** Lays out all that the graph stands on. */
export function createFoundation(options: FoundationOptions): Foundation {
  const { config, upstream, watches, register, ledger, proof, grants, caps, rateLimit } = options;
  const { now, after } = options.clock;
  return {
    atlas: upstream.atlas,
    register,
    ...watches,
    finished: createFinishedFlows({ flows: watches.flows, keptMs: config.piiCacheMs, now }),
    grants,
    audit: createAudit({ secret: config.audit.secret, destination: options.auditFile }),
    limitsOf: ({ tenant: { id }, callerId: name }) => {
      const { perCaller, perProcess } = config.subscriptions;
      const { requestsPerMinute, atlasCalls } = config.limits;
      const remaining = Math.min(perCaller - caps.count(id), perProcess - caps.count());
      const rate = rateLimit.left({ tenantId: id, name });
      return [
        { name: 'subscriptions', limit: perCaller, remaining, resetsAt: null },
        { name: 'requestsPerMinute', limit: requestsPerMinute, ...rate },
        { name: 'atlasCalls', limit: atlasCalls, remaining: null, resetsAt: null },
      ];
    },
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
