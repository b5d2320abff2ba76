import type { TenantId } from '../../tenant-id.ts';
import type { Service } from '../api/endpoints.ts';
import {
  type ConcurrencyLimiter,
  createConcurrencyLimiter,
  type Priority,
  priorities,
} from './concurrency-limiter.ts';
import type { Transport } from './transport.ts';

/** A host of Atlas with its transport and its concurrency limiter. */
export interface UpstreamHost {
  /** `https://host:port`. */
  readonly origin: string;
  /** The path of the service's base URL, without a trailing slash. */
  readonly basePath: string;
  readonly transport: Transport;
  readonly limiter: ConcurrencyLimiter;
}

/** The hosts of all services. */
export interface UpstreamHosts {
  of(service: Service): UpstreamHost;
  /** The number of waiting calls by priority, over all hosts. */
  countWaiting(): Record<Priority, number>;
  /** Closes the connections that are used by one tenant alone. */
  forget(tenantId: TenantId): void;
  close(): Promise<void>;
}

/** The options of `createUpstreamHosts`. */
export interface UpstreamHostsOptions {
  readonly baseUrls: Readonly<Record<Service, string>>;
  readonly openTransport: (host: string) => Transport;
  /** The maximum number of concurrent calls to one host. */
  readonly concurrency: number;
}

/** Creates one transport and one limiter for each host, however many services it has. */
export function createUpstreamHosts(options: UpstreamHostsOptions): UpstreamHosts {
  const connections = new Map<string, Pick<UpstreamHost, 'transport' | 'limiter'>>();
  const services = new Map<Service, UpstreamHost>();

  function open(service: Service): UpstreamHost {
    const { origin, pathname } = new URL(options.baseUrls[service]);
    const connection = connections.get(origin) ?? {
      transport: options.openTransport(origin),
      limiter: createConcurrencyLimiter(options.concurrency),
    };
    connections.set(origin, connection);
    const host = { origin, basePath: pathname.replace(/\/+$/, ''), ...connection };
    services.set(service, host);
    return host;
  }

  return {
    of: (service) => services.get(service) ?? open(service),
    countWaiting() {
      const count = (priority: Priority) =>
        [...connections.values()].reduce(
          (sum, connection) => sum + connection.limiter.countWaiting(priority),
          0,
        );
      const [interactive, live, batch] = priorities;
      return { interactive: count(interactive), live: count(live), batch: count(batch) };
    },
    forget(tenantId) {
      for (const { transport } of connections.values()) transport.forget(tenantId);
    },
    async close() {
      await Promise.all([...connections.values()].map(({ transport }) => transport.close()));
    },
  };
}
