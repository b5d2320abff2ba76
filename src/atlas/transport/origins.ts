import type { TenantId } from '../../tenant-id.ts';
import type { Service } from '../api/endpoints.ts';
import { createLanes, type Lane, type Lanes, lanes } from './lanes.ts';
import type { Transport } from './transport.ts';

/** Where a service is, and the way there. */
export interface Origin {
  /** `https://host:port`. */
  readonly name: string;
  /** What stands before every path of the service. */
  readonly basePath: string;
  readonly transport: Transport;
  readonly lanes: Lanes;
}

export interface Origins {
  of(service: Service): Origin;
  /** How many calls wait in each lane, over all origins. */
  countWaiting(): Record<Lane, number>;
  /** Closes what stands open for a tenant alone. */
  forget(tenantId: TenantId): void;
  close(): Promise<void>;
}

export interface OriginsOptions {
  readonly baseUrls: Readonly<Record<Service, string>>;
  readonly openTransport: (origin: string) => Transport;
  /** The most calls under way to one origin. */
  readonly concurrency: number;
}

/** One transport and one set of lanes for each origin, however many services live there. */
export function createOrigins(options: OriginsOptions): Origins {
  const ways = new Map<string, Pick<Origin, 'transport' | 'lanes'>>();
  const services = new Map<Service, Origin>();

  function open(service: Service): Origin {
    const { origin: name, pathname } = new URL(options.baseUrls[service]);
    const way = ways.get(name) ?? {
      transport: options.openTransport(name),
      lanes: createLanes(options.concurrency),
    };
    ways.set(name, way);
    const origin = { name, basePath: pathname.replace(/\/+$/, ''), ...way };
    services.set(service, origin);
    return origin;
  }

  return {
    of: (service) => services.get(service) ?? open(service),
    countWaiting() {
      const count = (lane: Lane) =>
        [...ways.values()].reduce((sum, way) => sum + way.lanes.countWaiting(lane), 0);
      const [interactive, live, batch] = lanes;
      return { interactive: count(interactive), live: count(live), batch: count(batch) };
    },
    forget(tenantId) {
      for (const { transport } of ways.values()) transport.forget(tenantId);
    },
    async close() {
      await Promise.all([...ways.values()].map(({ transport }) => transport.close()));
    },
  };
}
