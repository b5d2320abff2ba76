import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import test from 'node:test';
import type { Tenant } from '../../src/atlas/api/tenant.ts';
import type { Atlas } from '../../src/atlas/atlas.ts';
import type { BeginAttempt } from '../../src/atlas/client/attempt.ts';
import type { AtlasClient } from '../../src/atlas/client/client.ts';
import type { InFlightReads } from '../../src/atlas/client/in-flight-reads.ts';
import type { Tokens } from '../../src/atlas/client/tokens.ts';
import type { Circuits } from '../../src/atlas/resilience/circuits.ts';
import type { AtlasObserver } from '../../src/atlas/resilience/observer.ts';
import type { RetryBudget } from '../../src/atlas/resilience/retry-budget.ts';
import type { ConcurrencyLimiter } from '../../src/atlas/transport/concurrency-limiter.ts';
import type { CallbackProof } from '../../src/identity/callback-proof.ts';
import type { FlowGrants } from '../../src/identity/flow-grants.ts';
import type { Tenants } from '../../src/identity/tenants.ts';
import type { Durations } from '../../src/live/durations.ts';
import type { FollowUp } from '../../src/live/follow-up.ts';
import type { KnownStates } from '../../src/live/known-states.ts';
import type { ProcessedCounts } from '../../src/live/processed-counts.ts';
import type { SharedWatch, SharedWatchListener } from '../../src/live/shared-watch.ts';
import type { Watch } from '../../src/live/watch.ts';
import type { Audit } from '../../src/privacy/audit.ts';
import type { FinishedFlows } from '../../src/schema/operation/finished-flows.ts';
import type { OperationEvents } from '../../src/server/operation/operation-events.ts';
import type { RateLimit } from '../../src/server/operation/rate-limit.ts';
import type {
  SubscriptionCaps,
  SubscriptionLimits,
} from '../../src/server/operation/subscription-caps.ts';
import type { StreamTokens } from '../../src/server/streaming/stream-token.ts';
import type { Counter } from '../../src/store/counter.ts';
import type { Fleet, SharedTokenStore } from '../../src/store/fleet.ts';
import type { RegisterContext } from '../../src/store/redis/register-context.ts';
import type { CallbackLedger } from '../../src/store/services/callback-ledger.ts';
import type { IdempotentCall, RunIdempotently } from '../../src/store/services/idempotent-call.ts';
import type { Register } from '../../src/store/services/register.ts';
import type { ShareToken } from '../../src/store/services/shared-tokens.ts';
import type { TtlCache } from '../../src/store/services/ttl-cache.ts';
import type {
  BatchRegister,
  CallbackRegister,
  FlowRegister,
  KeyRegister,
  Store,
} from '../../src/store/store.ts';
import type { TenantId } from '../../src/tenant-id.ts';

/** The forms in which a tenant is passed on. */
type Owned =
  | TenantId
  | Tenant
  | { readonly tenantId: TenantId | undefined }
  | { readonly tenant: Tenant }
  | { readonly watchKey: { readonly tenantId: TenantId } };

/** The functions of a port whose first parameter does not say whose it is, or may be any text. */
type Plain<Port> = {
  [Name in keyof Port]-?: NonNullable<Port[Name]> extends (
    whose: infer Whose,
    ...rest: never[]
  ) => unknown
    ? [NonNullable<Whose>] extends [Owned]
      ? never
      : Name
    : never;
}[keyof Port];

/** Does not compile for a port with a function that takes no tenant and is not named. */
function assertOwned<Port, Named extends keyof Port = never>(
  ..._unowned: [Exclude<Plain<Port>, Named>] extends [never]
    ? []
    : [unowned: Exclude<Plain<Port>, Named>]
): void {}

test('stored data takes a tenant, and no plain text in its place', () => {
  assertOwned<Store, 'secret' | 'forget' | 'close'>();
  assertOwned<FlowRegister>();
  assertOwned<BatchRegister>();
  assertOwned<CallbackRegister>();
  assertOwned<KeyRegister>();
  assertOwned<Register>();
  assertOwned<CallbackLedger>();
  assertOwned<TtlCache<object>>();
  assertOwned<{ once: RunIdempotently; call: (call: IdempotentCall<unknown>) => void }>();
  assertOwned<Pick<RegisterContext, 'registerTenant'>>();
  assertOwned<FinishedFlows>();
  assertOwned<KnownStates<unknown>>();
  assertOwned<ProcessedCounts>();
});

test('shared and watched data takes a tenant, and no plain text in its place', () => {
  assertOwned<Fleet, 'listen' | 'close'>();
  assertOwned<SharedTokenStore>();
  assertOwned<{ share: ShareToken }>();
  assertOwned<SharedWatch<unknown>, 'listen'>();
  assertOwned<SharedWatchListener<unknown>>();
  assertOwned<Watch<unknown>, 'countWatched' | 'close'>();
  assertOwned<FollowUp, 'close'>();
  assertOwned<InFlightReads>();
  assertOwned<Tokens>();
  assertOwned<StreamTokens>();
});

test('counters and messages take a tenant, and no plain text in its place', () => {
  assertOwned<Counter>();
  assertOwned<RateLimit>();
  assertOwned<SubscriptionCaps, 'close' | 'isFull'>();
  assertOwned<Required<SubscriptionLimits>>();
  assertOwned<Durations>();
  assertOwned<Circuits>();
  assertOwned<RetryBudget>();
  assertOwned<{ wait: (...from: Tail<Parameters<ConcurrencyLimiter['acquire']>>) => void }>();
  assertOwned<AtlasObserver>();
  assertOwned<Audit>();
  assertOwned<Atlas>();
  assertOwned<AtlasClient, 'hasAnswered' | 'countWaiting' | 'close'>();
  assertOwned<{ beginTry: BeginAttempt }>();
  assertOwned<Pick<CallbackProof, 'issuePath'>>();
  assertOwned<Pick<FlowGrants, 'issue'>>();
  assertOwned<Pick<Tenants, 'find' | 'settingsOf'>>();
  assertOwned<{
    told: (...told: Tail<Parameters<NonNullable<OperationEvents['onErrors']>>>) => void;
  }>();
});

test('a port that takes any text is told by the name of its function', () => {
  assertOwned<{ find(tenantId: string, uuid: string): void }>('find');
  assertOwned<{ close(): void; find(tenantId: TenantId | ''): void }, 'close'>('find');
  assertOwned<{ take?(caller: { readonly tenantId: string }): void }>('take');
  assertOwned<{ find(uuid: string, tenantId: TenantId): void }>('find');
});

/** All but the first. */
type Tail<Parameters extends readonly unknown[]> = Parameters extends [unknown, ...infer Rest]
  ? Rest
  : never;

/** Where an id is made of a text: where it is read, and where one of ours comes back. */
const makers = [
  'src/config/tenant-shape.ts',
  'src/identity/callback-proof.ts',
  'src/identity/flow-grants.ts',
  'src/server/callbacks/sandbox-callback.ts',
  'src/store/redis/register-context.ts',
  'src/store/redis/store.ts',
  'src/store/sqlite/log.ts',
];

test('nothing but those who read ids makes one of a text, and nobody names one a text', () => {
  const root = new URL('../../', import.meta.url).pathname;
  const files = globSync('src/**/*.ts', { cwd: root }).map(
    (path) => [path, readFileSync(`${root}${path}`, 'utf8')] as const,
  );
  const having = (pattern: RegExp) =>
    files.flatMap(([path, text]) => (pattern.test(text) ? [path] : [])).toSorted();
  assert.deepEqual(having(/tenantId\??: (readonly )?string\b/i), []);
  assert.deepEqual(having(/\bas (readonly )?TenantId\b/), makers);
});
