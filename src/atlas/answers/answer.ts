import type { Turns } from '../../turns.ts';
import {
  type EndpointAnswer,
  type EndpointName,
  endpointRow,
  endpoints,
} from '../api/endpoints.ts';
import { AtlasError, type AtlasFailure } from '../api/errors.ts';
import { doInTurns } from '../json/work.ts';
import { mostAtOnce, parseMasked, parseMaskedInSteps } from '../masking/masked-json.ts';
import { type HttpResponse, TransportError } from '../transport/http-exchange.ts';
import { ResponseTooLongError } from '../transport/response-text.ts';
import { readErrorReason } from './error-envelope.ts';

/**
 * Reads the body of an answer as JSON, in which every Aadhaar number is masked; undefined for what is
 * no JSON, or too much of it. A long body is read over several turns of the event loop.
 */
export function readBody(
  { body }: HttpResponse,
  turns: Turns,
  owner: object,
): unknown | Promise<unknown> {
  if (body.length <= mostAtOnce) return parseMasked(body);
  return doInTurns(parseMaskedInSteps(body), turns, owner);
}

/**
 * The meaning of a response whose body was read: the validated body of a 2xx, null for the status
 * that means absence, and an `AtlasError` for all else.
 */
export function readAnswer<Name extends EndpointName>(
  name: Name,
  answer: HttpResponse,
  body: unknown,
  wallNow: () => number,
): EndpointAnswer<Name> | null {
  const row = endpointRow(name);
  const { status } = answer;
  if (status < 200 || status > 299) {
    const refusal = toRefusal(name, answer, body, wallNow);
    // The status that means absence elsewhere (CONTRACT 3.1) may also be that of a refused token.
    if (status === row.absentStatus && refusal.failure !== 'unauthorized') return null;
    throw refusal;
  }
  const parsed = endpoints[name].answer.safeParse(body);
  if (!parsed.success) {
    // A call that must not be repeated may have taken effect, and calling again cannot show its
    // outcome.
    const failure = row.isRepeatable ? 'contract-broken' : 'outcome-unknown';
    throw new AtlasError({ endpoint: name, failure, status, reason: 'answer-unreadable' });
  }
  // The schema is the one of this row, which the compiler can't follow through the index.
  return parsed.data as EndpointAnswer<Name>;
}

/** The failure to report to the caller of a request that got no response. */
export function toTransportFailure(name: EndpointName, error: unknown): AtlasError {
  const { isRepeatable } = endpointRow(name);
  if (error instanceof ResponseTooLongError) {
    const failure = isRepeatable ? 'contract-broken' : 'outcome-unknown';
    return new AtlasError({ endpoint: name, failure, reason: 'answer-too-long', cause: error });
  }
  const isLost = !(error instanceof TransportError && error.neverSent);
  const isTimeout = error instanceof TransportError && error.isTimeout;
  let failure: AtlasFailure = isTimeout ? 'deadline' : 'unavailable';
  if (!isRepeatable && isLost) failure = 'outcome-unknown';
  return new AtlasError({ endpoint: name, failure, cause: error });
}

function toRefusal(
  name: EndpointName,
  answer: HttpResponse,
  body: unknown,
  wallNow: () => number,
): AtlasError {
  const { status } = answer;
  const reason = readErrorReason(body);
  const { credentials, isRepeatable } = endpointRow(name);
  // A proxy, or another version, may answer 400 or 403 where CONTRACT 3.1 has 401.
  const isTokenRefused =
    credentials === 'token' && (status === 400 || status === 403) && reason === 'token-invalid';
  return new AtlasError({
    endpoint: name,
    failure: isTokenRefused ? 'unauthorized' : toFailure(status, isRepeatable),
    status,
    reason,
    retryAfterMs: toRetryAfterMs(answer.retryAfter?.trim(), wallNow),
  });
}

function toFailure(status: number, isRepeatable: boolean): AtlasFailure {
  if (status === 401) return 'unauthorized';
  // 503 says that nothing was done (CONTRACT 3.1); the other 5xx may come from a proxy on the way.
  if (status === 503 || status === 429) return 'unavailable';
  if (status >= 500) return isRepeatable ? 'unavailable' : 'outcome-unknown';
  if (status >= 400) return 'rejected';
  return isRepeatable ? 'contract-broken' : 'outcome-unknown';
}

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), as milliseconds from now. */
function toRetryAfterMs(header: string | undefined, wallNow: () => number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1000;
  // Date.parse takes "-1" and many a number for a year; a date of HTTP begins with the weekday.
  const at = /^[a-z]{3,9},? /i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - wallNow());
}
