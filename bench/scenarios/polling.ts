import { pause } from '../clock.ts';
import { startCrowd } from '../crowd.ts';
import { type FanOut, toFanOut } from '../figures.ts';
import { startGateway } from '../gateway.ts';
import { startProgram } from '../processes.ts';
import type { SandboxDuties } from '../sandbox.ts';
import { markOf, stagesOf } from './stages.ts';

export interface PollingOptions {
  readonly subscribers: number;
  readonly rounds: number;
  readonly clientProcesses: number;
}

const intervalMs = 5_000;
const roundMs = 30_000;

/** One flow of which Atlas tells somebody else, so that the gateway can only ask. */
export async function measurePolling(options: PollingOptions): Promise<FanOut> {
  const { subscribers, rounds, clientProcesses } = options;
  const sandbox = startProgram<SandboxDuties>(new URL('../sandbox.ts', import.meta.url));
  const gateway = await startGateway({
    atlasUrl: await sandbox.call('url'),
    env: { POLL_INTERVAL_MS: String(intervalMs) },
  });
  const flowUuid = await gateway.openFlow('application-polled', true);
  const crowd = startCrowd(clientProcesses);
  const { url, apiKey } = gateway;
  await crowd.open({ kind: 'ws', count: subscribers, url, apiKey, flowUuids: [flowUuid] });
  const figures: number[][] = [];
  for (let round = 0; round < rounds; round += 1) {
    await crowd.expect(markOf(round));
    // A change comes anywhere between two polls, and not just behind the one that saw the last.
    await pause((intervalMs * (round + 0.5)) / rounds);
    const change = { flowUuid, stages: stagesOf(round), isTold: false };
    const { changedAt } = await sandbox.call('change', change);
    const { arrivedAt } = await crowd.collect(roundMs);
    figures.push(arrivedAt.map((at) => at - changedAt));
  }
  await crowd.stop();
  await gateway.stop();
  await sandbox.stop();
  return toFanOut(figures);
}
