import type { CallMeter } from '../../atlas/api/call-meter.ts';
import type { EndpointName } from '../../atlas/api/endpoints.ts';
import type { Tenant } from '../../atlas/api/tenant.ts';
import type { Atlas, BatchService } from '../../atlas/atlas.ts';
import type { CallOptions } from '../../atlas/client/client.ts';
import type { Cancellation } from '../../atlas/deadline/cancellation.ts';
import type { StartDeadline } from '../../atlas/deadline/deadline.ts';
import type { ServiceHealth } from '../../atlas/resilience/circuits.ts';
import type { Grants } from '../../identity/grants.ts';
import type { Principal } from '../../identity/principal.ts';
import type { BatchProgress } from '../../live/batch-progress.ts';
import type { Clock } from '../../live/clock.ts';
import type { EventFeed } from '../../live/event-feed.ts';
import type { FlowProgress } from '../../live/flow-progress.ts';
import type { Watch } from '../../live/watch.ts';
import type { Audit, Reads } from '../../privacy/audit.ts';
import type { EventLog } from '../../store/event-log.ts';
import type { RunExclusively } from '../../store/services/exclusive-run.ts';
import type { RunIdempotently } from '../../store/services/idempotent-call.ts';
import type { Register } from '../../store/services/register.ts';
import type { CallbackRegister } from '../../store/store.ts';
import type { CacheDependencies } from './cache-dependencies.ts';
import type { FinishedFlows } from './finished-flows.ts';
import type { Loaders } from './loaders.ts';

/** Where Atlas is to call for one flow, when its caller names no places of their own. */
export interface CallbackOffer {
  readonly callbackUrl: string;
  readonly authUrl: string;
  /** The reference in the callback address; the register binds it to the flow. */
  readonly reference: string;
}

/** One limit that a caller is under, and what is left of it. */
export interface LimitView {
  readonly name: string;
  readonly limit: number;
  /** Null where nothing is used up: a limit of each request. */
  readonly remaining: number | null;
  /** When all of it is there again, in milliseconds since the epoch; null where that is not set. */
  readonly resetsAt: number | null;
}

/** The dependencies of the schema; one for the whole process. */
export interface SchemaDependencies {
  readonly atlas: Atlas;
  readonly register: Register;
  readonly flows: Watch<FlowProgress>;
  readonly finished: FinishedFlows;
  readonly batches: Watch<BatchProgress>;
  readonly offerCallback: (tenant: Tenant) => CallbackOffer;
  /** Does what must not be done twice. */
  readonly runIdempotently: RunIdempotently;
  /** Does what must not run twice at once. */
  readonly runExclusively: RunExclusively;
  /** The references of callback addresses, and whether Atlas called them. */
  readonly callbacks: Pick<CallbackRegister, 'find'>;
  /** The secrets that bodies are hashed with, the newest first. */
  readonly secrets: readonly string[];
  /** Says that Atlas has called for a flow. */
  readonly onCalled: (tenant: Tenant, flowUuid: string) => void;
  readonly grants: Grants;
  /** The log of what happened. */
  readonly events: EventLog;
  /** The log as it grows. */
  readonly eventFeed: EventFeed;
  readonly audit: Audit;
  /**
   * Takes a permit of the subscription limits for a wait; null when there is none. The answer gives it
   * back.
   */
  readonly takeWait: (principal: Principal) => (() => void) | null;
  readonly limitsOf: (principal: Principal) => readonly LimitView[];
  /** The health of Atlas's services as the calls of the tenant found it. */
  readonly atlasHealth: (tenant: Tenant) => readonly ServiceHealth[];
  /** Whether the tenant's calls of an endpoint's kind go through, and not one alone to see. */
  readonly isAtlasWell: (tenant: Tenant, endpoint: EndpointName) => boolean;
  readonly startDeadline: StartDeadline;
  /**
   * How long after an upload began Atlas shows something of it, in milliseconds: longer than the
   * upload can be under way.
   */
  readonly uploadSettledMs: number;
  /** The wall clock, in milliseconds since the epoch. */
  readonly now: () => number;
  /** The monotonic clock, in milliseconds. */
  readonly monotonicMs: () => number;
  readonly after: Clock['after'];
}

/**
 * The outcome of renewing the authority of a connection: until when it holds, in milliseconds since
 * the epoch (null: no set time), or why the credential was not taken.
 */
export type Renewal = { readonly expiresAt: number | null } | { readonly refusal: RenewalRefusal };

/**
 * `UNAUTHENTICATED`: the credential is not valid. `FORBIDDEN`: it is another caller's. The others: try
 * again later.
 */
export interface RenewalRefusal {
  readonly code: 'UNAUTHENTICATED' | 'FORBIDDEN' | 'IDENTITY_UNAVAILABLE' | 'RATE_LIMITED';
  readonly message: string;
}

/** Renews the authority of a connection by an `Authorization` value. Never rejects. */
export type Reauthenticate = (authorization: string) => Promise<Renewal>;

/** One GraphQL operation: who asks, what it has cost, what it has loaded. */
export interface Operation extends Omit<SchemaDependencies, 'atlas' | 'audit' | 'startDeadline'> {
  /**
   * Writes go straight to Atlas; reads come through the loaders. Throws an AuthorityEndedError when
   * the caller has lost its authority, as `grants` does.
   */
  readonly atlas: Pick<Atlas, 'openFlow' | 'uploadToFlow' | 'uploadBatch'>;
  readonly tenant: Tenant;
  readonly principal: Principal;
  readonly requestId: string;
  readonly meter: CallMeter;
  /** Cancelled when whoever asked has gone. */
  readonly gone?: Cancellation | undefined;
  /** The options of every call of the operation: its meter, its deadline, its lane. */
  readonly callOptions: CallOptions;
  /** The personal data that this operation read; its runner writes the audit line. */
  readonly reads: Reads;
  /** The loaders of this answer. */
  readonly loaders: Loaders;
  /** The version seen last, as its request named it beside the operation; it counts before `after`. */
  readonly resumeAfter?: number | undefined;
  /** Renews the connection that the operation came by; undefined where that can't be renewed. */
  readonly reauthenticate?: Reauthenticate | undefined;
  /** The version that the latest event shows; null: none yet. */
  readonly eventVersion: number | null;
  /** Begins the next answer of a subscription, with a deadline and what it loads of its own. */
  beginEvent(version: number): void;
  /** Notes from here where the answer comes from; nothing of it may be loaded yet. */
  recordDependencies(): CacheDependencies;
  /** Lets go of what was loaded for an answer that is made; nothing more is loaded for it. */
  release(): void;
  /** Begins the deadline anew, after a wait that was asked for. */
  renewDeadline(): void;
  /** Rejects with an AuthorityEndedError if the caller lost its authority during a wait. */
  requireAuthority(): Promise<void>;
}

/**
 * The context of every resolver. All hangs under one key, because Yoga copies a context's own
 * properties and would lose anything lazy.
 */
export interface GatewayContext {
  readonly operation: Operation;
}

/** The name under which a batch is watched and registered. */
export function batchKey(service: BatchService, batchId: string): string {
  return `${service}:${batchId}`;
}

/** The batch behind such a name. */
export function batchOfKey(key: string): { service: BatchService; batchId: string } {
  const colon = key.indexOf(':');
  const service = key.slice(0, colon) === 'BULK' ? 'BULK' : 'SANDBOX';
  return { service, batchId: key.slice(colon + 1) };
}
