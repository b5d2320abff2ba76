import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { CallMeter } from '../atlas/client.ts';
import type { Principal } from '../identity/principal.ts';

/** One request to the graph, on any transport: who asks, under which id, and what it costs. */
export interface Asked {
  readonly principal: Principal;
  readonly requestId: string;
  readonly meter: CallMeter;
  readonly startedAt: number;
  /** Filled in once the operation is known. */
  operationName?: string;
}

/** Begins a request. */
export function createAsked(principal: Principal, requestId: string, now: number): Asked {
  return { principal, requestId, meter: { calls: 0, coalesced: 0 }, startedAt: now };
}

/** The id the caller gave in `X-Request-Id`, if it looks like one, or a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
}
