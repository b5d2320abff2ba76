import { AtlasError } from '../atlas/errors.ts';
import type { FlowStatus } from '../atlas/flow-status.ts';
import type { Operation } from './context.ts';
import { loadFlow } from './flow.ts';
import type { FlowNode } from './refs.ts';

/**
 * A flow that a mutation has just changed. Where its status can't be had at this moment, the flow
 * is answered all the same, with what is known marked stale: what was done must not look undone.
 */
export async function loadFlowAfterWrite(
  operation: Operation,
  uuid: string,
  otherwise: FlowStatus,
): Promise<FlowNode> {
  operation.loaders.flowSnapshot.clear(uuid);
  operation.loaders.flowExtracts.clear(uuid);
  const flow = await loadFlow(operation, uuid).catch((error: unknown) => {
    if (error instanceof AtlasError) return null;
    throw error;
  });
  if (flow !== null) return flow;
  const snapshot = {
    state: otherwise,
    version: 0,
    source: 'CACHE',
    observedAt: operation.now(),
    nextCheckAt: null,
    isStale: true,
  } as const;
  return { uuid, snapshot };
}
