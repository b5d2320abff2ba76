import type { TenantPolicy } from '../identity/tenant-policy.ts';
import {
  createSubscriptionCaps,
  toConnectionLimits,
} from '../server/operation/subscription-caps.ts';

/** Counts what callers keep open: subscriptions and waits, sockets, and streams that are reserved. */
export function createPermits(
  policy: Pick<TenantPolicy, 'subscriptions' | 'tenantSubscriptions'>,
  perProcess: number,
) {
  const limits = {
    perCaller: policy.subscriptions,
    perTenant: policy.tenantSubscriptions,
    perProcess,
  };
  const connectionLimits = toConnectionLimits(limits);
  return {
    caps: createSubscriptionCaps(limits),
    socketCaps: createSubscriptionCaps(connectionLimits),
    streamCaps: createSubscriptionCaps(connectionLimits),
  };
}
