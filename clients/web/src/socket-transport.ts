import { type Client, createClient } from 'graphql-ws/client';
import { AtlasError, type GraphError, networkError, unauthenticated } from './atlas-error.ts';
import { subscriptionText } from './flow.ts';
import { createRenewal, type PongPayload, type Renewal } from './renewal.ts';
import { type Tokens, toAuthorization } from './tokens.ts';
import type { FlowResult, Transport } from './transport.ts';
import type { Wake } from './wake.ts';

export interface SocketOptions {
  readonly url: string;
  readonly tokens: Tokens;
  readonly wake: Wake;
  readonly heartbeatMs: number;
  /** The class WebSocket; undefined: the global one. */
  readonly webSocketImpl: unknown;
}

export interface SocketTransport {
  readonly follow: Transport;
  close(): void;
}

/** Close code of the gateway for a key or token that it does not accept. */
const unauthorizedCode = 4401;

/**
 * All flows over one WebSocket, opened for the first and closed after the last. The socket is dead
 * when nothing was received for two heartbeats, though a `ping` was sent after the first: the
 * browser's own pings are answered below the page and say nothing.
 */
export function createSocketTransport(options: SocketOptions): SocketTransport {
  const { url, tokens, wake, heartbeatMs, webSocketImpl } = options;
  let token = '';
  let isConnected = false;
  let opened: { send(text: string): void } | null = null;
  let renewal: Renewal | null = null;
  let timer: ReturnType<typeof setTimeout>;

  const client: Client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl,
    keepAlive: heartbeatMs,
    lazyCloseTimeout: heartbeatMs,
    // Each flow has its own retries, over all transports.
    retryAttempts: 0,
    async connectionParams() {
      token = await tokens.fetch();
      return { authorization: toAuthorization(token) };
    },
    on: {
      connecting: () => expectSignWithin(heartbeatMs),
      opened: () => expectSignWithin(heartbeatMs * 2),
      connected(socket) {
        isConnected = true;
        opened = socket as typeof opened; // graphql-ws has no type for the class it is given
        renewal = createRenewal({
          tokens,
          token,
          heartbeatMs,
          send: (text) => opened?.send(text),
          onRenewed(newer) {
            token = newer;
          },
        });
      },
      pong: (_isReceived, payload) => renewal?.onPong(payload as PongPayload | undefined),
      message: () => expectSignWithin(heartbeatMs * 2),
      closed() {
        clearTimeout(timer);
        isConnected = false;
        opened = null;
        renewal?.stop();
      },
    },
  });

  function expectSignWithin(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => client.terminate(), ms);
  }

  const forget = wake.listen(() => {
    if (opened === null) return;
    // After a pause the socket may be dead without knowing it: an answer is due soon.
    opened.send('{"type":"ping"}');
    expectSignWithin(heartbeatMs);
  });

  return {
    follow: ({ uuid, after, select, signal, onOpen, onResult }) =>
      new Promise<void>((resolve, reject) => {
        if (isConnected) onOpen();
        const unlisten = client.on('connected', onOpen);
        const stop = client.subscribe<FlowResult['data'] & object>(
          { query: subscriptionText(select), variables: { uuid, after } },
          {
            next(result) {
              renewal?.onSession((result as FlowResult).extensions?.session);
              onResult(result as FlowResult, token);
            },
            error: (failure) => end(() => reject(toError(failure, token))),
            complete: () => end(resolve),
          },
        );
        signal.addEventListener('abort', stop);
        function end(settle: () => void): void {
          unlisten();
          signal.removeEventListener('abort', stop);
          settle();
        }
      }),
    close() {
      forget();
      clearTimeout(timer);
      client.terminate();
      void client.dispose();
    },
  };
}

/** The close event of the socket, its error event, or the errors of the one operation. */
function toError(failure: unknown, token: string): AtlasError {
  if (Array.isArray(failure)) {
    const [first] = failure as GraphError[];
    if (first !== undefined) return new AtlasError(first, token);
  }
  const { code } = (failure ?? {}) as { readonly code?: unknown };
  if (code === unauthorizedCode) return unauthenticated(token);
  return networkError(`The socket was closed (${String(code ?? 'no connection')})`);
}
