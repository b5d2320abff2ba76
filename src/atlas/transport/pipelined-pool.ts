import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import buildConnector from 'undici/lib/core/connect.js';
import Pool from 'undici/lib/dispatcher/pool.js';

/** Takes the answer to a request that it may cease to want. */
export interface PooledHandler extends Dispatcher.DispatchHandler {
  readonly isWanted: boolean;
}

/** A pool's way to take a request, and its end. */
export interface RequestPool {
  /** Sends it, unless by the time it leaves nobody wants it any more. */
  dispatch(request: Dispatcher.DispatchOptions, handler: PooledHandler): void;
  close(): Promise<void>;
}

interface Leaving {
  readonly request: Dispatcher.DispatchOptions;
  readonly handler: PooledHandler;
}

/**
 * A pool that sends reads behind each other on one socket (RFC 9112, 9.3.2). All that are asked for
 * in one turn of the event loop leave at its end, in one write for each socket.
 */
export function createPipelinedPool(origin: string, options: Pool.Options): RequestPool {
  const sockets = new Set<Socket>();
  const pool = new Pool(origin, { ...options, connect: connectAndTell(sockets) });
  let waiting: Leaving[] = [];

  function leave(): void {
    const leaving = waiting;
    waiting = [];
    // A socket that is opened meanwhile is not held back, and need not be let go.
    const corked = [...sockets];
    for (const socket of corked) socket.cork();
    for (const { request, handler } of leaving) {
      // To break it off once it is there costs the socket, and all reads that share it.
      if (handler.isWanted) pool.dispatch(request, handler);
    }
    for (const socket of corked) {
      // Before undici writes to a socket that was idle, it waits a turn for news that it has ended.
      if (socket.writableLength > 0) socket.uncork();
      else setImmediate(() => socket.uncork());
    }
  }

  return {
    dispatch(request, handler) {
      if (waiting.length === 0) setImmediate(leave);
      waiting.push({ request, handler });
    },
    async close() {
      // Behind what has not left yet.
      await nextTurn();
      await pool.close();
    },
  };
}

/** Connects as undici does, and keeps track of the sockets that are open. */
function connectAndTell(sockets: Set<Socket>): ReturnType<typeof buildConnector> {
  const connect = buildConnector({});
  return (options, callback) =>
    connect(options, (...answer) => {
      const [, socket] = answer;
      if (socket) {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
      }
      callback(...answer);
    });
}
