import { setTimeout as pause } from 'node:timers/promises';
import { variables } from '../config/variables.ts';
import { type Command, exitCodes } from './command.ts';
import { createGraphCaller, GraphError } from './graph.ts';

const subscription = `subscription ($uuid: String!, $after: Int) {
  flowUpdated(uuid: $uuid, after: $after) {
    status { state upload processing crossCheck isTerminal version freshness { stale } }
  }
}`;
/** A status as the subscription selects it. */
interface FlowStatus {
  readonly state: string;
  readonly upload: string;
  readonly processing: string;
  readonly crossCheck: string;
  readonly isTerminal: boolean;
  readonly version: number;
  readonly freshness: { readonly stale: boolean };
}

const againMs = 2_000;
/** Attempts in a row that bring nothing, after which the command ends. */
const mostFailures = 5;

/** Shows the live status of a flow. */
export const watch: Command = {
  name: 'watch',
  positionals: ['UUID'],
  summary: 'Shows the live status of the flow UUID in the terminal, until it ends.',
  help: `  --url URL   the gateway; by default http://127.0.0.1:PORT

  ATLAS_GATEWAY_KEY   the key that callers send, with the scope flows:read

Prints a line for each change. A stream that breaks off is opened again from the last version seen;
five attempts in a row without an event end the command.

Exit codes: 0 the flow ended with SUCCESS, or the command was interrupted; 1 the flow FAILED, is not
there, or can't be watched; 64 wrong usage.`,
  options: { url: { type: 'string' } },
  async run({ positionals: [uuid = ''], values }, { env, print, complain, signal }) {
    const url = String(values.url ?? `http://127.0.0.1:${env.PORT?.trim() || variables.PORT}`);
    const graph = createGraphCaller(url, env, signal);
    let after: number | null = null;
    let failures = 0;
    while (!signal.aborted) {
      try {
        for await (const answer of graph.events(subscription, { uuid, after })) {
          if (answer.codes.length > 0) {
            complain(answer.codes.join(', '));
            return exitCodes.fault;
          }
          failures = 0;
          const status: FlowStatus = answer.data.flowUpdated.status;
          after = status.version;
          print(toLine(status));
          if (status.isTerminal)
            return status.state === 'SUCCESS' ? exitCodes.done : exitCodes.fault;
        }
      } catch (error) {
        if (!(error instanceof GraphError)) throw error;
        if (signal.aborted) break;
        failures += 1;
        complain(error.message);
      }
      if (failures >= mostFailures) return exitCodes.fault;
      await pause(againMs, undefined, { signal }).catch(() => {});
    }
    return exitCodes.done;
  },
};

function toLine(status: FlowStatus): string {
  const { state, upload, processing, crossCheck, version, freshness } = status;
  const stages = `upload ${upload}, processing ${processing}, cross-check ${crossCheck}`;
  const time = new Date().toISOString().slice(11, 19);
  return `${time}  ${state}  (${stages}; version ${version}${freshness.stale ? ', stale' : ''})`;
}
