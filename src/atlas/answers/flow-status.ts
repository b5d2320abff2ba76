import type { OnDrift } from '../api/drift.ts';
import type { StatusAnswer } from '../api/wire.ts';

/** The overall states of a flow (CONTRACT 4.3); `UNKNOWN` stands for all others. */
export const flowStates = ['NOT_STARTED', 'IN_PROGRESS', 'SUCCESS', 'FAILED', 'UNKNOWN'] as const;
/** The overall state of a flow. */
export type FlowState = (typeof flowStates)[number];

/** The states of one stage of a flow (CONTRACT 4.3); `UNKNOWN` stands for all others. */
export const stageStates = [
  'NOT_STARTED',
  'PENDING',
  'IN_PROGRESS',
  'SUCCESS',
  'COMPLETED',
  'FAILED',
  'UNKNOWN',
] as const;
/** The state of one stage of a flow. */
export type StageState = (typeof stageStates)[number];

/** Where a flow stands: Atlas's roll-up and its three stages (CONTRACT 4.3). */
export interface FlowStatus {
  readonly state: FlowState;
  readonly upload: StageState;
  readonly processing: StageState;
  readonly crossCheck: StageState;
}

/** Reads a status; a value that CONTRACT.md does not list is `UNKNOWN` and counted. */
export function toFlowStatus(answer: StatusAnswer, onDrift: OnDrift): FlowStatus {
  return {
    state: known(flowStates, answer.master_status, onDrift),
    upload: known(stageStates, answer.upload_status, onDrift),
    processing: known(stageStates, answer.processing_status, onDrift),
    crossCheck: known(stageStates, answer.crossheck_status, onDrift),
  };
}

/** Whether a flow has ended: `master_status` SUCCESS or FAILED (CONTRACT 4.3). */
export function isTerminal(status: FlowStatus): boolean {
  return status.state === 'SUCCESS' || status.state === 'FAILED';
}

/** Whether two statuses say the same in all four of their parts. */
export function isSameStatus(one: FlowStatus, other: FlowStatus): boolean {
  return (
    one.state === other.state &&
    one.upload === other.upload &&
    one.processing === other.processing &&
    one.crossCheck === other.crossCheck
  );
}

function known<State extends string>(
  states: readonly State[],
  value: string | undefined,
  onDrift: OnDrift,
): State | 'UNKNOWN' {
  const state = states.find((candidate) => candidate === value);
  if (state === undefined) onDrift('status-unknown');
  return state ?? 'UNKNOWN';
}
