import { AtlasError } from '../atlas/errors.ts';
import { type FlowStatus, isTerminal } from '../atlas/flow-status.ts';
import type { Operation } from './context.ts';
import { loadFlow } from './flow.ts';
import type { FoundFlow } from './loaders.ts';
import { toStale } from './stale.ts';

/**
 * A flow that a mutation has just changed. Where its status can't be had at this moment, the flow
 * is answered all the same, with what was known before marked stale, or `otherwise`, of which no
 * version was ever seen: what was done must not look undone.
 */
export async function loadFlowAfterWrite(
  operation: Operation,
  uuid: string,
  otherwise: FlowStatus,
): Promise<FoundFlow> {
  operation.loaders.flow.clear(uuid);
  operation.loaders.flowExtracts.clear(uuid);
  const flow = await loadFlow(operation, uuid).catch((error: unknown) => {
    if (error instanceof AtlasError) return null;
    throw error;
  });
  if (flow !== null && !flow.snapshot.isStale) return flow;
  const last = operation.flows.last(operation.tenant, uuid);
  const isKnown = last !== undefined && !isTerminal(last.state.status);
  // A flow that was given more is not at its end any more, whatever was known.
  const state = { status: otherwise, landed: null };
  const known = isKnown ? last : { state, version: 0, observedAt: operation.now() };
  return { uuid, snapshot: toStale(known) };
}
