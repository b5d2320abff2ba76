import type { FlowStatus } from '../../atlas/answers/flow-status.ts';
import { AtlasError } from '../../atlas/api/errors.ts';
import { loadFlow } from '../graph/flow.ts';
import type { Operation } from '../operation/context.ts';
import type { FoundFlow } from '../operation/loaders.ts';
import { toStale } from '../operation/stale.ts';

/**
 * A flow that a mutation has just changed. Where its status can't be had at this moment, the flow is
 * answered all the same, with what is known of it or else with `otherwise`, both stale: what was done
 * must not look undone.
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
  if (flow !== null) return flow;
  const unseen = {
    state: { status: otherwise, landed: null },
    version: 0,
    observedAt: operation.now(),
  };
  const known = operation.flows.current(operation.tenant, uuid) ?? unseen;
  return { uuid, snapshot: toStale(known) };
}
