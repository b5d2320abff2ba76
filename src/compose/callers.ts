import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { type Authenticate, createAuthenticate } from '../identity/authenticate.ts';
import { createFlowGrants } from '../identity/flow-grants.ts';
import { createGrants, type Grants } from '../identity/grants.ts';
import { createJwtReader } from '../identity/jwt.ts';
import type { Principal } from '../identity/principal.ts';
import { createTenants, type TenantSettings, type Tenants } from '../identity/tenants.ts';
import type { Clock } from '../live/clock.ts';
import type { Log } from '../logging/log.ts';
import type { SandboxAccount } from '../server/callbacks/sandbox-callback.ts';
import type { Origins } from '../server/http/cors.ts';
import type { TenantId } from '../tenant-id.ts';
import type { Memory } from './memory.ts';
import type { Upstream } from './upstream.ts';

/** What a caller is held to: as its tenant says, or as everybody is. */
export interface CallerLimits {
  readonly requestsPerMinute: number;
  readonly atlasCalls: number;
  readonly subscriptions: number;
  /** What all callers of the tenant together are held to. */
  readonly tenant: { readonly requestsPerMinute: number; readonly subscriptions: number };
}

/** Who may call, and how, now. */
export interface Callers {
  readonly tenants: Tenants;
  readonly authenticate: Authenticate;
  readonly grants: Grants;
  readonly origins: Origins;
  readonly limitsOf: (tenantId: TenantId) => CallerLimits;
  readonly isPersistedOnly: (principal: Principal) => boolean;
  readonly sandboxAccounts: () => readonly SandboxAccount[];
  /** Reads the tenants anew. With any fault in them everything stays as it is, and the log says why. */
  reload(read: () => readonly TenantSettings[]): void;
}

export interface CallersOptions {
  readonly config: Pick<Config, 'tenants' | 'jwt' | 'publicUrl' | 'limits' | 'subscriptions'>;
  readonly upstream: Upstream;
  readonly log: Log;
  readonly memory: Pick<Memory, 'secrets' | 'store'>;
  readonly clock: Clock;
}

/** Makes the tenants and all that hangs on them. */
export function createCallers(options: CallersOptions): Callers {
  const { config, upstream, log, clock } = options;
  const { secrets, store } = options.memory;
  const tokens = createFlowGrants({ secrets, now: clock.now });
  const tenants = createTenants(config.tenants);
  const jwts =
    config.jwt === null
      ? undefined
      : createJwtReader({
          trust: config.jwt,
          now: clock.now,
          monotonicMs: clock.monotonicMs,
          onUnavailable: () => log.warn('the keys behind JWT_JWKS_URL cannot be had'),
        });

  return {
    tenants,
    authenticate: createAuthenticate({
      tenants,
      grants: tokens,
      register: store.grants,
      jwts,
      now: clock.now,
      monotonicMs: clock.monotonicMs,
      after: clock.after,
    }),
    grants: createGrants({ tokens, register: store.grants, now: clock.now }),
    origins: {
      publicOrigin: config.publicUrl === undefined ? null : new URL(config.publicUrl).origin,
      isKnown: (origin) => tenants.all().some(({ settings }) => settings.origins.includes(origin)),
      isFor: ({ tenant }, origin) =>
        tenants.settingsOf(tenant.id)?.origins.includes(origin) ?? false,
    },
    limitsOf(tenantId) {
      const own = tenants.settingsOf(tenantId)?.limits;
      return {
        requestsPerMinute: own?.requestsPerMinute ?? config.limits.requestsPerMinute,
        atlasCalls: own?.atlasCalls ?? config.limits.atlasCalls,
        subscriptions: own?.subscriptions ?? config.subscriptions.perCaller,
        tenant: {
          requestsPerMinute:
            own?.tenant?.requestsPerMinute ?? toShare(config.limits.requestsPerMinuteOfAll),
          subscriptions: own?.tenant?.subscriptions ?? toShare(config.subscriptions.perProcess),
        },
      };
    },
    isPersistedOnly: ({ tenant }) => tenants.settingsOf(tenant.id)?.persistedOnly ?? false,
    sandboxAccounts: () =>
      tenants
        .all()
        .flatMap(({ id, settings: { sandboxCallbackToken: token } }) =>
          token === undefined ? [] : [{ tenantId: id, token }],
        ),
    reload(read) {
      const settings = readOrTell(read, log);
      if (settings === null) return;
      const { added, removed, recredentialed } = tenants.replace(settings);
      for (const tenant of [...removed, ...recredentialed]) upstream.client.forget(tenant);
      for (const { id } of added) log.info('a tenant has come', { tenant: id });
      for (const { id } of removed) log.info('a tenant has gone', { tenant: id });
      for (const { id } of recredentialed) {
        log.info('a tenant has other credentials', { tenant: id });
      }
      log.info('the tenants were read anew', { count: settings.length });
    },
  };
}

/** What one tenant may take of the process where its settings do not say: nine tenths, rounded up. */
function toShare(ofProcess: number): number {
  return Math.ceil(ofProcess * 0.9);
}

/** What is read; null with a fault in it, which holds no value and may be told. */
function readOrTell(
  read: () => readonly TenantSettings[],
  log: Log,
): readonly TenantSettings[] | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log.error('the tenants stay as they are: what was read anew has faults', {
      count: error.issues.length,
    });
    for (const issue of error.issues) log.error(issue);
    return null;
  }
}
