import { parseArgs } from 'node:util';
import { toTable } from './figures.ts';
import { toLiveRows } from './live-rows.ts';
import { mostOpenFiles } from './process-figures.ts';
import { commandOf, describeMachine, endOnSignals, toCount, writeMeasured } from './report.ts';
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

endOnSignals();
if (values.help) process.stdout.write(usage);
else await run();

async function run(): Promise<void> {
  const subscribers = toCount('subscribers', values.subscribers);
  const rounds = toCount('rounds', values.rounds);
  const flows = toCount('flows', values.flows);
  const clientProcesses = toCount('client-processes', values['client-processes']);
  const execArgv = values['node-options'].split(' ').filter(Boolean);
  const few = Math.max(50, Math.round(subscribers / 10));
  const wanted = values.only.split(',');
  const most = Math.max(subscribers, 10 * flows) + 500;
  if (mostOpenFiles() < most) {
    throw new Error(`a process may open ${mostOpenFiles()} files, and ${most} are needed`);
  }
  const describe = describeMachine();

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
  const machine = describe();
  process.stdout.write(`${machine}\n\n${table}\n`);
  if (values.write) {
    writeMeasured('live', `    ${commandOf('bench:live')}\n\n${machine}.\n\n${table}`);
  }

  async function when<Value>(name: string, measure: () => Promise<Value>): Promise<Value | null> {
    if (!wanted.includes(name)) return null;
    process.stderr.write(`measuring ${name}\n`);
    return await measure();
  }
}
