import type { TenantId } from '../../tenant-id.ts';
import type { AbortListener } from '../deadline/deadline.ts';

export interface HttpRequest {
  /** For whom it is sent: reads of two tenants never share a socket. */
  readonly tenantId: TenantId;
  readonly method: 'GET' | 'POST';
  /** Whether sending it twice is the same as sending it once, as its endpoint's row says. */
  readonly isRepeatable: boolean;
  /** Path and query, from the root of the origin. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** A request under way; `end` aborts it. */
export interface HttpExchange extends AbortListener {
  /** The response, whole; rejects with a `TransportError` or an `ResponseTooLongError`. */
  readonly response: Promise<HttpResponse>;
}

export interface HttpResponse {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The body as text, unpacked and without a byte order mark; empty for one that can't be unpacked. */
  readonly body: string;
}

/** How a request without a response ended; `neverSent` when Atlas can't have seen any of it. */
export class TransportError extends Error {
  readonly neverSent: boolean;
  readonly isTimeout: boolean;

  constructor(neverSent: boolean, isTimeout: boolean, cause: unknown) {
    super(isTimeout ? 'no answer in time' : 'no answer', { cause });
    this.name = 'TransportError';
    this.neverSent = neverSent;
    this.isTimeout = isTimeout;
  }
}

/** The cause of a request that was aborted because its caller no longer waits. */
export function createAbortError(): DOMException {
  return new DOMException('nobody waits for it', 'AbortError');
}
