import type { Atlas, BatchService } from '../atlas/atlas.ts';
import type { CallMeter } from '../atlas/client.ts';
import type { Tenant } from '../atlas/tenant.ts';
import type { Principal } from '../identity/principal.ts';
import type { BatchProgress } from '../live/batch-progress.ts';
import type { Clock } from '../live/clock.ts';
import type { FlowProgress } from '../live/flow-progress.ts';
import type { Watch } from '../live/watch.ts';
import type { Register } from '../store/register.ts';
import { createLoaders, type Loaders } from './loaders.ts';

/** Where Atlas is to call for one flow, when its caller names no places of their own. */
export interface CallbackOffer {
  readonly callbackUrl: string;
  readonly authUrl: string;
  /** Says which flow the offer was used for. */
  readonly bind: (flowUuid: string) => void;
}

/** What the graph stands on; one for the whole process. */
export interface Foundation {
  readonly atlas: Atlas;
  readonly register: Register;
  readonly flows: Watch<FlowProgress>;
  readonly batches: Watch<BatchProgress>;
  readonly offerCallback: (tenant: Tenant) => CallbackOffer;
  readonly now: () => number;
  readonly after: Clock['after'];
}

/** One GraphQL operation: who asks, what it has cost, what it has loaded. */
export interface Operation extends Foundation {
  readonly tenant: Tenant;
  readonly principal: Principal;
  readonly requestId: string;
  readonly meter: CallMeter;
  /** Aborts when whoever asked has gone. */
  readonly signal?: AbortSignal | undefined;
  /** What was loaded for this answer; a subscription's next event begins with new ones. */
  loaders: Loaders;
}

/**
 * The context of every resolver. All hangs under one key, because Yoga copies a context's own
 * properties and would lose anything lazy.
 */
export interface GatewayContext {
  readonly operation: Operation;
}

/** Makes the context of one operation, the same for HTTP, SSE and WebSocket. */
export function createOperation(
  foundation: Foundation,
  asked: Pick<Operation, 'principal' | 'requestId' | 'meter' | 'signal'>,
): Operation {
  const tenant = asked.principal.tenant;
  const base = { ...foundation, ...asked, tenant };
  return { ...base, loaders: createLoaders(base) };
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
