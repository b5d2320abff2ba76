import type { EndpointName } from './endpoints.ts';

/**
 * Every way a call to Atlas can fail, each with its own consequence for the caller:
 * - `unavailable`: Atlas could not be reached or said that it cannot now; nothing was done.
 * - `deadline`: no answer in time to a call that can be repeated.
 * - `outcome-unknown`: the answer to a call that must not be repeated was lost.
 * - `rejected`: Atlas refused the call itself (4xx).
 * - `unauthorized`: Atlas refuses our credentials, or a token it has just issued.
 * - `too-many-calls`: the operation has made as many calls as it may; nothing was sent.
 * - `contract-broken`: a 2xx answer that is not what CONTRACT.md describes.
 */
export type AtlasFailure =
  | 'unavailable'
  | 'deadline'
  | 'outcome-unknown'
  | 'rejected'
  | 'unauthorized'
  | 'contract-broken'
  | 'too-many-calls';

interface AtlasErrorDetails {
  readonly endpoint: EndpointName;
  readonly failure: AtlasFailure;
  /** The HTTP status, where there was an answer. */
  readonly status?: number | undefined;
  /** The meaning of Atlas's text, as a word of our own; see `error-envelope.ts`. */
  readonly reason?: string | undefined;
  /** How long Atlas asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * A call to Atlas that failed. Holds names, numbers and words of our own only: never a body, a
 * token, a personal value or a query string.
 */
export class AtlasError extends Error {
  readonly endpoint: EndpointName;
  readonly failure: AtlasFailure;
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(details: AtlasErrorDetails) {
    const status = details.status === undefined ? '' : ` (${details.status})`;
    super(`${details.endpoint}: ${details.failure}${status}`, { cause: details.cause });
    this.name = 'AtlasError';
    this.endpoint = details.endpoint;
    this.failure = details.failure;
    this.status = details.status;
    this.reason = details.reason;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** True for a failure that may pass: Atlas could not be reached, or did not answer in time. */
export function isOutage(error: unknown): error is AtlasError {
  if (!(error instanceof AtlasError)) return false;
  return error.failure === 'unavailable' || error.failure === 'deadline';
}

/** A flow or batch that Atlas does not know. */
export class NotFoundError extends Error {
  readonly resource: 'flow' | 'batch';

  constructor(resource: 'flow' | 'batch') {
    super(`no such ${resource}`);
    this.name = 'NotFoundError';
    this.resource = resource;
  }
}
