import type { Principal } from '../../identity/principal.ts';
import type { TenantPolicy } from '../../identity/tenant-policy.ts';
import type { LimitView, SchemaDependencies } from '../../schema/operation/context.ts';
import type { RateLimit } from './rate-limit.ts';
import { toCounted } from './request-context.ts';
import type { SubscriptionCaps } from './subscription-caps.ts';

export interface CallerLimitsOptions {
  readonly policy: TenantPolicy;
  /** Permits of subscriptions and waits. */
  readonly caps: SubscriptionCaps;
  readonly rateLimit: RateLimit;
  /** Open subscriptions of the whole process. */
  readonly mostSubscriptions: number;
}

/** Makes the part of the schema's dependencies that takes and shows the limits of a caller. */
export function createCallerLimits(
  options: CallerLimitsOptions,
): Pick<SchemaDependencies, 'takeWait' | 'limitsOf'> {
  const { policy, caps, rateLimit, mostSubscriptions } = options;

  function limitsOf(principal: Principal): readonly LimitView[] {
    const { id } = principal.tenant;
    const caller = toCounted(principal);
    const ofTenant = Math.max(
      0,
      Math.min(policy.tenantSubscriptions(id) - caps.countOf(id), mostSubscriptions - caps.count()),
    );
    const ofCaller = Math.max(0, policy.subscriptions(id) - caps.count(caller));
    return [
      {
        name: 'subscriptions',
        limit: policy.subscriptions(id),
        remaining: Math.min(ofCaller, ofTenant),
        resetsAt: null,
      },
      {
        name: 'tenantSubscriptions',
        limit: policy.tenantSubscriptions(id),
        remaining: ofTenant,
        resetsAt: null,
      },
      {
        name: 'requestsPerMinute',
        limit: policy.requestsPerMinute(id),
        ...rateLimit.left(caller),
      },
      {
        name: 'tenantRequestsPerMinute',
        limit: policy.tenantRequestsPerMinute(id),
        ...rateLimit.leftOf(id),
      },
      { name: 'atlasCalls', limit: policy.atlasCalls(id), remaining: null, resetsAt: null },
    ];
  }

  return { takeWait: (principal) => caps.take(toCounted(principal)), limitsOf };
}
