import { pause } from '../clock.ts';
import { startCrowd } from '../crowd.ts';
import { startGateway } from '../gateway.ts';
import { settledKiB } from '../process-figures.ts';
import { startProgram } from '../processes.ts';
import type { SandboxDuties } from '../sandbox.ts';
import { stagesOf } from './stages.ts';

export interface ManyFlowsOptions {
  readonly flows: number;
  readonly readersPerFlow: number;
  readonly clientProcesses: number;
  /** Whether Atlas's callbacks come, so that polling is a safety net only. */
  readonly isCalledBack: boolean;
}

export interface ManyFlows {
  readonly callsPerSecond: number;
  readonly kibPerReader: number;
}

const intervalMs = 5_000;
const windowMs = 15_000;
/** With callbacks a flow is asked for once a minute. */
const calledBackWindowMs = 60_000;
const openedAtOnce = 16;

/** Many flows that do not change, each with some readers: how often Atlas is asked. */
export async function measureManyFlows(options: ManyFlowsOptions): Promise<ManyFlows> {
  const { flows, readersPerFlow, clientProcesses, isCalledBack } = options;
  const sandbox = startProgram<SandboxDuties>(new URL('../sandbox.ts', import.meta.url));
  const gateway = await startGateway({
    atlasUrl: await sandbox.call('url'),
    env: { POLL_INTERVAL_MS: String(intervalMs) },
  });
  const { pid, url, apiKey } = gateway;
  const flowUuids: string[] = [];
  let opened = 0;
  async function openSome(): Promise<void> {
    while (opened < flows) {
      opened += 1;
      flowUuids.push(await gateway.openFlow(`application-${opened}`));
    }
  }
  await Promise.all(Array.from({ length: openedAtOnce }, openSome));
  await sandbox.call('setStages', { flowUuids, stages: stagesOf(0) });
  const emptyKiB = await settledKiB(pid);

  const crowd = startCrowd(clientProcesses);
  const count = flows * readersPerFlow;
  await crowd.open({ kind: 'ws', count, url, apiKey, flowUuids });
  const [flowUuid] = flowUuids;
  if (isCalledBack && flowUuid !== undefined) {
    await sandbox.call('change', { flowUuid, stages: stagesOf(1), isTold: true });
    // Polls that were planned before that are made once more.
    await pause(2 * intervalMs);
  }
  const readKiB = await settledKiB(pid);
  const mostMs = isCalledBack ? calledBackWindowMs : windowMs;
  await sandbox.call('clearCalls');
  await pause(mostMs);
  const calls = await sandbox.call('countCalls');
  await crowd.stop();
  await gateway.stop();
  await sandbox.stop();
  return {
    callsPerSecond: (calls / mostMs) * 1_000,
    kibPerReader: (readKiB - emptyKiB) / count,
  };
}
