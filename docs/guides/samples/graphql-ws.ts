import { type Client, createClient } from 'graphql-ws';

/** A client of graphql-ws that comes back from everything but a token that is refused for good. */
export function createSocket(url: string, getToken: () => Promise<string>): Client {
  const heartbeatMs = 4_000;
  let watchdog: ReturnType<typeof setTimeout>;

  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    // Called for each connection, so that none begins with a token that has ended.
    connectionParams: async () => ({ authorization: `Bearer ${await getToken()}` }),
    // By default a refused connection is final, and so is the sixth failure.
    shouldRetry: () => true,
    retryAttempts: Number.POSITIVE_INFINITY,
    // Random, so that clients do not return together, and never so long that a phone seems dead.
    retryWait: (failures) => {
      const waitMs = Math.min(500 * 2 ** failures, 3_000) * (0.5 + Math.random() / 2);
      return new Promise((resolve) => setTimeout(resolve, waitMs));
    },
    // Sends a ping after each silent heartbeat, but does nothing if no pong comes: the watchdog does.
    keepAlive: heartbeatMs,
    on: {
      connecting: () => expectSignWithin(heartbeatMs),
      opened: () => expectSignWithin(heartbeatMs * 2),
      message: () => expectSignWithin(heartbeatMs * 2),
      closed: () => clearTimeout(watchdog),
    },
  });

  function expectSignWithin(ms: number): void {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => client.terminate(), ms);
  }
  return client;
}
