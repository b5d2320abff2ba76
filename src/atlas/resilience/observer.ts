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
  /** How long Atlas took, without the wait for a place. */
  readonly durationMs: number;
  /** How long it waited for a place in its lane. */
  readonly queuedMs: number;
  /** `cancelled`: nobody waited for the answer any more. */
  readonly outcome: 'answered' | 'absent' | 'cancelled' | AtlasFailure;
  /** Where Atlas refused it. */
  readonly status: number | undefined;
  /** Which try of the same call it was, from 1. */
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
  /** Ends the span with what became of the request. */
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

/** A token that was asked for. */
export interface TokenRenewal {
  readonly tenantId: TenantId;
  readonly family: TokenFamily;
  readonly outcome: 'issued' | AtlasFailure;
}

/** Told what the client does; holds names and numbers only. A listener must not throw. */
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
