/** One entry of `errors` in a response of the gateway. */
export interface GraphError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: {
    /** Stable code, such as `NOT_FOUND`; the gateway's documentation lists all of them. */
    readonly code?: string;
    readonly retryable?: boolean;
    readonly retryAfterMs?: number;
    readonly requestId?: string;
  };
}

/** Codes after which the same request gives the same answer. */
const finalCodes = ['BAD_USER_INPUT', 'FORBIDDEN', 'NOT_FOUND', 'QUERY_TOO_COMPLEX'];

/**
 * A request or subscription that failed. `code` is the gateway's `extensions.code`, or `NETWORK` where
 * no answer of the gateway was received.
 */
export class AtlasError extends Error {
  override readonly name = 'AtlasError';
  readonly code: string;
  /** True if a repeat cannot succeed. */
  readonly isFinal: boolean;
  /** True if a repeat may succeed: there was no answer, or the gateway says so. */
  readonly isRetryable: boolean;
  /** Milliseconds to wait before a repeat; 0 where the gateway named none. */
  readonly retryAfterMs: number;
  /** Id of the request in the gateway's log; undefined without an answer. */
  readonly requestId: string | undefined;
  /** The token that was refused, of `UNAUTHENTICATED`. */
  readonly token: string | undefined;

  constructor(error: GraphError, token?: string) {
    super(error.message);
    const { code = 'NETWORK', retryable, retryAfterMs = 0, requestId } = error.extensions ?? {};
    this.code = code;
    this.isFinal = finalCodes.includes(code);
    this.isRetryable = retryable ?? code === 'NETWORK';
    this.retryAfterMs = retryAfterMs;
    this.requestId = requestId;
    this.token = token;
  }
}

/** The failure as an `AtlasError`; without an answer of the gateway its code is `NETWORK`. */
export function toAtlasError(failure: unknown): AtlasError {
  if (failure instanceof AtlasError) return failure;
  return new AtlasError({ message: failure instanceof Error ? failure.message : 'No connection' });
}

/** An error without an answer of the gateway. */
export function networkError(message: string): AtlasError {
  return new AtlasError({ message });
}

/** An error for a refused token. */
export function unauthenticated(token: string): AtlasError {
  const message = 'The gateway refused the token';
  return new AtlasError({ message, extensions: { code: 'UNAUTHENTICATED' } }, token);
}
