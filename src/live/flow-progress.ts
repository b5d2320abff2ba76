import type { FlowStatus, StageState } from '../atlas/flow-status.ts';
import { isSameStatus, isTerminal } from '../atlas/flow-status.ts';
import type { StateRules } from './known-states.ts';

const ranks: Readonly<Record<Exclude<StageState, 'UNKNOWN'>, number>> = {
  NOT_STARTED: 0,
  PENDING: 1,
  IN_PROGRESS: 2,
  SUCCESS: 3,
  COMPLETED: 3,
  FAILED: 3,
};

/** How a flow's states follow each other (CONTRACT 4.3). */
export const flowRules: StateRules<FlowStatus> = {
  isSame: isSameStatus,
  isTerminal,
  isBackwards(last, next) {
    const overall = compare(last.state, next.state);
    if (overall !== 0) return overall < 0;
    // A terminal state of the same rank with another name is a correction, and is taken.
    const stages = (['upload', 'processing', 'crossCheck'] as const).map((stage) =>
      compare(last[stage], next[stage]),
    );
    return stages.some((step) => step < 0) && stages.every((step) => step <= 0);
  },
};

/** Negative when a state lies before another, positive behind it, 0 when that can't be told. */
function compare(last: StageState, next: StageState): number {
  if (last === 'UNKNOWN' || next === 'UNKNOWN') return 0;
  return ranks[next] - ranks[last];
}
