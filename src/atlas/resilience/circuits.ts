import { LRUCache } from 'lru-cache';
import type { TenantId } from '../../tenant-id.ts';
import {
  type CallKind,
  type EndpointName,
  endpointRow,
  type Service,
  toCallKind,
} from '../api/endpoints.ts';
import type { Tenant } from '../api/tenant.ts';
import { type Breaker, type BreakerState, createBreaker } from './breaker.ts';
import { createLatencies, type Latencies } from './latencies.ts';
import type { CircuitChange } from './observer.ts';

/** The health of a service as a tenant's calls found it. */
export interface ServiceHealth {
  readonly service: Service;
  /** The worst of its circuits. */
  readonly state: BreakerState;
  /** Since when it is so, in milliseconds since the epoch. */
  readonly since: number;
  /** The 95th percentile of the latest latencies, in milliseconds; null before the first call. */
  readonly p95Ms: number | null;
}

/** The breaker that a call passes, and the record of its latency. */
export interface Circuit {
  readonly breaker: Breaker;
  readonly latencies: Latencies;
}

/** The circuit breakers of all tenants. */
export interface Circuits {
  of(tenant: Tenant, endpoint: EndpointName): Circuit;
  /** A line for each service, in the order of their names here. */
  health(tenant: Tenant): ServiceHealth[];
  /** Resets the breakers of a tenant; calls in flight no longer count. */
  forget(tenant: Tenant): void;
}

/** The options of `createCircuits`. */
export interface CircuitsOptions {
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** The wall clock, in milliseconds since the epoch, for `since`. */
  readonly wallNow: () => number;
  readonly onChange?: ((change: CircuitChange) => void) | undefined;
}

const services = ['verification', 'bulk', 'docstream', 'address'] as const;
const kinds = ['token', 'read', 'write'] as const;

type TenantCircuits = Readonly<Record<Service, Readonly<Record<CallKind, Circuit>>>>;

/**
 * A breaker for each kind of call of each service, and for each tenant its own: a 500 or a timeout
 * may be what one tenant's documents do to Atlas, and must not shut Atlas to another. The price is
 * that each tenant finds out by itself that Atlas is down, by ten calls.
 */
export function createCircuits({ now, wallNow, onChange }: CircuitsOptions): Circuits {
  const startedAt = wallNow();
  const known = new LRUCache<TenantId, TenantCircuits>({ max: 10_000 });

  function circuitsOf(tenant: Tenant): TenantCircuits {
    const existing = known.get(tenant.id);
    if (existing !== undefined) return existing;
    const made = createTenantCircuits(tenant.id);
    known.set(tenant.id, made);
    return made;
  }

  function createTenantCircuits(tenantId: TenantId): TenantCircuits {
    const ofService = (service: Service) => {
      const latencies = createLatencies();
      const ofKind = (kind: CallKind): Circuit => ({
        latencies,
        breaker: createBreaker({
          now,
          wallNow,
          onChange: (from, to) => onChange?.({ tenantId, service, kind, from, to }),
        }),
      });
      return { token: ofKind('token'), read: ofKind('read'), write: ofKind('write') };
    };
    return {
      verification: ofService('verification'),
      bulk: ofService('bulk'),
      docstream: ofService('docstream'),
      address: ofService('address'),
    };
  }

  function toHealth(service: Service, tenant: Tenant): ServiceHealth {
    const circuits = known.get(tenant.id)?.[service];
    if (circuits === undefined) {
      return { service, state: 'CLOSED', since: startedAt, p95Ms: null };
    }
    const breakers = kinds.map((kind) => circuits[kind].breaker);
    const state = toWorst(breakers.map((breaker) => breaker.state()));
    const since = breakers.filter((each) => each.state() === state).map((each) => each.since());
    return {
      service,
      state,
      // A service is up since its last breaker closed, and down since its first one opened.
      since: state === 'CLOSED' ? Math.max(...since) : Math.min(...since),
      p95Ms: circuits.read.latencies.p95Ms(),
    };
  }

  return {
    of(tenant, endpoint) {
      return circuitsOf(tenant)[endpointRow(endpoint).service][toCallKind(endpoint)];
    },
    health: (tenant) => services.map((service) => toHealth(service, tenant)),
    forget: (tenant) => void known.delete(tenant.id),
  };
}

function toWorst(states: readonly BreakerState[]): BreakerState {
  if (states.includes('OPEN')) return 'OPEN';
  return states.includes('HALF_OPEN') ? 'HALF_OPEN' : 'CLOSED';
}
