import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { show, toTable } from './figures.ts';
import { type Grown, measureGrowth, toPower } from './http/growth.ts';
import { startTelling } from './http/held.ts';
import { type growingNames, toQuestion } from './http/questions.ts';
import { keepApart, startSurroundings } from './http/subjects.ts';
import { measureWorkers, type Worked } from './http/workers.ts';
import { type Panel, toPlot } from './plot.ts';
import { commandOf, describeMachine, endOnSignals, toCount, writeMeasured } from './report.ts';

/** How the gateway's cost grows with what it is asked. `npm run bench:growth -- --help` tells more. */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const usage = `npm run bench:growth -- [options]
  --seconds 3   for each size
  --write       writes the table to bench/README.md, and bench/growth.svg
`;

type Growing = (typeof growingNames)[number];

const sizes: Readonly<Record<Growing, readonly number[]>> = {
  documents: [1, 3, 10, 30, 100, 300, 1_000],
  flows: [1, 3, 10, 30, 100],
  operations: [1, 10, 100, 1_000, 10_000],
};
/** The highest power of the size that the cost may grow with, over the last tenfold. */
const mostPower = 1.1;
/** The memory that ten thousand texts may take, to a thousand. */
const mostMemory = 1.15;
const workerCounts = [1, 2];

endOnSignals();
if (values.help) process.stdout.write(usage);
else await run();

async function run(): Promise<void> {
  const seconds = toCount('seconds', values.seconds);
  const describe = describeMachine();
  const grown = {
    documents: await measure('documents', seconds),
    flows: await measure('flows', seconds),
    operations: await measure('operations', seconds),
  };
  const worked = await measureAllWorkers(seconds);
  const machine = describe();
  const workers = toTable(['workers', 'answers a second', 'times one'], toWorkerRows(worked));
  const table = toTable(
    ['', 'processor, ms an answer', 'MiB held after it', 'aim', 'met'],
    toRows(grown),
  );
  process.stdout.write(`${machine}\n\n${table}\n\n${workers}\n`);
  if (!values.write) return;
  const plot = '![Processor time and memory over size](growth.svg)';
  const command = commandOf('bench:growth');
  writeMeasured('growth', `    ${command}\n\n${machine}.\n\n${table}\n\n${workers}\n\n${plot}`);
  writeFileSync(new URL('growth.svg', import.meta.url), toPlot(toPanels(grown)));
}

/** A gateway of its own for each question, so that memory is that question's alone. */
async function measure(name: Growing, seconds: number): Promise<readonly Grown[]> {
  const surroundings = await startSurroundings();
  const gateway = await startTelling(surroundings.atlasUrl);
  keepApart(surroundings, [gateway.subject]);
  const grown: Grown[] = [];
  for (const size of sizes[name]) {
    process.stderr.write(`measuring ${toQuestion(name, size).what}\n`);
    grown.push(await measureGrowth(surroundings, gateway, name, size, seconds));
  }
  await gateway.stop();
  await surroundings.stop();
  return grown;
}

async function measureAllWorkers(seconds: number): Promise<readonly Worked[]> {
  process.stderr.write('measuring workers\n');
  const surroundings = await startSurroundings();
  const worked = await measureWorkers(surroundings, workerCounts, seconds);
  await surroundings.stop();
  return worked;
}

function toWorkerRows(worked: readonly Worked[]): readonly (readonly string[])[] {
  const [one] = worked;
  return worked.map(({ workers, perSecond }) => [
    String(workers),
    show(perSecond),
    (perSecond / (one?.perSecond ?? Number.NaN)).toFixed(2),
  ]);
}

type AllGrown = Readonly<Record<Growing, readonly Grown[]>>;

function toRows(all: AllGrown): readonly (readonly string[])[] {
  const names = ['documents', 'flows', 'operations'] as const;
  const memory = toMemoryRatio(all.operations);
  const verdicts: Readonly<Record<Growing, readonly [aim: string, met: string]>> = {
    documents: toPowerVerdict(all.documents),
    flows: toPowerVerdict(all.flows),
    operations: [
      `MiB ≤ ${mostMemory} × those after a tenth`,
      `${memory <= mostMemory ? 'yes' : 'no'}: ${memory.toFixed(2)}`,
    ],
  };
  return names.flatMap((name) =>
    all[name].map(({ size, busyMs, heldMiB }, place) => [
      toQuestion(name, size).what,
      busyMs.toPrecision(3),
      heldMiB.toFixed(0),
      ...(place === all[name].length - 1 ? verdicts[name] : ['', '']),
    ]),
  );
}

function toPowerVerdict(grown: readonly Grown[]): readonly [aim: string, met: string] {
  const power = toPower(grown);
  const aim = `grows with the power ≤ ${mostPower} of the size`;
  return [aim, `${power <= mostPower ? 'yes' : 'no'}: ${power.toFixed(2)}`];
}

function toMemoryRatio(grown: readonly Grown[]): number {
  const [before, last] = grown.slice(-2);
  return (last?.heldMiB ?? Number.NaN) / (before?.heldMiB ?? Number.NaN);
}

function toPanels({ documents, flows, operations }: AllGrown): readonly Panel[] {
  const toPoints = (grown: readonly Grown[], of: (one: Grown) => number) =>
    grown.map((one) => ({ size: one.size, figure: of(one) }));
  const cost = { kind: 'cost', unit: 'processor, ms an answer' } as const;
  const level = { kind: 'level', unit: 'MiB' } as const;
  const toBusy = ({ busyMs }: Grown) => busyMs;
  const toMemory = ({ heldMiB }: Grown) => heldMiB;
  return [
    { ...cost, title: 'Documents in a flow', points: toPoints(documents, toBusy) },
    { ...cost, title: 'Flows in an operation', points: toPoints(flows, toBusy) },
    { ...cost, title: 'Texts of operations', points: toPoints(operations, toBusy) },
    { ...level, title: 'Texts of operations', points: toPoints(operations, toMemory) },
  ];
}
