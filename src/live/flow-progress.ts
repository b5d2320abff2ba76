import {
  type FlowStatus,
  flowStates,
  isSameStatus,
  isTerminal,
  type StageState,
  stageStates,
} from '../atlas/answers/flow-status.ts';
import type { RestorableState, StateRules } from './known-states.ts';

/** The watched state of a flow. */
export interface FlowProgress {
  readonly status: FlowStatus;
  /** How many documents have a result; null until somebody wanted to know. */
  readonly landed: number | null;
}

/** A flow that was given files since Atlas was last asked: only that it goes on is known. */
export const underWay: FlowStatus = {
  state: 'IN_PROGRESS',
  upload: 'UNKNOWN',
  processing: 'UNKNOWN',
  crossCheck: 'UNKNOWN',
};

const ranks: Readonly<Record<Exclude<StageState, 'UNKNOWN'>, number>> = {
  NOT_STARTED: 0,
  PENDING: 1,
  IN_PROGRESS: 2,
  SUCCESS: 3,
  COMPLETED: 3,
  FAILED: 3,
};

/** How a flow's states follow each other (CONTRACT 4.3). */
export const flowRules: StateRules<FlowProgress> = {
  isSame: (last, next) =>
    isSameStatus(last.status, next.status) && (next.landed ?? 0) <= (last.landed ?? 0),
  isTerminal: ({ status }) => isTerminal(status),
  isBackwards({ status: last }, { status: next }) {
    // Any state that is not terminal, even an unknown one, precedes a terminal one.
    if (isTerminal(last) !== isTerminal(next)) return isTerminal(last);
    const overall = compare(last.state, next.state);
    if (overall !== 0) return overall < 0;
    const steps = (['upload', 'processing', 'crossCheck'] as const).map((stage) =>
      compare(last[stage], next[stage]),
    );
    return steps.some((step) => step < 0) && steps.every((step) => step <= 0);
  },
  reopened: (last) =>
    last.status.state === 'IN_PROGRESS' ? last : { status: underWay, landed: last.landed },
  merge: (last, next) => ({ status: next.status, landed: next.landed ?? last.landed }),
};

/** Negative when a state lies before another, positive behind it, 0 when that can't be told. */
function compare(last: StageState, next: StageState): number {
  if (last === 'UNKNOWN' || next === 'UNKNOWN') return 0;
  return ranks[next] - ranks[last];
}

/** A status as it was written down; a word of another version of the gateway is `UNKNOWN`. */
export function toKnownStatus(words: { readonly [Part in keyof FlowStatus]: string }): FlowStatus {
  const toStage = (word: string) => stageStates.find((each) => each === word) ?? 'UNKNOWN';
  return {
    state: flowStates.find((each) => each === words.state) ?? 'UNKNOWN',
    upload: toStage(words.upload),
    processing: toStage(words.processing),
    crossCheck: toStage(words.crossCheck),
  };
}

/**
 * Returns the state of a flow that was given files at a moment: an earlier state is reported as in
 * progress, in the next version, because an earlier end is no longer one.
 */
export function toGoingOn<Known extends RestorableState<FlowProgress>>(
  known: Known,
  uploadedAt: number,
): Known {
  if (known.observedAt > uploadedAt) return known;
  const state = flowRules.reopened?.(known.state) ?? known.state;
  return state === known.state ? known : { ...known, state, version: known.version + 1 };
}

/** A flow's progress as another process told it, maybe one of another version of the gateway. */
export function toKnownProgress(published: {
  readonly status: Parameters<typeof toKnownStatus>[0];
  readonly landed: number | null;
}): FlowProgress {
  return { status: toKnownStatus(published.status), landed: published.landed };
}
