import { type FlowProgress, toGoingOn, toKnownStatus } from '../../live/flow-progress.ts';
import type { Snapshot } from '../../live/known-states.ts';
import type { FlowEntry } from '../../store/store.ts';

/**
 * Returns a registered flow as it is known without a call to Atlas: the state in memory, or the one that
 * was written down last. A state from before files were last given to the flow is reported as in progress,
 * never as an end.
 */
export function toKnownFlow(
  current: Snapshot<FlowProgress> | undefined,
  entry: FlowEntry,
): Snapshot<FlowProgress> {
  const known = current ?? toWrittenDown(entry);
  const cached = { ...known, source: 'CACHE', nextCheckAt: null } as const;
  return entry.uploadedAt === null ? cached : toGoingOn(cached, entry.uploadedAt);
}

function toWrittenDown({ last, state, createdAt }: FlowEntry): Snapshot<FlowProgress> {
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
