import type { TenantId } from '../tenant-id.ts';
import type { Principal } from './principal.ts';
import type { TenantLimits, Tenants } from './tenants.ts';

/**
 * Which browser pages may call the graph, besides the gateway's own. A preflight names no caller, so
 * an origin of any tenant passes it; the answer is readable where the caller's own tenant lists the
 * origin.
 */
export interface BrowserOrigins {
  /** The origin of `PUBLIC_URL`, which serves the gateway's own page too; null without one. */
  readonly publicOrigin: string | null;
  /** True if any tenant lists the origin. */
  isKnown(origin: string): boolean;
  /** True if the tenant of the caller lists the origin. */
  isFor(principal: Principal, origin: string): boolean;
}

/** A tenant's account for the sandbox API, and the token that Atlas sends with its callback. */
export interface SandboxAccount {
  readonly tenantId: TenantId;
  readonly token: string;
}

/** The rules of each tenant as they are now: its own settings, or the defaults of the process. */
export interface TenantPolicy {
  /** Requests a minute of one caller. */
  readonly requestsPerMinute: (tenantId: TenantId) => number;
  /** Requests a minute of all callers of a tenant together. */
  readonly tenantRequestsPerMinute: (tenantId: TenantId) => number;
  /** Open subscriptions of one caller. */
  readonly subscriptions: (tenantId: TenantId) => number;
  /** Open subscriptions of all callers of a tenant together. */
  readonly tenantSubscriptions: (tenantId: TenantId) => number;
  /** Planned calls to Atlas of one operation. */
  readonly atlasCalls: (tenantId: TenantId) => number;
  /** Calls to Atlas of one poll of a watch; infinite where limits are only measured. */
  readonly callsPerPoll: (tenantId: TenantId) => number;
  /** True if the caller may run persisted operations only. */
  readonly isPersistedOnly: (principal: Principal) => boolean;
  readonly origins: BrowserOrigins;
  /** The sandbox accounts of all tenants that have a callback token. */
  readonly sandboxAccounts: () => readonly SandboxAccount[];
}

/** The options of `createTenantPolicy`. */
export interface TenantPolicyOptions {
  readonly tenants: Tenants;
  /** The address of this gateway for its users; undefined without one. */
  readonly publicUrl: string | undefined;
  /** The limits of a caller whose tenant sets none, and those of the whole process. */
  readonly limits: {
    readonly isEnforced: boolean;
    readonly requestsPerMinute: number;
    readonly requestsPerMinuteOfAll: number;
    readonly atlasCalls: number;
  };
  readonly subscriptions: { readonly perCaller: number; readonly perProcess: number };
}

/** Makes the policy of all tenants; it follows their settings when they are read anew. */
export function createTenantPolicy(options: TenantPolicyOptions): TenantPolicy {
  const { tenants, publicUrl, limits, subscriptions } = options;
  const own = (tenantId: TenantId): TenantLimits => tenants.settingsOf(tenantId)?.limits ?? none;
  const atlasCalls = (tenantId: TenantId) => own(tenantId).atlasCalls ?? limits.atlasCalls;
  const tenantRequests = toShare(limits.requestsPerMinuteOfAll);
  const tenantSubscriptions = toShare(subscriptions.perProcess);

  return {
    requestsPerMinute: (id) => own(id).requestsPerMinute ?? limits.requestsPerMinute,
    tenantRequestsPerMinute: (id) => own(id).tenant?.requestsPerMinute ?? tenantRequests,
    subscriptions: (id) => own(id).subscriptions ?? subscriptions.perCaller,
    tenantSubscriptions: (id) => own(id).tenant?.subscriptions ?? tenantSubscriptions,
    atlasCalls,
    callsPerPoll: limits.isEnforced ? atlasCalls : () => Number.POSITIVE_INFINITY,
    isPersistedOnly: ({ tenant }) => tenants.settingsOf(tenant.id)?.persistedOnly ?? false,
    origins: {
      publicOrigin: publicUrl === undefined ? null : new URL(publicUrl).origin,
      isKnown: (origin) => tenants.all().some(({ settings }) => settings.origins.includes(origin)),
      isFor: ({ tenant }, origin) =>
        tenants.settingsOf(tenant.id)?.origins.includes(origin) ?? false,
    },
    sandboxAccounts: () =>
      tenants
        .all()
        .flatMap(({ id, settings: { sandboxCallbackToken: token } }) =>
          token === undefined ? [] : [{ tenantId: id, token }],
        ),
  };
}

/** A tenant without limits of its own. */
const none: TenantLimits = {};

/** The default share of one tenant in a limit of the process: nine tenths, rounded up. */
function toShare(ofProcess: number): number {
  return Math.ceil(ofProcess * 0.9);
}
