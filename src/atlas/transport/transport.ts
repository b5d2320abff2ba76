import Pool from 'undici/lib/dispatcher/pool.js';
import type { TenantId } from '../../tenant-id.ts';
import { type After, systemAfter } from '../deadline/timer.ts';
import type { HttpExchange, HttpRequest } from './http-exchange.ts';
import { createNodeClient } from './node-client.ts';
import { createPipelinedPool, type RequestPool } from './pipelined-pool.ts';
import { PooledExchange } from './pooled-exchange.ts';

/** The connections to one host. */
export interface Transport {
  send(request: HttpRequest): HttpExchange;
  /** Closes what stands open for a tenant alone, once what is under way there has ended. */
  forget(tenantId: TenantId): void;
  close(): Promise<void>;
}

/** The options of `createTransport`. */
export interface TransportOptions {
  readonly connections?: number;
  /** How many reads may be under way on one socket; 1 unless given, as not every server takes more. */
  readonly pipelining?: number;
  /** The longest body that is read, as sent and once it is unpacked; 8 MiB unless given. */
  readonly maxResponseBytes?: number;
  readonly after?: After;
}

/**
 * The sockets to one origin (`https://host:port`): kept alive, bounded, never retried here. A
 * repeatable request goes by undici, which is fast but destroys a socket at a `100 Continue`; then it
 * is sent again by Node's client, and so is all that follows. Other requests go by Node's client from
 * the start.
 */
export function createTransport(origin: string, options: TransportOptions = {}): Transport {
  const { maxResponseBytes = 8 * 1024 * 1024, connections = 256, pipelining = 1 } = options;
  const { after = systemAfter } = options;
  // How long an answer may take is for the caller to say, by ending the exchange.
  const untimed = { headersTimeout: 0, bodyTimeout: 0 };
  const pool = new Pool(origin, { ...untimed, connections });
  const isPipelined = pipelining > 1;
  // One tenant's silent answers hold up what follows on their sockets, and so its own reads alone.
  const readPools = new Map<TenantId, RequestPool>();
  const node = createNodeClient(origin, { connections, maxResponseBytes });
  let sendsInterim = false;

  function readPoolOf(tenantId: TenantId): RequestPool {
    const known = readPools.get(tenantId);
    if (known !== undefined) return known;
    const opened = createPipelinedPool(origin, { ...untimed, connections, pipelining });
    readPools.set(tenantId, opened);
    return opened;
  }

  return {
    send(request) {
      const { tenantId, method, path, headers, body, isRepeatable } = request;
      if (!isRepeatable || sendsInterim) return node.send(request);
      const isRead = method === 'GET';
      // Behind each other on one socket, other requests would wait for reads, and be lost with them.
      const isBehindOthers = isRead && isPipelined;
      const exchange = new PooledExchange({
        maxResponseBytes,
        afterShared: isBehindOthers ? after : null,
        sendElsewhere() {
          sendsInterim = true;
          return node.send(request);
        },
      });
      (isBehindOthers ? readPoolOf(tenantId) : pool).dispatch(
        // undici sends nothing behind a request that may keep its socket busy, as it thinks all may.
        { origin, method, path, headers, body, blocking: !isRead },
        exchange,
      );
      return exchange;
    },
    forget(tenantId) {
      // A request that fails during the close fails for its caller.
      readPools
        .get(tenantId)
        ?.close()
        .catch(() => {});
      readPools.delete(tenantId);
    },
    async close() {
      await Promise.all([...readPools.values(), pool].map((each) => each.close()));
      // Last, as the others may hand requests over to it.
      await node.close();
    },
  };
}
