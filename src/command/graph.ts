import { UsageError } from './command.ts';

/** One answer of the graph, as far as a command reads it. */
export interface GraphAnswer {
  // Each command knows the shape of its own operation.
  readonly data: ReturnType<typeof JSON.parse>;
  /** The codes of the errors; none: it was answered whole. */
  readonly codes: readonly string[];
}

/** A running gateway, as a caller with a key reaches it. */
export interface GraphCaller {
  /** Reads a path such as `/health`; the status, and null where nothing answers. */
  get(path: string): Promise<number | null>;
  /** Runs an operation. Rejects with a GraphError where no answer comes in time. */
  run(query: string, variables?: Readonly<Record<string, unknown>>): Promise<GraphAnswer>;
  /**
   * Runs a subscription over Server-Sent Events, event by event; ends when the gateway completes it.
   * Throws a GraphError where the stream is refused, silent for too long or broken off.
   */
  events(query: string, variables: Readonly<Record<string, unknown>>): AsyncGenerator<GraphAnswer>;
}

/** A gateway that does not answer as a gateway would; its message holds no value. */
export class GraphError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GraphError';
  }
}

const requestMs = 30_000;
/** The gateway sends a heartbeat every twelve seconds. */
const silentMs = 30_000;

/** Makes the caller of the gateway at a base URL, with the key in ATLAS_GATEWAY_KEY. */
export function createGraphCaller(
  baseUrl: string,
  env: Readonly<Record<string, string | undefined>>,
  ended: AbortSignal,
): GraphCaller {
  const url = URL.parse(baseUrl);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError('The address of the gateway is no http or https URL.');
  }
  const base = url.href.replace(/\/(graphql)?\/?$/, '');
  const key = env.ATLAS_GATEWAY_KEY?.trim();
  if (!key)
    throw new UsageError('ATLAS_GATEWAY_KEY is missing: give it the key that callers send.');

  async function post(accept: string, body: object, signal: AbortSignal): Promise<Response> {
    try {
      return await fetch(`${base}/graphql`, {
        method: 'POST',
        redirect: 'manual',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept },
        body: JSON.stringify(body),
        signal,
      });
    } catch {
      throw new GraphError('the gateway does not answer');
    }
  }

  return {
    async get(path) {
      const signal = AbortSignal.any([ended, AbortSignal.timeout(requestMs)]);
      return await fetch(`${base}${path}`, { redirect: 'manual', signal }).then(
        (response) => response.status,
        () => null,
      );
    },
    async run(query, variables = {}) {
      const signal = AbortSignal.any([ended, AbortSignal.timeout(requestMs)]);
      const response = await post('application/json', { query, variables }, signal);
      return await response.json().then(toAnswer, () => {
        throw new GraphError(`status ${response.status} without an answer in JSON`);
      });
    },
    async *events(query, variables) {
      const silence = new AbortController();
      const fall = () => silence.abort();
      let timer = setTimeout(fall, silentMs);
      const signal = AbortSignal.any([ended, silence.signal]);
      try {
        const response = await post('text/event-stream', { query, variables }, signal);
        if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
          throw new GraphError(`status ${response.status} in the place of a stream`);
        }
        const decoder = new TextDecoder();
        let text = '';
        for await (const chunk of response.body ?? []) {
          clearTimeout(timer);
          timer = setTimeout(fall, silentMs);
          const parts = (text + decoder.decode(chunk, { stream: true })).split(/\r?\n\r?\n/);
          text = parts.pop() ?? '';
          for (const part of parts) {
            if (/^event: ?complete/m.test(part)) return;
            const data = /^data: ?(.+)/m.exec(part)?.[1];
            if (data !== undefined) yield toAnswer(JSON.parse(data));
          }
        }
        throw new GraphError('the stream was broken off');
      } catch (error) {
        if (error instanceof GraphError) throw error;
        throw new GraphError(
          silence.signal.aborted ? 'the stream is silent' : 'the stream was broken off',
        );
      } finally {
        clearTimeout(timer);
        silence.abort();
      }
    },
  };
}

function toAnswer(body: ReturnType<typeof JSON.parse>): GraphAnswer {
  const errors: readonly { readonly extensions?: { readonly code?: unknown } }[] =
    body?.errors ?? [];
  return {
    data: body?.data ?? null,
    codes: errors.map(({ extensions }) => toWord(extensions?.code)),
  };
}

/** Nothing but a word of the gateway's own is printed. */
function toWord(code: unknown): string {
  return typeof code === 'string' && /^[A-Z_]{1,64}$/.test(code) ? code : 'ERROR';
}
