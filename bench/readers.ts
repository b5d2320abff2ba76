import { randomUUID } from 'node:crypto';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { WebSocket } from 'ws';
import { openBareStream } from './wire/event-stream.ts';
import { openBareSocket } from './wire/web-socket.ts';

/** Which client reads: bare ones by the thousand, true ones beside them, and the floor's. */
export type ReaderKind = 'ws' | 'sse' | 'graphql-ws' | 'graphql-sse' | 'raw-ws' | 'raw-sse';

export interface ReaderOptions {
  /** The server's address, without a path. */
  readonly url: string;
  readonly apiKey: string;
  readonly localAddress: string;
  readonly flowUuid: string;
  readonly onResult: (text: string) => void;
  /** The subscription is complete. */
  readonly onComplete: () => void;
}

type OpenReader = (options: ReaderOptions) => () => void;

export const watchFlow = `subscription WatchFlow($uuid: String!, $after: Int) {
  flowUpdated(uuid: $uuid, after: $after) {
    uuid
    status {
      state upload processing crossCheck isTerminal version
      freshness { source observedAt stale }
    }
  }
}`;

const leastRetryMs = 100;
const mostRetryMs = 1_000;

/** Opens a reader of a kind; the answer closes it. All of them come back when they are cut off. */
export function openReader(kind: ReaderKind, options: ReaderOptions): () => void {
  return openers[kind](options);
}

const openers: Readonly<Record<ReaderKind, OpenReader>> = {
  ws: (options) =>
    comeBack(options, ({ after, onResult, onComplete, onClose }) => {
      const id = randomUUID();
      const socket = openBareSocket({
        url: new URL('/graphql', options.url),
        localAddress: options.localAddress,
        protocol: GRAPHQL_TRANSPORT_WS_PROTOCOL,
        onOpen: () => {
          const payload = { authorization: `Bearer ${options.apiKey}` };
          socket.send(JSON.stringify({ type: 'connection_init', payload }));
        },
        onText: (text) => {
          if (text.includes('"type":"next"')) onResult(text);
          else if (text.includes('"type":"connection_ack"')) {
            const variables = { uuid: options.flowUuid, ...(after === null ? {} : { after }) };
            const payload = { query: watchFlow, operationName: 'WatchFlow', variables };
            socket.send(JSON.stringify({ id, type: 'subscribe', payload }));
          } else if (text.includes('"type":"complete"')) onComplete();
        },
        onClose,
      });
      return socket.close;
    }),
  sse: (options) =>
    comeBack(options, ({ after, onResult, onComplete, onClose }) => {
      const variables = { uuid: options.flowUuid, ...(after === null ? {} : { after }) };
      const stream = openBareStream({
        url: new URL('/graphql', options.url),
        localAddress: options.localAddress,
        headers: { authorization: `Bearer ${options.apiKey}` },
        body: JSON.stringify({ query: watchFlow, operationName: 'WatchFlow', variables }),
        onNext: onResult,
        onComplete,
        onClose,
      });
      return stream.close;
    }),
  'graphql-ws': ({ url, apiKey, flowUuid, onResult, onComplete }) => {
    const client = createWsClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${apiKey}` },
      retryAttempts: 100,
      retryWait: () => pauseToRetry(),
      shouldRetry: () => true,
    });
    client.subscribe(
      { query: watchFlow, variables: { uuid: flowUuid } },
      {
        next: (result) => onResult(JSON.stringify(result)),
        error: () => {},
        complete: onComplete,
      },
    );
    return () => void client.dispose();
  },
  'graphql-sse': ({ url, apiKey, flowUuid, onResult, onComplete }) => {
    const client = createSseClient({
      url: `${url}/graphql`,
      headers: { authorization: `Bearer ${apiKey}` },
      retryAttempts: 100,
      retry: () => pauseToRetry(),
    });
    client.subscribe(
      { query: watchFlow, variables: { uuid: flowUuid } },
      {
        next: (result) => onResult(JSON.stringify(result)),
        error: () => {},
        complete: onComplete,
      },
    );
    return () => client.dispose();
  },
  'raw-ws': ({ url, localAddress, onResult }) =>
    openBareSocket({
      url: new URL(url),
      localAddress,
      protocol: null,
      onOpen: () => {},
      onText: onResult,
      onClose: () => {},
    }).close,
  'raw-sse': ({ url, localAddress, onResult, onComplete }) =>
    openBareStream({
      url: new URL(url),
      localAddress,
      headers: {},
      body: '',
      onNext: onResult,
      onComplete,
      onClose: () => {},
    }).close,
};

interface Attempt {
  /** The version seen last. */
  readonly after: number | null;
  readonly onResult: (text: string) => void;
  readonly onComplete: () => void;
  readonly onClose: () => void;
}

/** Connects again whenever it is cut off before the end, with the version it saw last. */
function comeBack(
  { onResult, onComplete }: ReaderOptions,
  connect: (attempt: Attempt) => () => void,
): () => void {
  let after: number | null = null;
  let isOver = false;
  let disconnect = () => {};

  function begin(): void {
    if (isOver) return;
    disconnect = connect({
      after,
      onResult: (text) => {
        const version = /"version":(\d+)/.exec(text)?.[1];
        if (version !== undefined) after = Number(version);
        onResult(text);
      },
      onComplete: () => {
        isOver = true;
        onComplete();
      },
      onClose: () => {
        if (!isOver) void pauseToRetry().then(begin);
      },
    });
  }

  begin();
  return () => {
    isOver = true;
    disconnect();
  };
}

function pauseToRetry(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, leastRetryMs + Math.random() * (mostRetryMs - leastRetryMs));
  });
}
