import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { CallMeter } from '../atlas/client.ts';
import type { Principal } from '../identity/principal.ts';
import type { SubscriptionCaps } from './subscription-caps.ts';

/** One request to the graph, on any transport: who asks, under which id, and what it costs. */
export interface Asked {
  readonly principal: Principal;
  readonly requestId: string;
  readonly meter: CallMeter;
  readonly startedAt: number;
  /** Filled in once the operation is known. */
  operationName?: string;
  /** Aborts when whoever asked has gone. */
  signal?: AbortSignal;
  /** Where a subscription takes its place, unless its transport has seen to that. */
  readonly caps?: SubscriptionCaps;
}

/** Begins a request. */
export function createAsked(asked: Omit<Asked, 'meter'>): Asked {
  return { ...asked, meter: { calls: 0, coalesced: 0 } };
}

/** The id the caller gave in `X-Request-Id`, if it looks like one, or a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
}
