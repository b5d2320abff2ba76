import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { type Authenticate, createAuthenticate } from '../identity/authenticate.ts';
import { createFlowGrants } from '../identity/flow-grants.ts';
import { createGrants, type Grants } from '../identity/grants.ts';
import { createJwtReader } from '../identity/jwt.ts';
import type { TenantSettings, Tenants } from '../identity/tenants.ts';
import type { Clock } from '../live/clock.ts';
import type { Log } from '../logging/log.ts';
import type { Memory } from './memory.ts';
import type { Upstream } from './upstream.ts';

/** The authentication of callers, the grants they issue, and the renewal of the tenants. */
export interface Callers {
  readonly authenticate: Authenticate;
  readonly grants: Grants;
  /** Reads the tenants anew. With any fault in them everything stays as it is, and the log says why. */
  reload(read: () => readonly TenantSettings[]): void;
}

/** The options of `createCallers`. */
export interface CallersOptions {
  readonly config: Pick<Config, 'jwt'>;
  readonly tenants: Tenants;
  readonly upstream: Upstream;
  readonly log: Log;
  readonly memory: Pick<Memory, 'secrets' | 'store'>;
  readonly clock: Clock;
}

/** Makes what depends on the tenants and their keys. */
export function createCallers(options: CallersOptions): Callers {
  const { config, tenants, upstream, log, clock } = options;
  const { secrets, store } = options.memory;
  const tokens = createFlowGrants({ secrets, now: clock.now });
  const jwts =
    config.jwt === null
      ? undefined
      : createJwtReader({
          trust: config.jwt,
          now: clock.now,
          monotonicMs: clock.monotonicMs,
          onUnavailable: () => log.warn('the keys at JWT_JWKS_URL cannot be fetched'),
        });

  return {
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
    reload(read) {
      const settings = readOrTell(read, log);
      if (settings === null) return;
      const { added, removed, recredentialed } = tenants.replace(settings);
      for (const tenant of [...removed, ...recredentialed]) upstream.client.forget(tenant);
      for (const { id } of added) log.info('a tenant was added', { tenant: id });
      for (const { id } of removed) log.info('a tenant was removed', { tenant: id });
      for (const { id } of recredentialed) {
        log.info('the credentials of a tenant changed', { tenant: id });
      }
      log.info('the tenants were reloaded', { count: settings.length });
    },
  };
}

/** Returns the tenants as read; null where they have a fault, which quotes no value and is logged. */
function readOrTell(
  read: () => readonly TenantSettings[],
  log: Log,
): readonly TenantSettings[] | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log.error('the tenants were not reloaded: the new settings have errors', {
      count: error.issues.length,
    });
    for (const issue of error.issues) log.error(issue);
    return null;
  }
}
