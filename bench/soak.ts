import { parseArgs } from 'node:util';
import { nowMs, pause } from './clock.ts';
import { toTable } from './figures.ts';
import { startProgram } from './processes.ts';
import { commandOf, describeMachine, endOnSignals, toCount, writeMeasured } from './report.ts';
import type { SoakAtlasDuties } from './soak/atlas.ts';
import { type PlayedEpisode, toEpisode } from './soak/faults.ts';
import { type Held, type SoakGateway, startSoakGateway } from './soak/gateway.ts';
import type { LoadDuties } from './soak/load.ts';
import { createRandom } from './soak/random.ts';
import {
  isSound,
  type Soaked,
  toFaultRows,
  toNearest,
  toRestRows,
  toUnexplained,
} from './soak/rows.ts';

/** Steady load before an Atlas that fails by chance. `npm run bench:soak -- --help` tells more. */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: '1' },
    loans: { type: 'string', default: '4' },
    readers: { type: 'string', default: '2' },
    'metrics-port': { type: 'string', default: '9464' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const usage = `npm run bench:soak -- [options]
  --seconds 600         of load
  --seed 1              of chance: faults, and what is asked
  --loans 4             that each of the two tenants works on at once
  --readers 2           that ask for flows, batches and matches all the time, for each tenant
  --metrics-port 9464   of the gateway
  --write               writes the tables to bench/README.md
`;

const tenants = ['acme', 'bolt'] as const;
const probeEveryMs = 10_000;
/** Within this everything that a reader leaves behind has to be gone. */
const restMs = 30_000;
const levels = [
  'atlas_gateway_watchers',
  'atlas_gateway_subscriptions',
  'atlas_gateway_connections',
  'atlas_gateway_atlas_waiting',
] as const;

endOnSignals();
if (values.help) process.stdout.write(usage);
else await run();

async function run(): Promise<void> {
  const seconds = toCount('seconds', values.seconds);
  const seed = toCount('seed', values.seed);
  const describe = describeMachine();
  const atlas = startProgram<SoakAtlasDuties>(new URL('soak/atlas.ts', import.meta.url));
  const load = startProgram<LoadDuties>(new URL('soak/load.ts', import.meta.url));
  const gateway = await startSoakGateway(
    await atlas.call('listen', tenants),
    tenants,
    toCount('metrics-port', values['metrics-port']),
  );

  const before = await gateway.hold();
  const { url, keys } = gateway;
  const [loans, readers] = [toCount('loans', values.loans), toCount('readers', values.readers)];
  await load.call('begin', { url, keys, seed, loans, readers });
  const until = nowMs() + 1_000 * seconds;
  const [episodes, held] = await Promise.all([playEpisodes(seed, until), probe(gateway, until)]);
  const report = await load.call('end');
  await load.stop();
  // With Atlas go the connections that are kept to it; whatever socket is still there has leaked.
  await atlas.stop();
  const rest = await comeToRest(gateway, before);

  const soaked: Soaked = {
    seconds,
    before,
    held,
    rest,
    report,
    episodes,
    errorLines: gateway.errorLines(),
  };
  await gateway.stop();

  const machine = describe();
  const tables = [
    toTable(['', 'figure', 'aim', 'met'], toRestRows(soaked)),
    toTable(['fault', 'episodes', 'errors that clients got'], toFaultRows(soaked)),
  ].join('\n\n');
  process.stdout.write(`${machine}\n\n${tables}\n`);
  for (const failure of toUnexplained(soaked)) {
    const near = toNearest(failure, episodes);
    process.stderr.write(`unexplained: ${JSON.stringify({ failure, near }, null, 2)}\n`);
  }
  if (values.write) {
    writeMeasured('soak', `    ${commandOf('bench:soak')}\n\n${machine}.\n\n${tables}`);
  }
  if (!isSound(soaked)) process.exitCode = 1;

  async function playEpisodes(seed: number, until: number): Promise<PlayedEpisode[]> {
    // Of another seed than the load: what is asked must not decide what fails.
    const random = createRandom(seed + 1_000_003);
    const played: PlayedEpisode[] = [];
    while (nowMs() < until) {
      const episode = toEpisode(random, tenants);
      const beganAt = nowMs();
      await atlas.call('begin', episode);
      await pause(episode.lastsMs);
      await atlas.call('end');
      played.push({ ...episode, beganAt, endedAt: nowMs() });
      await pause(episode.calmMs);
    }
    return played;
  }
}

async function probe(gateway: SoakGateway, until: number): Promise<(Held & { at: number })[]> {
  const held: (Held & { at: number })[] = [];
  while (nowMs() < until) {
    await pause(Math.min(probeEveryMs, Math.max(0, until - nowMs())));
    held.push({ ...(await gateway.hold()), at: nowMs() });
    process.stderr.write(`${(held.at(-1)?.heapBytes ?? 0) >> 10} KiB of heap\n`);
  }
  return held;
}

/** Waits until nothing is left of the load, and tells what is when the time for that is over. */
async function comeToRest(gateway: SoakGateway, before: Held): Promise<Soaked['rest']> {
  for (const until = nowMs() + restMs; ; await pause(500)) {
    const found = await gateway.metrics(levels);
    const held = await gateway.hold();
    const isClean = levels.every((name) => found[name] === 0) && held.sockets <= before.sockets;
    if (isClean || nowMs() > until) return { held, levels: found };
  }
}
