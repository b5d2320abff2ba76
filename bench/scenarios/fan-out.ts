import { startGateway } from '../gateway.ts';
import type { RawBroadcastDuties } from '../peers/raw-broadcast.ts';
import { startProgram } from '../processes.ts';
import type { SandboxDuties } from '../sandbox.ts';
import { type FanFigures, openFan } from './fan.ts';
import { stagesOf } from './stages.ts';

export interface FanOutOptions {
  readonly transport: 'ws' | 'sse';
  readonly subscribers: number;
  readonly rounds: number;
  readonly clientProcesses: number;
  /** Options of Node for the gateway, for a profile. */
  readonly execArgv: readonly string[];
}

const warmUpRounds = 6;

/**
 * One flow with all readers at it, told of by callback, and beside it the floor: the very messages
 * broadcast to as many. They take turns, round by round, so that both meet the same machine.
 */
export async function measureFanOut(
  options: FanOutOptions,
): Promise<{ gateway: FanFigures; floor: FanFigures }> {
  const { transport, rounds } = options;
  const sandbox = startProgram<SandboxDuties>(new URL('../sandbox.ts', import.meta.url));
  const raw = startProgram<RawBroadcastDuties>(
    new URL('../peers/raw-broadcast.ts', import.meta.url),
  );
  const gateway = await startGateway({
    atlasUrl: await sandbox.call('url'),
    execArgv: options.execArgv,
  });
  const flowUuid = await gateway.openFlow('application-of-all');
  const fan = await openFan(
    {
      pid: gateway.pid,
      address: { url: gateway.url, apiKey: gateway.apiKey, flowUuids: [flowUuid] },
      bareKind: transport,
      trueKind: transport === 'ws' ? 'graphql-ws' : 'graphql-sse',
      async announce(round) {
        const change = { flowUuid, stages: stagesOf(round), isTold: true };
        const { changedAt, answeredAt } = await sandbox.call('change', change);
        return { from: changedAt, ownFrom: answeredAt };
      },
    },
    options,
  );
  const samples = ['', ''];
  for (let round = 0; round < warmUpRounds; round += 1) samples[round % 2] = await fan.play();

  const floor = await openFan(
    {
      pid: raw.pid,
      address: { url: await raw.call('listen'), apiKey: '', flowUuids: [''] },
      bareKind: transport === 'ws' ? 'raw-ws' : 'raw-sse',
      trueKind: null,
      async announce(round) {
        const from = await raw.call('broadcast', samples[round % 2] ?? '');
        return { from, ownFrom: from };
      },
    },
    options,
  );
  for (let round = 0; round < warmUpRounds; round += 1) await floor.play();

  fan.restart();
  floor.restart();
  for (let round = 0; round < rounds; round += 1) {
    await fan.play();
    await floor.play();
  }
  const figures = { gateway: await fan.finish(), floor: await floor.finish() };
  await gateway.stop();
  await raw.stop();
  await sandbox.stop();
  return figures;
}
