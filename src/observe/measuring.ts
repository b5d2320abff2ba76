import type { Drift } from '../atlas/api/drift.ts';
import type { BreakerState } from '../atlas/resilience/breaker.ts';
import type { AtlasObserver } from '../atlas/resilience/observer.ts';
import type { Build } from '../build.ts';
import type { Poll } from '../live/watcher-options.ts';
import type { OperationEvents } from '../server/operation/operation-events.ts';
import type { TenantId } from '../tenant-id.ts';
import type { MetricsRegistry } from './registry.ts';

/** The kind of a watch, as metrics name it. */
export type WatchKind = 'flow' | 'batch';

/** The callbacks that the floors below call. */
export interface Observers {
  readonly events: OperationEvents;
  readonly atlas: AtlasObserver;
  readonly onPoll: (kind: WatchKind, poll: Poll) => void;
}

/** Sources of gauges, which are read only when the metrics are. */
export interface Gauges {
  readonly build: Build;
  readonly subscriptions: () => number;
  readonly webSockets: () => number;
  readonly eventStreams: () => number;
  readonly watchers: Readonly<Record<WatchKind, () => number>>;
  readonly callbacks: () => number;
  /** Whether the file of the register can not be written. */
  readonly isRegisterFailing: () => boolean;
  /** Writes of the audit that failed. */
  readonly auditFailures: () => number;
  /** The names of API keys, and when the last key of each expires, in milliseconds from now. */
  readonly keys: () => Iterable<{
    readonly tenantId: TenantId;
    readonly name: string;
    readonly remainingMs: number;
  }>;
  readonly queue: () => Readonly<Record<string, number>>;
  readonly breakers: () => Iterable<{
    readonly tenantId: TenantId;
    readonly service: string;
    readonly state: BreakerState;
  }>;
  readonly drift: () => Iterable<readonly [Drift, number]>;
  /** The state shared with other processes; null: this one is alone. */
  readonly shared: { readonly isUp: () => boolean; readonly countWaiting: () => number } | null;
}

const breakerStates: Readonly<Record<BreakerState, number>> = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 };

/** Counts what the floors below tell of. `monotonicMs` measures durations, in milliseconds. */
export function createMeasuring(registry: MetricsRegistry, monotonicMs: () => number): Observers {
  const requests = registry.counter('atlas_gateway_requests_total');
  const durations = registry.histogram('atlas_gateway_request_duration_seconds');
  const errors = registry.counter('atlas_gateway_errors_total');
  const calls = registry.counter('atlas_gateway_atlas_calls_total');
  const callDurations = registry.histogram('atlas_gateway_atlas_call_duration_seconds');
  const retries = registry.counter('atlas_gateway_atlas_retries_total');
  const shortCircuits = registry.counter('atlas_gateway_atlas_short_circuits_total');
  const renewals = registry.counter('atlas_gateway_token_renewals_total');
  const pollLag = registry.histogram('atlas_gateway_poll_lag_seconds');
  const callbackLag = registry.histogram('atlas_gateway_callback_lag_seconds');

  return {
    events: {
      onAnswered({ principal, transport, kind = unknown, startedAt }, outcome) {
        requests(principal.tenant.id, transport, kind, outcome).inc();
        durations(transport, kind, outcome).observe(toSeconds(monotonicMs() - startedAt));
      },
      onErrors(transport, tenantId, codes) {
        for (const code of codes) errors(tenantId, transport, code).inc();
      },
      onRefused({ transport, tenantId = '', code }) {
        requests(tenantId, transport, unknown, 'refused').inc();
        errors(tenantId, transport, code).inc();
      },
    },
    atlas: {
      onCall({ tenantId, endpoint, outcome, durationMs }) {
        calls(tenantId, endpoint, outcome).inc();
        callDurations(endpoint).observe(toSeconds(durationMs));
      },
      onRetry({ tenantId, endpoint, reason }) {
        retries(tenantId, endpoint, reason, 'made').inc();
      },
      onRetryRefused({ tenantId, endpoint, reason }) {
        retries(tenantId, endpoint, reason, 'refused').inc();
      },
      onShortCircuit({ tenantId, endpoint }) {
        shortCircuits(tenantId, endpoint).inc();
      },
      onTokenRenewal({ tenantId, family, outcome }) {
        renewals(tenantId, family, outcome).inc();
      },
    },
    onPoll(kind, { source, delayMs }) {
      (source === 'CALLBACK' ? callbackLag : pollLag)(kind).observe(toSeconds(delayMs));
    },
  };
}

/** Has the gauges read at each scrape. */
export function readGauges(registry: MetricsRegistry, gauges: Gauges): void {
  const { version, commit } = gauges.build;
  registry.read('atlas_gateway_build_info', (set) => set(1, version, commit ?? 'unknown'));
  registry.read('atlas_gateway_subscriptions', (set) => set(gauges.subscriptions()));
  registry.read('atlas_gateway_connections', (set) => {
    set(gauges.webSockets(), 'ws');
    set(gauges.eventStreams(), 'sse');
  });
  registry.read('atlas_gateway_watchers', (set) => {
    set(gauges.watchers.flow(), 'flow');
    set(gauges.watchers.batch(), 'batch');
  });
  registry.read('atlas_gateway_callbacks_total', (set) => set(gauges.callbacks()));
  registry.read('atlas_gateway_atlas_queue', (set) => {
    for (const [lane, count] of Object.entries(gauges.queue())) set(count, lane);
  });
  registry.read('atlas_gateway_atlas_breaker_state', (set) => {
    for (const { tenantId, service, state } of gauges.breakers()) {
      set(breakerStates[state], tenantId, service);
    }
  });
  const { shared } = gauges;
  registry.read('atlas_gateway_store_up', (set) => set(shared?.isUp() === false ? 0 : 1));
  registry.read('atlas_gateway_store_waiting_writes', (set) => set(shared?.countWaiting() ?? 0));
  registry.read('atlas_gateway_register_failing', (set) => set(Number(gauges.isRegisterFailing())));
  registry.read('atlas_gateway_audit_failures_total', (set) => set(gauges.auditFailures()));
  registry.read('atlas_gateway_key_remaining_days', (set) => {
    for (const { tenantId, name, remainingMs } of gauges.keys()) {
      set(remainingMs / dayMs, tenantId, name);
    }
  });
  registry.read('atlas_gateway_drift_total', (set) => {
    for (const [kind, count] of gauges.drift()) set(count, kind);
  });
}

const unknown = 'unknown';
const dayMs = 24 * 60 * 60_000;

/** A clock that was set back makes no time negative. */
function toSeconds(ms: number): number {
  return Math.max(0, ms) / 1000;
}
