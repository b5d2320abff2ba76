import { parseArgs } from 'node:util';
import { percentile, toTable } from './figures.ts';
import { questionNames } from './http/questions.ts';
import { type Compared, compareAnswers, playRounds } from './http/rounds.ts';
import {
  costHead,
  processHead,
  rateHead,
  toCostRow,
  toProcessRows,
  toRateRow,
} from './http/rows.ts';
import {
  type ColdStart,
  keepApart,
  peerNames,
  startCold,
  startGatewaySubject,
  startPeer,
  startSurroundings,
} from './http/subjects.ts';
import { installPeers } from './peers/install.ts';
import { settledKiB } from './process-figures.ts';
import { commandOf, describeMachine, endOnSignals, toCount, writeMeasured } from './report.ts';

/**
 * How fast the gateway answers over HTTP, beside a bare handler, Yoga and Mercurius, all before the
 * same upstream. `npm run bench -- --help` tells of the rest.
 */
const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '50' },
    rounds: { type: 'string', default: '9' },
    window: { type: 'string', default: '350' },
    delays: { type: 'string', default: '0,20' },
    pipelining: { type: 'string', default: '16' },
    concurrency: { type: 'string', default: '1024' },
    only: { type: 'string', default: questionNames.join(',') },
    'node-options': { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const usage = `npm run bench -- [options]
  --connections 50   that ask again as soon as they are answered
  --rounds 9         whose median counts, in order and reversed in turn
  --window 350       milliseconds of each round, for each process
  --delays 0,20      how long Atlas takes to answer, in milliseconds
  --pipelining 16    how many reads the pipelined gateway sends behind each other on a socket
  --concurrency 1024 how many calls the pipelined gateway may have under way
  --only ${questionNames.join(',')}
  --node-options=…   options of Node for the gateway, such as --cpu-prof
  --write            writes the tables to bench/README.md
`;
const starts = 3;

endOnSignals();
if (values.help) process.stdout.write(usage);
else await run();

async function run(): Promise<void> {
  const options = {
    connections: toCount('connections', values.connections),
    rounds: toCount('rounds', values.rounds),
    windowMs: toCount('window', values.window),
  };
  const wanted = values.only.split(',');
  const questions = questionNames.filter((name) => wanted.includes(name));
  const execArgv = values['node-options'].split(' ').filter(Boolean);
  const describe = describeMachine();
  installPeers();
  const surroundings = await startSurroundings();
  const { atlasUrl } = surroundings;

  const processRows = await measureStart(atlasUrl);
  const subjects = [
    ...(await Promise.all(peerNames.map((name) => startPeer(name, atlasUrl)))),
    await startGatewaySubject(atlasUrl, { execArgv }),
    await startGatewaySubject(atlasUrl, {
      name: 'pipelined',
      execArgv,
      env: {
        ATLAS_PIPELINING: String(toCount('pipelining', values.pipelining)),
        ATLAS_CONCURRENCY: String(toCount('concurrency', values.concurrency)),
      },
    }),
  ];
  const isApart = keepApart(surroundings, subjects);
  await compareAnswers(subjects, questions);
  const compared: Compared[] = [];
  for (const delayMs of values.delays.split(',').map(Number)) {
    for (const question of questions) {
      process.stderr.write(`measuring ${question}, Atlas answers in ${delayMs} ms\n`);
      compared.push(await playRounds(surroundings, subjects, { question, delayMs }, options));
    }
  }
  for (const subject of subjects) await subject.stop();
  await surroundings.stop();

  const pinned = isApart ? 'a processor for each side' : 'processors not kept apart';
  const machine = `${describe()}, ${pinned}`;
  const tables = [
    toTable(costHead, compared.map(toCostRow)),
    toTable(rateHead, compared.map(toRateRow)),
    toTable(processHead, processRows),
  ].join('\n\n');
  process.stdout.write(`${machine}\n\n${tables}\n`);
  if (values.write) writeMeasured('http', `    ${commandOf('bench')}\n\n${machine}.\n\n${tables}`);
}

async function measureStart(atlasUrl: string) {
  const colds: ColdStart[] = [];
  let idleKiB = Number.NaN;
  for (let start = 0; start < starts; start += 1) {
    process.stderr.write('measuring a start\n');
    const cold = await startCold(atlasUrl);
    colds.push(cold);
    if (start === starts - 1) idleKiB = await settledKiB(cold.subject.pid);
    await cold.subject.stop();
  }
  const middle = (of: (cold: ColdStart) => number) => percentile(colds.map(of), 0.5);
  const start = { tookMs: middle(({ tookMs }) => tookMs), busyMs: middle(({ busyMs }) => busyMs) };
  return toProcessRows(start, idleKiB / 1024);
}
