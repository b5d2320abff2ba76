import { startSandbox } from '../src/sandbox/start-sandbox.ts';
import { nowMs } from './clock.ts';
import { serveDuties } from './processes.ts';

/** Atlas, in a process of its own. */
const sandbox = await startSandbox();

export type SandboxDuties = typeof duties;

type Stages = Parameters<typeof sandbox.setFlowStatus>[1];

export interface Change {
  readonly changedAt: number;
  /** When the gateway had the new status from here. */
  readonly answeredAt: number;
}

const duties = {
  url: () => sandbox.url,
  setStages({ flowUuids, stages }: { flowUuids: readonly string[]; stages: Stages }): void {
    for (const flowUuid of flowUuids) sandbox.setFlowStatus(flowUuid, stages);
  },
  /** Changes a flow's status, and tells by callback where `isTold`; answers once it was asked for. */
  async change({
    flowUuid,
    stages,
    isTold,
  }: {
    flowUuid: string;
    stages: Stages;
    isTold: boolean;
  }): Promise<Change> {
    sandbox.clearCalls();
    sandbox.setFlowStatus(flowUuid, stages);
    const changedAt = nowMs();
    if (isTold) void sandbox.sendCallback(flowUuid);
    await sandbox.waitForCall('flowStatus', ({ status }) => status === 200);
    return { changedAt, answeredAt: nowMs() };
  },
  /** Ends a flow; the callback goes out, and nobody waits for it. */
  finish(flowUuid: string): number {
    const finishedAt = nowMs();
    sandbox.finishFlow(flowUuid, 'SUCCESS');
    return finishedAt;
  },
  countCalls: () => sandbox.countCalls(),
  clearCalls: () => sandbox.clearCalls(),
};

serveDuties(duties);
