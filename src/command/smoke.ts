import { randomBytes } from 'node:crypto';
import { type Command, type CommandContext, exitCodes, UsageError } from './command.ts';
import { createGraphCaller, type GraphAnswer, type GraphCaller, GraphError } from './graph.ts';

const createFlow =
  'mutation ($input: CreateFlowInput!) { createFlow(input: $input) { flow { uuid } userErrors { code } } }';
const uploadDocuments =
  'mutation ($input: UploadDocumentsInput!) { uploadDocuments(input: $input) { documents { documentId } userErrors { code } } }';
const watchFlow =
  'subscription ($uuid: String!) { flowUpdated(uuid: $uuid) { status { state isTerminal } } }';
const readFlow =
  'query ($uuid: String!) { flow(uuid: $uuid) { documents { state } crossChecks { similarityScore } } }';

/** A step that did not do what it must; the message holds codes and counts, never a value. */
class StepError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StepError';
  }
}

/** Runs one flow end to end against a running gateway. */
export const smoke: Command = {
  name: 'smoke',
  positionals: ['URL'],
  summary: 'Runs one flow end to end against the gateway at URL: the gate of a deployment.',
  help: `  --file FILE_URL   a document that Atlas can fetch; may be given several times. Without one the flow
                    is opened and watched, and nothing is uploaded.
  --minutes 10      how long the flow may take to end

  ATLAS_GATEWAY_KEY   the key that callers send, with the scopes flows:read and flows:write

The flow is a real one at the Atlas of that gateway, with an application id that begins with smoke-.
The report has a line for each step with its duration; it holds no value.

Exit codes: 0 every step passed, 1 one did not, 64 wrong usage.`,
  options: { file: { type: 'string', multiple: true }, minutes: { type: 'string' } },
  async run({ positionals: [url = ''], values }, context) {
    const minutes = Number(values.minutes ?? '10');
    if (!(minutes > 0 && minutes <= 120)) throw new UsageError('--minutes: give 1 to 120.');
    const given: unknown = values.file ?? [];
    const files = Array.isArray(given) ? given.map(String) : [];
    if (!files.every((file) => /^https?:$/.test(URL.parse(file)?.protocol ?? ''))) {
      throw new UsageError('--file: give an http or https address.');
    }
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(minutes * 60_000)]);
    const graph = createGraphCaller(url, context.env, signal);
    return await runSteps(graph, files, context);
  },
};

async function runSteps(graph: GraphCaller, files: readonly string[], { print }: CommandContext) {
  let uuid = '';
  const steps: [name: string, act: () => Promise<string>][] = [
    ['the process lives', () => expectStatus(graph, '/health')],
    ['it is ready', () => expectStatus(graph, '/ready')],
    ['the key is known', async () => toText(await graph.run('{ viewer { scopes } }'))],
    [
      'a flow is opened',
      async () => {
        const applicationId = `smoke-${randomBytes(6).toString('hex')}`;
        const answer = await graph.run(createFlow, { input: { applicationId } });
        uuid = expectPayload(answer, 'createFlow').flow.uuid;
        return '';
      },
    ],
  ];
  if (files.length > 0) {
    steps.push([
      'its documents are uploaded',
      async () => {
        const input = {
          flowUuid: uuid,
          files: files.map((url, index) => ({ documentId: `smoke-${index + 1}`, url })),
        };
        const { documents } = expectPayload(
          await graph.run(uploadDocuments, { input }),
          'uploadDocuments',
        );
        return `${documents.length} document(s)`;
      },
    ]);
  }
  steps.push(
    ['its status is live', () => follow(graph, uuid, files.length > 0)],
    [
      'its documents are read',
      async () => {
        const answer = await graph.run(readFlow, { uuid });
        toText(answer);
        const { documents, crossChecks } = answer.data.flow;
        if (documents.length < files.length) throw new StepError('documents are missing');
        return `${documents.length} document(s), ${crossChecks.length} cross-check(s)`;
      },
    ],
  );

  for (const [name, act] of steps) {
    const startedAt = performance.now();
    const took = () => `${Math.round(performance.now() - startedAt)} ms`;
    try {
      const detail = await act();
      print(`ok    ${name}, ${took()}${detail === '' ? '' : `: ${detail}`}`);
    } catch (error) {
      if (!(error instanceof StepError || error instanceof GraphError)) throw error;
      print(`fault ${name}, ${took()}: ${error.message}`);
      return exitCodes.fault;
    }
  }
  return exitCodes.done;
}

async function expectStatus(graph: GraphCaller, path: string): Promise<string> {
  const status = await graph.get(path);
  if (status === 200) return '';
  throw new StepError(status === null ? 'no answer' : `status ${status}`);
}

/** Reads the stream to the flow's end, or to its first event where nothing was uploaded. */
async function follow(graph: GraphCaller, uuid: string, toEnd: boolean): Promise<string> {
  let count = 0;
  for await (const answer of graph.events(watchFlow, { uuid })) {
    toText(answer);
    count += 1;
    const { state, isTerminal } = answer.data.flowUpdated.status;
    if (!toEnd) return 'first event';
    if (isTerminal && state !== 'SUCCESS') throw new StepError(`the flow ended as ${state}`);
  }
  return `${count} event(s), to its end`;
}

/** Throws the codes of an answer with errors. */
function toText({ codes }: GraphAnswer): string {
  if (codes.length > 0) throw new StepError(codes.join(', '));
  return '';
}

function expectPayload(answer: GraphAnswer, field: string): ReturnType<typeof JSON.parse> {
  toText(answer);
  const payload = answer.data[field];
  const faults: readonly { readonly code: string }[] = payload.userErrors;
  if (faults.length > 0) throw new StepError(faults.map(({ code }) => code).join(', '));
  return payload;
}
