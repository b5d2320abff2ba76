import { type Client, createClient } from 'graphql-ws/client';
import type { GraphError, GraphResult, SentOperation } from './graph.ts';

/** A subscription on its way: `lost` while its connection is gone and is tried again. */
export type Liveness = 'connecting' | 'live' | 'lost';

export interface SubscriptionObserver {
  onLiveness(liveness: Liveness): void;
  onResult(result: GraphResult): void;
  /** Called once, when the last result was told. */
  onEnd(): void;
}

const heartbeatMs = 4_000;
const mostRetryMs = 3_000;
const refused = 4401;

/**
 * Follows a subscription to its end, over every loss of the network: after each it begins again with
 * the state as it is. Returns a function that stops.
 */
export function follow(
  url: string,
  operation: SentOperation,
  token: string,
  observer: SubscriptionObserver,
): () => void {
  const client = connect(url, token, observer.onLiveness);
  function end(): void {
    observer.onEnd();
    void client.dispose();
  }
  // A part of the page is told at once, also of what ends before this function does.
  const stop = client.subscribe<unknown>(
    { query: operation.query, variables: { ...operation.variables } },
    {
      next: (result) => observer.onResult(result as GraphResult),
      error(failure) {
        observer.onResult({ errors: toErrors(failure) });
        end();
      },
      complete: end,
    },
  );
  return () => {
    stop();
    void client.dispose();
  };
}

function connect(url: string, token: string, onLiveness: (liveness: Liveness) => void): Client {
  let watchdog: ReturnType<typeof setTimeout>;
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: { authorization: `Bearer ${token}` },
    shouldRetry: () => true,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait(failures) {
      const waitMs = Math.min(500 * 2 ** failures, mostRetryMs) * (0.5 + Math.random() / 2);
      return new Promise((resolve) => setTimeout(resolve, waitMs));
    },
    keepAlive: heartbeatMs,
    on: {
      connecting: () => expectSignWithin(heartbeatMs),
      opened: () => expectSignWithin(heartbeatMs * 2),
      message: () => expectSignWithin(heartbeatMs * 2),
      connected: () => onLiveness('live'),
      closed() {
        clearTimeout(watchdog);
        onLiveness('lost');
      },
    },
  });

  function expectSignWithin(ms: number): void {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => client.terminate(), ms);
  }
  return client;
}

/** Errors as a result has them, of a refused operation or a closed connection. */
function toErrors(failure: unknown): readonly GraphError[] {
  if (Array.isArray(failure)) return failure;
  const isRefused = failure instanceof CloseEvent && failure.code === refused;
  if (isRefused) {
    const message = 'The gateway does not accept this key or token.';
    return [{ message, extensions: { code: 'UNAUTHENTICATED' } }];
  }
  return [{ message: 'The connection was closed, and the gateway takes no other.' }];
}
