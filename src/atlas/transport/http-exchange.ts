import type { TenantId } from '../../tenant-id.ts';
import type { AbortListener } from '../deadline/deadline.ts';

/** A request to one host. */
export interface HttpRequest {
  /** The tenant of the request: reads of two tenants never share a socket. */
  readonly tenantId: TenantId;
  readonly method: 'GET' | 'POST';
  /** Whether sending it twice is the same as sending it once, as its endpoint's row says. */
  readonly isRepeatable: boolean;
  /** Path and query, from the root of the origin. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** A request in flight; `abort` aborts it. */
export interface HttpExchange extends AbortListener {
  /** The response, whole; rejects with a `TransportError` or an `ResponseTooLongError`. */
  readonly response: Promise<HttpResponse>;
}

/** A response with its body decoded to text. */
export interface HttpResponse {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The body as text, unpacked and without a byte order mark; empty for one that can't be unpacked. */
  readonly body: string;
}

/** A request without a response; `neverSent` is true if no byte of it can have reached Atlas. */
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

/** The cause of the error of a request that was aborted. */
export function createAbortError(): DOMException {
  return new DOMException('the request was aborted', 'AbortError');
}
