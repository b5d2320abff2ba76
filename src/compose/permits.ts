import type { Config } from '../config/config.ts';
import {
  createSubscriptionCaps,
  toConnectionLimits,
} from '../server/operation/subscription-caps.ts';
import type { TenantId } from '../tenant-id.ts';
import type { CallerLimits } from './callers.ts';

/** Counts what callers keep open: subscriptions and waits, sockets, and streams that are reserved. */
export function createPermits(
  { subscriptions }: Pick<Config, 'subscriptions'>,
  limitsOf: (tenantId: TenantId) => CallerLimits,
) {
  const limits = {
    perCaller: (tenantId: TenantId) => limitsOf(tenantId).subscriptions,
    perTenant: (tenantId: TenantId) => limitsOf(tenantId).tenant.subscriptions,
    perProcess: subscriptions.perProcess,
  };
  const connectionLimits = toConnectionLimits(limits);
  return {
    caps: createSubscriptionCaps(limits),
    socketCaps: createSubscriptionCaps(connectionLimits),
    streamCaps: createSubscriptionCaps(connectionLimits),
  };
}
