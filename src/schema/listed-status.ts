import { AtlasError } from '../atlas/errors.ts';
import { isTerminal } from '../atlas/flow-status.ts';
import { type FlowProgress, toKnownStatus } from '../live/flow-progress.ts';
import type { Snapshot } from '../live/known-states.ts';
import type { FlowEntry } from '../store/store.ts';
import type { Operation } from './context.ts';
import type { ListedFlow } from './refs.ts';

/**
 * The status of a flow in a list. What has ended, and was given nothing more since, is told as it was
 * last seen; all else Atlas is asked for. Where it can't be asked or knows no such flow, the flow is
 * told as it was last seen and stale: one flow must not cost the page.
 */
export async function loadListed(
  operation: Operation,
  { uuid, entry }: ListedFlow,
): Promise<Snapshot<FlowProgress>> {
  const known = toSnapshot(operation, entry);
  if (isTerminal(known.state.status) && known.observedAt >= (entry.uploadedAt ?? 0)) return known;
  const asked = await operation.loaders.flow.load(uuid).catch((error: unknown) => {
    if (error instanceof AtlasError) return null;
    throw error;
  });
  return asked?.snapshot ?? { ...known, isStale: true };
}

function toSnapshot(
  { flows, tenant }: Operation,
  { uuid, last, state, createdAt }: FlowEntry,
): Snapshot<FlowProgress> {
  const seen = flows.last(tenant, uuid);
  if (seen) return { ...seen, source: 'CACHE', nextCheckAt: null };
  const unseen = { state, upload: state, processing: state, crossCheck: state };
  return {
    state: { status: toKnownStatus(last?.status ?? unseen), landed: null },
    version: last?.version ?? 0,
    source: 'CACHE',
    observedAt: last?.at ?? createdAt,
    nextCheckAt: null,
    isStale: false,
  };
}
