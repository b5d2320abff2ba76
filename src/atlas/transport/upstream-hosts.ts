import type { TenantId } from '../../tenant-id.ts';
import type { Service } from '../api/endpoints.ts';
import {
  type ConcurrencyLimiter,
  createConcurrencyLimiter,
  type Priority,
  priorities,
} from './concurrency-limiter.ts';
import type { Transport } from './transport.ts';

/** Where a service is, and the way there. */
export interface UpstreamHost {
  /** `https://host:port`. */
  readonly origin: string;
  /** What stands before every path of the service. */
  readonly basePath: string;
  readonly transport: Transport;
  readonly limiter: ConcurrencyLimiter;
}

export interface UpstreamHosts {
  of(service: Service): UpstreamHost;
  /** How many calls wait in each lane, over all origins. */
  countWaiting(): Record<Priority, number>;
  /** Closes what stands open for a tenant alone. */
  forget(tenantId: TenantId): void;
  close(): Promise<void>;
}

export interface UpstreamHostsOptions {
  readonly baseUrls: Readonly<Record<Service, string>>;
  readonly openTransport: (host: string) => Transport;
  /** The most calls under way to one origin. */
  readonly concurrency: number;
}

/** One transport and one set of lanes for each origin, however many services live there. */
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
