import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { toTable } from './figures.ts';
import { toLiveRows } from './live-rows.ts';
import { mostOpenFiles } from './process-figures.ts';
import { measureFanOut } from './scenarios/fan-out.ts';
import { measureManyFlows } from './scenarios/many-flows.ts';
import { measurePolling } from './scenarios/polling.ts';
import { measureRestarts } from './scenarios/restart.ts';

/**
 * How live the gateway is: its own process, Atlas in another, readers in several more, and a raw
 * broadcast of the same messages as the floor. `npm run bench:live -- --help` tells of the rest.
 */
const { values } = parseArgs({
  options: {
    subscribers: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '20' },
    flows: { type: 'string', default: '1000' },
    'client-processes': { type: 'string', default: '2' },
    'node-options': { type: 'string', default: '' },
    only: { type: 'string', default: 'ws,sse,polling,flows,restart' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const usage = `npm run bench:live -- [options]
  --subscribers 10000    readers of one flow; a tenth of them is polled and restarted
  --rounds 20            changes of that flow
  --flows 1000           flows with 1 and with 10 readers each
  --client-processes 2   processes that the readers are spread over
  --only ws,sse,polling,flows,restart
  --node-options=…       options of Node for the gateway, such as --cpu-prof
  --write                writes the table to bench/README.md
`;

// The other processes end with this one, which a signal alone would not see to.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
if (values.help) process.stdout.write(usage);
else await run();

async function run(): Promise<void> {
  const subscribers = toCount('subscribers');
  const rounds = toCount('rounds');
  const flows = toCount('flows');
  const clientProcesses = toCount('client-processes');
  const execArgv = values['node-options'].split(' ').filter(Boolean);
  const few = Math.max(50, Math.round(subscribers / 10));
  const wanted = values.only.split(',');
  const most = Math.max(subscribers, 10 * flows) + 500;
  if (mostOpenFiles() < most) {
    throw new Error(`a process may open ${mostOpenFiles()} files, and ${most} are needed`);
  }
  const [processor] = cpus();
  const begin = `Node ${process.version}, ${cpus().length} × ${processor?.model}, load before ${loadavg()[0]?.toFixed(1)}`;

  const measured = {
    ws: await when('ws', () =>
      measureFanOut({ transport: 'ws', subscribers, rounds, clientProcesses, execArgv }),
    ),
    sse: await when('sse', () =>
      measureFanOut({ transport: 'sse', subscribers, rounds, clientProcesses, execArgv }),
    ),
    polling: await when('polling', () =>
      measurePolling({ subscribers: few, rounds: Math.min(rounds, 10), clientProcesses }),
    ),
    flows: await when('flows', async () => {
      const one = { flows, clientProcesses, readersPerFlow: 1, isCalledBack: false };
      return {
        one: await measureManyFlows(one),
        ten: await measureManyFlows({ ...one, readersPerFlow: 10 }),
        called: await measureManyFlows({ ...one, readersPerFlow: 10, isCalledBack: true }),
      };
    }),
    restarts: await when('restart', () => measureRestarts({ subscribers: few, clientProcesses })),
  };

  const rows = toLiveRows(measured, { subscribers, rounds, flows });
  const table = toTable(['', 'raw broadcast', 'gateway', 'ratio', 'aim'], rows);
  const end = `${begin}, after ${loadavg()[0]?.toFixed(1)}`;
  process.stdout.write(`${end}\n\n${table}\n`);
  if (values.write) write(`    ${commandOf()}\n\n${end}.\n\n${table}`);

  async function when<Value>(name: string, measure: () => Promise<Value>): Promise<Value | null> {
    if (!wanted.includes(name)) return null;
    process.stderr.write(`measuring ${name}\n`);
    return await measure();
  }
}

function toCount(name: 'subscribers' | 'rounds' | 'flows' | 'client-processes'): number {
  const count = Number(values[name]);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${name} wants a whole number`);
  return count;
}

function commandOf(): string {
  const given = process.argv.slice(2).filter((argument) => argument !== '--write');
  return ['npm run bench:live', ...(given.length > 0 ? ['--', ...given] : [])].join(' ');
}

/** Puts the figures in the place of the last ones. */
function write(figures: string): void {
  const file = new URL('README.md', import.meta.url);
  const [head, rest = ''] = readFileSync(file, 'utf8').split('<!-- live: measured -->\n');
  const tail = rest.split('<!-- live: end -->')[1] ?? '\n';
  writeFileSync(file, `${head}<!-- live: measured -->\n\n${figures}\n\n<!-- live: end -->${tail}`);
}
