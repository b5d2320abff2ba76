import { nowMs, pause } from '../clock.ts';
import { startCrowd } from '../crowd.ts';
import { percentile } from '../figures.ts';
import { startGateway } from '../gateway.ts';
import { startProgram } from '../processes.ts';
import type { SandboxDuties } from '../sandbox.ts';
import { endMark, stagesOf } from './stages.ts';

export interface RestartOptions {
  readonly subscribers: number;
  readonly clientProcesses: number;
}

/** When the flow ends, seen from the restart. */
export type Moment = 'while sockets close' | 'while nobody listens' | 'while clients come back';

export interface Restart {
  readonly moment: Moment;
  readonly readers: number;
  /** Readers that were not told of the end. */
  readonly lost: number;
  /** From the end of the flow to the last reader that was told. */
  readonly lastMs: number;
  /** From the signal until the next process listened. */
  readonly awayMs: number;
}

const moments: readonly Moment[] = [
  'while sockets close',
  'while nobody listens',
  'while clients come back',
];
const drainMs = 2_000;
const trueClients = 20;
const roundMs = 60_000;
const comingBackMs = 300;

/** A process is told to end and another takes its port, while the flow that all read ends. */
export async function measureRestarts(options: RestartOptions): Promise<readonly Restart[]> {
  const sandbox = startProgram<SandboxDuties>(new URL('../sandbox.ts', import.meta.url));
  const atlasUrl = await sandbox.call('url');
  const env = { SHUTDOWN_GRACE_MS: '0', DRAIN_MS: String(drainMs) };
  let gateway = await startGateway({ atlasUrl, env });
  const port = Number(new URL(gateway.url).port);
  const restarts: Restart[] = [];

  for (const moment of moments) {
    const crowd = startCrowd(options.clientProcesses);
    const { url, apiKey } = gateway;
    const flowUuid = await gateway.openFlow(`application that ends ${moment}`);
    await sandbox.call('setStages', { flowUuids: [flowUuid], stages: stagesOf(0) });
    const count = options.subscribers - trueClients;
    await crowd.open({ kind: 'ws', count, url, apiKey, flowUuids: [flowUuid] });
    await crowd.open({
      kind: 'graphql-ws',
      count: trueClients,
      url,
      apiKey,
      flowUuids: [flowUuid],
    });
    await crowd.expect(endMark);

    const toldAt = nowMs();
    let finishedAt = Number.NaN;
    const finishIf = async (now: Moment) => {
      if (now === moment) finishedAt = await sandbox.call('finish', flowUuid);
    };
    const stopped = gateway.stop();
    await pause(drainMs / 2);
    await finishIf('while sockets close');
    await stopped;
    await finishIf('while nobody listens');
    gateway = await startGateway({ atlasUrl, env, port });
    const awayMs = nowMs() - toldAt;
    await pause(comingBackMs);
    await finishIf('while clients come back');

    const { arrivedAt } = await crowd.collect(roundMs);
    const told = arrivedAt.filter((at) => !Number.isNaN(at));
    restarts.push({
      moment,
      readers: arrivedAt.length,
      lost: arrivedAt.length - told.length,
      lastMs: percentile(told, 1) - finishedAt,
      awayMs,
    });
    await crowd.stop();
  }
  await gateway.stop();
  await sandbox.stop();
  return restarts;
}
