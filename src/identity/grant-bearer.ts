import type { After } from '../atlas/deadline/timer.ts';
import type { GrantRegister } from '../store/store.ts';
import type { FlowGrant } from './flow-grants.ts';
import type { Issuers } from './issuers.ts';
import { type Principal, toVisibility } from './principal.ts';
import type { Scope } from './scopes.ts';
import type { LiveTenant, Tenants } from './tenants.ts';

/** The options of `createGrantBearer`. */
export interface GrantBearerOptions {
  readonly tenants: Tenants;
  readonly issuers: Issuers;
  readonly register: Pick<GrantRegister, 'revokedBefore'>;
  readonly now: () => number;
  readonly monotonicMs: () => number;
  readonly after: After;
}

/** Once a reading of the register is older, in milliseconds, another look at the bearer begins one. */
const freshMs = 1_000;
/** After how long a reading that failed is made again, in milliseconds. */
const retryMs = 2_000;
/**
 * How long readings may remain unanswered, in milliseconds, before the grant no longer holds: less
 * than the twelve seconds between two looks at a connection, of which two are less than 30 seconds.
 */
const mostUnansweredMs = 11_000;

/**
 * The bearer of a grant; null when the grant does not hold. Rejects with a StoreError when the
 * register of revocations can't be read. A bearer that stays is looked at again and again, and each
 * look begins a new reading of the register: a revocation anywhere in the fleet is seen by the next.
 */
export async function createGrantBearer(
  grant: FlowGrant,
  { tenants, issuers, register, now, monotonicMs, after }: GrantBearerOptions,
): Promise<Principal | null> {
  const found = tenants.find(grant.tenantId);
  if (found === undefined) return null;
  const tenant: LiveTenant = found;
  let isRevoked = false;
  let readAt = monotonicMs();
  let isReading = false;
  /** When the first reading began that has not been answered; null: none. */
  let unansweredSince: number | null = null;

  /** The checks that read no store: time, settings and issuer. */
  function holdsHere(): boolean {
    return (
      now() < grant.expiresAt &&
      grant.issuedAt >= (tenant.settings.grantsNotBefore ?? 0) &&
      tenants.find(tenant.id) === tenant &&
      mayIssue(issuers.scopesOf(grant.issuer, tenant.id), grant)
    );
  }

  async function recheck(): Promise<boolean> {
    const startedAt = monotonicMs();
    unansweredSince ??= startedAt;
    const revokedBefore = await register.revokedBefore(tenant.id, grant.flowUuid);
    unansweredSince = null;
    readAt = startedAt;
    isRevoked ||= grant.issuedAt < (revokedBefore ?? 0);
    return !isRevoked && holdsHere();
  }

  async function readAgain(): Promise<void> {
    isReading = true;
    try {
      await recheck();
    } catch {
      if (hasWaited()) return;
      after(retryMs, () => void readAgain());
    } finally {
      isReading = false;
    }
  }

  /** Whether no reading was answered for too long. */
  function hasWaited(): boolean {
    return unansweredSince !== null && monotonicMs() - unansweredSince > mostUnansweredMs;
  }

  function isCurrent(): boolean {
    if (isRevoked || !holdsHere()) return false;
    const isFresh = monotonicMs() - readAt < freshMs;
    const isOver = hasWaited();
    if (!isFresh && !isReading) void readAgain();
    return !isOver;
  }

  if (!(await recheck())) return null;
  return {
    tenant,
    callerId: `grant ${grant.id}`,
    scopes: new Set(),
    issuer: grant.issuer,
    grant,
    visibility: toVisibility(new Set(), grant),
    expiresAt: endOf(grant, issuers),
    isCurrent,
    recheck,
  };
}

/** A grant ends with the key that it was issued with, if that ends sooner. */
function endOf({ issuer, expiresAt }: FlowGrant, issuers: Issuers): number {
  const keyEnd = issuer.kind === 'key' ? issuers.findKey(issuer.sha256)?.key.expiresAt : null;
  return Math.min(expiresAt, keyEnd ?? expiresAt);
}

/** Whether a caller with these scopes may issue a grant; `issueFlowGrant` requires the same. */
function mayIssue(scopes: ReadonlySet<Scope> | null, { canReadDocuments }: FlowGrant): boolean {
  if (scopes?.has('flows:write') !== true) return false;
  return !canReadDocuments || scopes.has('flows:read');
}
