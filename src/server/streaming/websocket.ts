import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ClientAddress } from '../http/client-address.ts';
import { foreignOriginOf } from '../http/cors.ts';
import { pathOf } from '../http/http.ts';
import type { Dialect } from './dialect.ts';
import { legacyWs } from './legacy-ws.ts';
import { createPendingSockets } from './pending-sockets.ts';
import { startRounds } from './rounds.ts';
import { spread } from './spread.ts';
import { transportWs } from './transport-ws.ts';
import { goingAway, type Session, type SessionOptions, startSession } from './ws-session.ts';

export interface WebSocketOptions extends SessionOptions {
  readonly server: Server;
  /** How many sockets may be open whose caller is not known yet. */
  readonly mostPending: number;
  /** The address that a peer is counted by. */
  readonly clientAddress: ClientAddress;
}

export interface WebSockets {
  count(): number;
  /**
   * Has every socket leave, one after the other over the time given: each is closed with 1001 once
   * its queries and mutations are answered. Waits for no answer.
   */
  drain(overMs: number): Promise<void>;
  /** Ends all subscriptions, has every socket leave, and closes after so long those that have not. */
  close(withinMs: number): Promise<void>;
}

const mostMessageBytes = 64 * 1024;
const pingMs = 12_000;
const notAcceptable = 4406;
/** How long a peer has to answer a close. */
const closeMs = 1_000;
/** One address has a fifth of the sockets whose caller is not known yet. */
const addressShare = 5;
/** The dialects that are spoken, the preferred one first. */
const dialects: readonly Dialect[] = [transportWs, legacyWs];

/**
 * `/graphql` over WebSocket, in the subprotocol graphql-transport-ws or else the older graphql-ws. The
 * key comes in the payload of `connection_init`, or in the header of the upgrade. Every twelve seconds
 * a socket is closed whose key has ended, and a heartbeat sent on all others: a message that the app
 * sees, and a ping of WebSocket's own. A peer that leaves that ping unanswered until the next is
 * dropped.
 */
export function startWebSockets(options: WebSocketOptions): WebSockets {
  const { server, clock, isDraining, origins, socketCaps, events = {} } = options;
  const unanswered = new WeakSet<WebSocket>();
  const sessions = new WeakMap<WebSocket, Session>();
  const pinged = startRounds<WebSocket>(clock, pingMs, (socket) => {
    if (unanswered.has(socket)) {
      socket.terminate();
      return;
    }
    sessions.get(socket)?.visit();
    unanswered.add(socket);
    socket.ping();
  });
  const pending = createPendingSockets<WebSocket>({
    most: options.mostPending,
    mostPerAddress: Math.ceil(options.mostPending / addressShare),
    drop: (socket) => socket.terminate(),
  });
  const session = { ...options, onRecognised: pending.delete };
  const serverOptions = {
    // By default ws waits half a minute for a peer that answers no close.
    closeTimeout: closeMs,
    noServer: true,
    maxPayload: mostMessageBytes,
    perMessageDeflate: false,
    handleProtocols: (offered: Set<string>): string | false =>
      dialects.find(({ subprotocol }) => offered.has(subprotocol))?.subprotocol ?? false,
  };
  // The types of ws do not know closeTimeout yet.
  const sockets = new WebSocketServer(serverOptions);

  function upgrade(request: IncomingMessage, raw: Duplex, head: Buffer): void {
    if (pathOf(request) !== '/graphql') {
      refuse(raw, '404 Not Found');
      return;
    }
    const origin = foreignOriginOf(request, origins);
    if (origin !== undefined && !origins.isKnown(origin)) {
      refuse(raw, '403 Forbidden');
      return;
    }
    if (isDraining() || socketCaps.isFull()) {
      events.onRefused?.({ transport: 'ws', tenantId: undefined, code: 'RATE_LIMITED' });
      refuse(raw, '503 Service Unavailable');
      return;
    }
    sockets.handleUpgrade(request, raw, head, (socket) => {
      const dialect = dialects.find(({ subprotocol }) => subprotocol === socket.protocol);
      if (dialect === undefined) {
        socket.on('error', () => {});
        socket.close(notAcceptable, 'Subprotocol not acceptable');
        return;
      }
      socket.on('pong', answered);
      socket.on('close', left);
      pinged.add(socket);
      pending.add(socket, options.clientAddress(request));
      sessions.set(socket, startSession(socket, request, dialect, session));
    });
  }

  /** One for all sockets: a closure of each one's own would keep its request. */
  function answered(this: WebSocket): void {
    unanswered.delete(this);
  }

  function left(this: WebSocket): void {
    pinged.delete(this);
    pending.delete(this);
  }

  server.on('upgrade', upgrade);

  return {
    count: () => sockets.clients.size,
    drain: (overMs) =>
      spread(clock, overMs, [...sockets.clients], (socket) => sessions.get(socket)?.leave()),
    async close(withinMs) {
      server.off('upgrade', upgrade);
      const closed = new Promise<void>((resolve) => sockets.close(() => resolve()));
      for (const socket of sockets.clients) {
        const session = sessions.get(socket);
        session?.endSubscriptions();
        session?.leave();
      }
      let cancelCut = () => {};
      const cancelClose = clock.after(withinMs, () => {
        for (const socket of sockets.clients) socket.close(goingAway, 'Going away');
        // Cut off at once, a peer might lose the very frame that tells it to come back.
        cancelCut = clock.after(closeMs, () => {
          for (const socket of sockets.clients) socket.terminate();
        });
      });
      await closed;
      cancelClose();
      cancelCut();
      pinged.stop();
    },
  };
}

function refuse(raw: Duplex, status: string): void {
  raw.on('error', () => {});
  // A peer that keeps its half of the connection open would keep all of it.
  raw.once('finish', () => raw.destroy());
  raw.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
