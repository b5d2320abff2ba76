import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { ExecutionArgs } from 'graphql';
import { CloseCode } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { Authenticate } from '../identity/api-keys.ts';
import type { Principal } from '../identity/principal.ts';
import type { Log } from '../log.ts';
import { createAsked } from './asked.ts';
import { type Graph, type PreparedOperation, prepareOperation } from './graph.ts';
import { pathOf } from './http.ts';
import { logOperation } from './operation-log.ts';

export interface WebSocketOptions {
  readonly server: Server;
  readonly graph: Graph;
  readonly authenticate: Authenticate;
  readonly log: Log;
  readonly now: () => number;
}

/** What a socket carries once its caller is known. */
interface Session extends Record<PropertyKey, unknown> {
  principal: Principal;
}

const mostMessageBytes = 64 * 1024;
const pingMs = 12_000;

/**
 * `/graphql` over WebSocket, in the graphql-transport-ws protocol. The key comes in the
 * `authorization` member of connectionParams, or in the header of the upgrade. A bad operation gets
 * its errors and leaves its neighbours on the socket alone.
 */
export function startWebSocket(options: WebSocketOptions): { close: () => Promise<void> } {
  const { server, graph, authenticate, log, now } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: mostMessageBytes });

  const running = useServer<Record<string, unknown>, Session>(
    {
      onConnect({ connectionParams, extra }) {
        const given = connectionParams?.authorization ?? connectionParams?.Authorization;
        const header = extra.request.headers.authorization;
        const principal = authenticate(typeof given === 'string' ? given : header);
        if (principal === null) {
          // 4401 is fatal to the client, which must not come back with the same key.
          extra.socket.close(CloseCode.Unauthorized, 'Unauthorized');
          return false;
        }
        extra.principal = principal;
        return true;
      },
      async onSubscribe({ extra: { principal } }, _id, params) {
        if (principal === undefined) throw new Error('a socket without a principal');
        const asked = createAsked(principal, randomUUID(), now());
        return await prepareOperation(graph, asked, params, () => {
          logOperation(log, 'ws', asked, now());
        });
      },
      execute: run,
      subscribe: run,
    },
    sockets,
    pingMs,
  );

  server.on('upgrade', (request, socket, head) => {
    if (pathOf(request) !== '/graphql') {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit('connection', ws, request));
  });

  return {
    async close() {
      await running.dispose();
    },
  };
}

/** Runs what onSubscribe above prepared: graphql-ws hands back the very object it was given. */
function run(args: ExecutionArgs): ReturnType<PreparedOperation['run']> {
  return (args as PreparedOperation).run();
}
