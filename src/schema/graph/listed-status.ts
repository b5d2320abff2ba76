import { isTerminal } from '../../atlas/answers/flow-status.ts';
import { AtlasError } from '../../atlas/api/errors.ts';
import type { FlowProgress } from '../../live/flow-progress.ts';
import type { Snapshot } from '../../live/known-states.ts';
import type { Operation } from '../operation/context.ts';
import { toKnownFlow } from '../operation/known-flow.ts';
import type { ListedFlow } from '../refs.ts';

/**
 * The status of a flow in a list. An end, with no files given to the flow since, is told as it was last
 * seen; of all others Atlas is asked. Where Atlas can't be asked or has no such flow, the flow is told
 * as it is known and stale: one flow must not cost the page.
 */
export async function loadListed(
  operation: Operation,
  { uuid, entry }: ListedFlow,
): Promise<Snapshot<FlowProgress>> {
  const known = toKnownFlow(operation.flows.current(operation.tenant, uuid), entry);
  if (isTerminal(known.state.status)) return known;
  const loaded = await operation.loaders.flow.load(uuid).catch((error: unknown) => {
    if (error instanceof AtlasError) return null;
    throw error;
  });
  return loaded?.snapshot ?? { ...known, isStale: true };
}
