import { type AtlasError, toAtlasError } from './atlas-error.ts';
import { type Flow, stages } from './flow.ts';
import { type FlowObserver, followFlow } from './follow-flow.ts';
import type { Fetch } from './http.ts';
import { createIdempotencyKeys, type KeyStorage } from './idempotency-keys.ts';
import { createRequests, type Requests } from './requests.ts';
import { createSocketTransport } from './socket-transport.ts';
import { createStreamTransport } from './stream-transport.ts';
import { createTokens, type GetToken } from './tokens.ts';
import { createTransportChoice } from './transport-choice.ts';
import { createWaitTransport } from './wait-transport.ts';
import { createWake } from './wake.ts';

export interface AtlasClientOptions {
  /** The graph's address, such as `https://gateway.example/graphql`. */
  readonly url: string;
  readonly getToken: GetToken;
  /**
   * How often the connection is tried, in milliseconds; default 4000. Silence over two of these is a
   * dead connection.
   */
  readonly heartbeatMs?: number;
  /** The longest wait between two attempts, in milliseconds; default 3000. */
  readonly mostRetryMs?: number;
  /** The longest wait for the response to `request`, in milliseconds; default 30000. */
  readonly requestTimeoutMs?: number;
  readonly fetch?: Fetch;
  /** The class WebSocket where there is no global one. */
  readonly webSocketImpl?: unknown;
  /** Where idempotency keys are kept; default `localStorage`, memory where there is none. */
  readonly storage?: KeyStorage;
}

export interface WatchOptions {
  /** Fields of `Flow` beside id and state; default the stages. Empty: least work for the gateway. */
  readonly select?: string;
  /** The `status.version` that is known already; only newer states are told. */
  readonly after?: number;
}

export interface Watch extends FlowObserver {
  /** Called once, when the flow has ended and its last state was told. */
  onEnd?(): void;
  /** Called once, with an error that no repeat can change. The watch is over. */
  onError?(error: AtlasError): void;
}

export interface AtlasClient extends Requests {
  /** Follows a flow to its end, over every loss of the network. Returns a function that stops. */
  watchFlow(uuid: string, watch: Watch, options?: WatchOptions): () => void;
  /** Fulfilled with the flow once it has ended. Rejects with an error that no repeat can change. */
  waitForEnd(uuid: string, options?: WatchOptions & { signal?: AbortSignal }): Promise<Flow>;
  /** Says that the app or the network is back, where no event of a page says so. */
  wake(): void;
  /** Ends all watches. */
  close(): void;
}

/** A client of the gateway. It connects with its first watch or request. */
export function createAtlasClient(options: AtlasClientOptions): AtlasClient {
  const { url, heartbeatMs = 4000, mostRetryMs = 3000, requestTimeoutMs = 30_000 } = options;
  const fetch: Fetch = options.fetch ?? ((...args) => globalThis.fetch(...args));
  const tokens = createTokens(options.getToken);
  const wake = createWake();
  const http = { url, tokens, fetch, wake, heartbeatMs };
  const socket = createSocketTransport({ ...http, webSocketImpl: options.webSocketImpl });
  const transports = createTransportChoice([
    socket.follow,
    createStreamTransport(http),
    createWaitTransport(http),
  ]);
  const following = { tokens, transports, wake, heartbeatMs, mostRetryMs };
  const requests = createRequests({
    ...http,
    mostRetryMs,
    timeoutMs: requestTimeoutMs,
    keys: createIdempotencyKeys(options.storage ?? pageStorage),
  });
  const running = new Set<AbortController>();
  wake.listen(transports.reset);

  function watchFlow(uuid: string, watch: Watch, { select = stages, after }: WatchOptions = {}) {
    const control = new AbortController();
    const { signal } = control;
    // An exception in a callback of the application is reported as its own, and the watch goes on.
    const tell = (callback: () => void) => queueMicrotask(() => signal.aborted || callback());
    const observer: FlowObserver = {
      onFlow: (flow) => tell(() => watch.onFlow(flow)),
      onLiveness: (...liveness) => tell(() => watch.onLiveness?.(...liveness)),
    };
    running.add(control);
    followFlow(following, { uuid, after: after ?? null, select, signal }, observer).then(
      () => {
        running.delete(control);
        tell(() => watch.onEnd?.());
      },
      (failure) => {
        running.delete(control);
        tell(() => watch.onError?.(toAtlasError(failure)));
      },
    );
    return () => control.abort();
  }

  return {
    ...requests,
    watchFlow,
    waitForEnd: (uuid, { signal, ...watchOptions } = {}) =>
      new Promise((resolve, reject) => {
        let last: Flow | null = null;
        const stop = watchFlow(
          uuid,
          {
            onFlow(flow) {
              last = flow;
            },
            onEnd() {
              signal?.removeEventListener('abort', abort);
              if (last) resolve(last);
            },
            onError(error) {
              signal?.removeEventListener('abort', abort);
              reject(error);
            },
          },
          watchOptions,
        );
        function abort(): void {
          stop();
          reject(signal?.reason);
        }
        if (signal?.aborted) abort();
        else signal?.addEventListener('abort', abort);
      }),
    wake: wake.wake,
    close() {
      for (const control of running) control.abort();
      socket.close();
      wake.close();
    },
  };
}

/** The storage of the page; throws where there is none, or it is forbidden. */
const pageStorage: KeyStorage = {
  getItem: (name) => localStorageOf(globalThis).getItem(name),
  setItem: (name, value) => localStorageOf(globalThis).setItem(name, value),
  removeItem: (name) => localStorageOf(globalThis).removeItem(name),
};

function localStorageOf(page: { readonly localStorage?: KeyStorage }): KeyStorage {
  if (!page.localStorage) throw new Error('There is no storage');
  return page.localStorage;
}
