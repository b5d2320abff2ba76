import type { ServerResponse } from 'node:http';
import { listen } from '../listening.ts';

/** The options of `startMetricsServer`. */
export interface MetricsServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly scrape: () => Promise<{ readonly text: string; readonly contentType: string }>;
}

/** A running server of metrics. */
export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

// An import would touch every export, and so load all of fetch behind node:http's WebSocket.
const { createServer } = process.getBuiltinModule('node:http');

/** A scrape has no body, and few come at a time. */
const mostWaitMs = 5_000;
const mostConnections = 16;

/**
 * `GET /metrics` on a listener of its own, so that nothing of it is on the public one. Rejects with a
 * ListenError when the port can't be had.
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { host, port, scrape } = options;
  const server = createServer({
    headersTimeout: mostWaitMs,
    requestTimeout: mostWaitMs,
    connectionsCheckingInterval: mostWaitMs,
  });
  server.maxConnections = mostConnections;
  server.on('request', ({ url, method }, response) => {
    if (url?.replace(/\?.*$/, '') !== '/metrics') end(response, 404);
    else if (method !== 'GET') end(response, 405, { allow: 'GET' });
    else {
      void scrape().then(
        ({ text, contentType }) => end(response, 200, { 'content-type': contentType }, text),
        () => end(response, 500),
      );
    }
  });
  const openPort = await listen(server, { host, port, variable: 'METRICS_PORT' });
  return {
    port: openPort,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

function end(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  text = '',
): void {
  // A body that may follow is not waited for.
  const close = status === 200 ? {} : { connection: 'close' };
  response.writeHead(status, { 'cache-control': 'no-store', ...close, ...headers }).end(text);
}
