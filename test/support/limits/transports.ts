import { createClient as createSseClient, NetworkError } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import type { GraphAnswer, OpenGateway } from '../open-gateway.ts';

/** An operation as a client sends it; without a text where `extensions` names one. */
export interface Sent {
  readonly query?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** The last thing an operation was answered. */
export interface Answered extends GraphAnswer {
  readonly extensions?: {
    readonly atlas: Readonly<Record<string, number>>;
    readonly cost: { readonly values: number };
  };
}

/** The target and the credentials of an operation. */
export type Endpoints = Pick<OpenGateway, 'graphqlUrl' | 'webSocketUrl' | 'headers'>;

type Transport = (gateway: Endpoints, sent: Sent) => Promise<Answered>;

/** The same operation, by every way there is. */
export const transports: readonly (readonly [name: string, ask: Transport])[] = [
  ['HTTP', askByHttp],
  ['SSE', askBySse],
  ['one SSE connection', askByOneConnection],
  ['WebSocket', askByWebSocket],
];

async function askByHttp({ graphqlUrl, headers }: Endpoints, sent: Sent): Promise<Answered> {
  const response = await fetch(graphqlUrl, {
    method: 'POST',
    headers,
    body: JSON.stringify(sent),
  });
  return await response.json();
}

async function askBySse({ graphqlUrl, headers }: Endpoints, sent: Sent): Promise<Answered> {
  const response = await fetch(graphqlUrl, {
    method: 'POST',
    headers: { ...headers, accept: 'text/event-stream' },
    body: JSON.stringify(sent),
  });
  const text = await response.text();
  // A refusal before the stream has begun is one JSON text.
  if (text.startsWith('{')) return JSON.parse(text);
  const events = [...text.matchAll(/^event: next\ndata: (.*)$/gm)];
  return JSON.parse(events.at(-1)?.[1] ?? '{}');
}

async function askByOneConnection(gateway: Endpoints, sent: Sent): Promise<Answered> {
  // Read at once: the client aborts what it was refused.
  let refused = '';
  const client = createSseClient({
    fetchFn: async (...given: Parameters<typeof fetch>) => {
      const response = await fetch(...given);
      if (!response.ok) refused = await response.clone().text();
      return response;
    },
    url: `${gateway.graphqlUrl}/stream`,
    headers: { authorization: gateway.headers.authorization ?? '' },
    singleConnection: true,
    retryAttempts: 0,
  });
  try {
    let last: Answered = {};
    const payload = { ...sent, query: sent.query ?? '', variables: { ...sent.variables } };
    for await (const result of client.iterate({ ...payload, extensions: { ...sent.extensions } })) {
      // The iterated values are parsed JSON.
      last = result as Answered;
    }
    return last;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    // The protocol has whatever is wrong with a request in its own answer.
    return JSON.parse(refused);
  } finally {
    client.dispose();
  }
}

async function askByWebSocket(gateway: Endpoints, sent: Sent): Promise<Answered> {
  const client = createClient({
    url: gateway.webSocketUrl,
    connectionParams: { authorization: gateway.headers.authorization },
    retryAttempts: 0,
  });
  try {
    let last: Answered = {};
    // The protocol has a text in every message; one that is named by its hash is empty.
    const payload = { ...sent, query: sent.query ?? '', variables: { ...sent.variables } };
    for await (const result of client.iterate({ ...payload, extensions: { ...sent.extensions } })) {
      // The iterated values are parsed JSON.
      last = result as Answered;
    }
    return last;
  } catch (errors) {
    if (!Array.isArray(errors)) throw errors;
    return { errors };
  } finally {
    await client.dispose();
  }
}

/** The codes of the errors in an answer. */
export function codesOf({ errors = [] }: GraphAnswer): unknown[] {
  return errors.map(({ extensions }) => extensions.code);
}
