import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { pathOf } from './http.ts';
import { spread } from './spread.ts';
import { goingAway, type SessionOptions, startSession } from './ws-session.ts';

export interface WebSocketOptions extends SessionOptions {
  readonly server: Server;
  readonly mostSockets: number;
}

export interface WebSockets {
  count(): number;
  /** Closes every socket with 1001, one after the other over the time given. */
  drain(overMs: number): Promise<void>;
  close(): Promise<void>;
}

const mostMessageBytes = 64 * 1024;
const pingMs = 12_000;
const notAcceptable = 4406;

/**
 * `/graphql` over WebSocket, in the graphql-transport-ws protocol. The key comes in the
 * `authorization` member of connectionParams, or in the header of the upgrade. A peer that leaves a
 * ping unanswered until the next is dropped.
 */
export function startWebSockets(options: WebSocketOptions): WebSockets {
  const { server, clock, mostSockets, isDraining } = options;
  const unanswered = new WeakSet<WebSocket>();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: mostMessageBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) =>
      offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false,
  });

  function upgrade(request: IncomingMessage, raw: Duplex, head: Buffer): void {
    if (pathOf(request) !== '/graphql') {
      refuse(raw, '404 Not Found');
      return;
    }
    if (isDraining() || sockets.clients.size >= mostSockets) {
      refuse(raw, '503 Service Unavailable');
      return;
    }
    sockets.handleUpgrade(request, raw, head, (socket) => {
      if (socket.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL) {
        socket.on('error', () => {});
        socket.close(notAcceptable, 'Subprotocol not acceptable');
        return;
      }
      socket.on('pong', () => unanswered.delete(socket));
      startSession(socket, request, options);
    });
  }

  function pingAll(): void {
    for (const socket of sockets.clients) {
      if (unanswered.has(socket)) {
        socket.terminate();
        continue;
      }
      unanswered.add(socket);
      socket.ping();
    }
    cancelPing = clock.after(pingMs, pingAll);
  }
  let cancelPing = clock.after(pingMs, pingAll);

  server.on('upgrade', upgrade);

  return {
    count: () => sockets.clients.size,
    drain: (overMs) =>
      spread(clock, overMs, [...sockets.clients], (socket) =>
        socket.close(goingAway, 'Going away'),
      ),
    async close() {
      cancelPing();
      server.off('upgrade', upgrade);
      for (const socket of sockets.clients) socket.close(goingAway, 'Going away');
      // A peer that does not answer the close is not waited for.
      for (const socket of sockets.clients) socket.terminate();
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
    },
  };
}

function refuse(raw: Duplex, status: string): void {
  raw.on('error', () => {});
  raw.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
