import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createAuthenticate } from '../../../src/identity/authenticate.ts';
import { createFlowGrants } from '../../../src/identity/flow-grants.ts';
import { createTenants } from '../../../src/identity/tenants.ts';
import { createClientAddress } from '../../../src/server/http/client-address.ts';
import { createSubscriptionCaps } from '../../../src/server/operation/subscription-caps.ts';
import type {
  OperationRequest,
  OperationRunner,
  ResultSink,
} from '../../../src/server/streaming/operation-runner.ts';
import { startWebSockets, type WebSockets } from '../../../src/server/streaming/websocket.ts';
import { openGrantRegister } from '../identity/grant-register.ts';
import { toKey, toSettings } from '../identity/tenant-settings.ts';
import { createFakeClock, type FakeClock } from '../live/fake-clock.ts';
import { openSocket, type RawSocket } from './raw-socket.ts';

/** An operation that was run, whose results the test makes up. */
export interface Run {
  readonly request: OperationRequest;
  readonly peer: ResultSink;
  isStopped: boolean;
}

export interface OpenSockets {
  readonly url: string;
  readonly server: Server;
  readonly clock: FakeClock;
  readonly sockets: WebSockets;
  /** All that was run so far. */
  readonly runs: Run[];
  /** The callers that were counted by their rate, once for each time. */
  readonly counted: readonly string[];
  /** The server's ends of all connections. */
  readonly connections: Socket[];
  isDraining: boolean;
  /** Whether the key that opened the sockets still holds. */
  isCurrent: boolean;
  connect(subprotocol?: string | string[]): Promise<RawSocket>;
  /** Connects, and says who it is. */
  enter(subprotocol?: string): Promise<RawSocket>;
  /** Waits until so many sockets are open; one that never closes fails by the test's timeout. */
  waitForCount(count: number): Promise<void>;
}

export const authorization = 'Bearer the-key';

/** The WebSocket transport alone, on a free port, without a graph behind it. */
export async function openSockets(
  t: TestContext,
  {
    mostOperations = 3,
    mostSockets = 100,
    mostPerCaller = 100,
    mostPending = 100,
    mostConnections = Number.POSITIVE_INFINITY,
    clientAddress = createClientAddress([]),
  } = {},
): Promise<OpenSockets> {
  const clock = createFakeClock();
  const runs: Run[] = [];
  const runner: OperationRunner = {
    run(request, peer) {
      const run: Run = { request, peer, isStopped: false };
      runs.push(run);
      return () => {
        run.isStopped = true;
      };
    },
  };
  const counted: string[] = [];
  const connections: Socket[] = [];
  const server = createServer();
  server.on('connection', (socket) => connections.push(socket));
  const authenticate = createAuthenticate({
    tenants: createTenants([toSettings('acme', { keys: [toKey('the-key')] })]),
    grants: createFlowGrants({ secrets: ['a secret of this test'] }),
    ...openGrantRegister(),
    now: clock.now,
  });
  const sockets = startWebSockets({
    server,
    clock,
    runner,
    mostOperations,
    socketCaps: createSubscriptionCaps({
      perCaller: () => mostPerCaller,
      perProcess: mostSockets,
    }),
    mostPending,
    clientAddress,
    rateLimit: {
      async take({ name }) {
        counted.push(name);
        return counted.length > mostConnections ? 1_000 : null;
      },
    },
    authenticate: async (given) => {
      const principal = await authenticate(given);
      return principal && { ...principal, isCurrent: () => open.isCurrent };
    },
    origins: { publicOrigin: null, isKnown: () => false, isFor: () => false },
    isDraining: () => open.isDraining,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const connection of connections) connection.destroy();
    await sockets.close(0);
    server.close();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port
  const url = `ws://127.0.0.1:${port}/graphql`;
  const open: OpenSockets = {
    url,
    server,
    clock,
    sockets,
    runs,
    connections,
    counted,
    isDraining: false,
    isCurrent: true,
    connect: (subprotocol) => openSocket(t, url, {}, subprotocol),
    async enter(subprotocol) {
      const socket = await openSocket(t, url, {}, subprotocol);
      await socket.init(authorization);
      return socket;
    },
    async waitForCount(count) {
      while (sockets.count() !== count) await setImmediate();
    },
  };
  return open;
}
