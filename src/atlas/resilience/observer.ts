import type { TenantId } from '../../tenant-id.ts';
import type { CallMeter } from '../api/call-meter.ts';
import type { CallKind, EndpointName, Service, TokenFamily } from '../api/endpoints.ts';
import type { AtlasFailure } from '../api/errors.ts';
import type { BreakerState } from './breaker.ts';
import type { RetryReason } from './retry.ts';

/** One request to Atlas after it ended; holds no values. */
export interface AtlasCallRecord {
  readonly endpoint: EndpointName;
  readonly tenantId: TenantId;
  /** The duration of the request in milliseconds, without the wait for a permit. */
  readonly durationMs: number;
  /** The wait for a permit, in milliseconds. */
  readonly queuedMs: number;
  /** `cancelled`: the request was aborted because no caller waited for it any more. */
  readonly outcome: 'answered' | 'absent' | 'cancelled' | AtlasFailure;
  /** The HTTP status of an error response; undefined otherwise. */
  readonly status: number | undefined;
  /** The number of the attempt, from 1. */
  readonly tries: number;
  readonly isRetry: boolean;
  /** The meter of the operation that began it; undefined where none did, or several may have. */
  readonly meter: CallMeter | undefined;
  /** Its `X-Request-Id`. */
  readonly requestId: string;
  /** Its `traceparent`; undefined without tracing. */
  readonly traceparent: string | undefined;
}

/** The span of one request to Atlas. */
export interface CallTrace {
  /** The header that names the span (W3C Trace Context, 3.2). */
  readonly traceparent: string;
  /** Ends the span with the outcome of the request. */
  end(call: AtlasCallRecord): void;
}

/** A call that failed and is made again, or would be if the budget for that were not spent. */
export interface AtlasRetry {
  readonly endpoint: EndpointName;
  readonly tenantId: TenantId;
  readonly reason: RetryReason;
}

/** A breaker that changed its state. */
export interface CircuitChange {
  readonly tenantId: TenantId;
  readonly service: Service;
  readonly kind: CallKind;
  readonly from: BreakerState;
  readonly to: BreakerState;
}

/** A request for an access token. */
export interface TokenRenewal {
  readonly tenantId: TenantId;
  readonly family: TokenFamily;
  readonly outcome: 'issued' | AtlasFailure;
}

/**
 * Observes the client for logs, metrics and traces. Records hold names and numbers only. A listener
 * must not throw.
 */
export interface AtlasObserver {
  /** Begins the span of a request that is about to be sent for the operation of a meter. */
  readonly startTrace?: (call: Pick<AtlasCallRecord, 'tenantId' | 'meter'>) => CallTrace;
  readonly onCall?: (call: AtlasCallRecord) => void;
  readonly onRetry?: (retry: AtlasRetry) => void;
  readonly onRetryRefused?: (retry: AtlasRetry) => void;
  /** A call that was not made, because its circuit is open. */
  readonly onShortCircuit?: (call: Pick<AtlasCallRecord, 'endpoint' | 'tenantId'>) => void;
  readonly onCircuitChange?: (change: CircuitChange) => void;
  readonly onTokenRenewal?: (renewal: TokenRenewal) => void;
}
