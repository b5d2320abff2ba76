import type { CallIds } from '../api/call-ids.ts';
import type { CallMeter } from '../api/call-meter.ts';
import { type EndpointInput, type EndpointName, endpointRow } from '../api/endpoints.ts';
import type { Tenant } from '../api/tenant.ts';
import type { Deadline } from '../deadline/deadline.ts';
import type { Priority } from '../transport/concurrency-limiter.ts';

/** One call to Atlas: its tenant, endpoint, encoded input, deadline and priority. */
export interface AtlasRequest<Name extends EndpointName> extends EncodedRequest {
  readonly tenant: Tenant;
  readonly name: Name;
  readonly deadline: Deadline;
  readonly priority: Priority;
  /**
   * The meter of the operation that makes the call; undefined for a call without an operation, or
   * one that several may share.
   */
  readonly meter: CallMeter | undefined;
  /**
   * Derives request ids from the operation's id; undefined without an operation: each request has a
   * random id.
   */
  readonly ids: CallIds | undefined;
  /**
   * True for a readiness check: it is sent whatever the breaker says, once, and its failure does not
   * count.
   */
  readonly isCheck: boolean;
}

/** The path and body of a request, independent of tenant and credentials. */
export interface EncodedRequest {
  /** The path from the root of the service, with the query of a GET. */
  readonly path: string;
  /** The body as JSON; null for a request without a body. */
  readonly body: string | null;
}

/** Encodes the input of a call as a path and a body. Equal inputs give equal results. */
export function encodeRequest<Name extends EndpointName>(
  name: Name,
  input: EndpointInput<Name>,
): EncodedRequest {
  const { method, path, credentials } = endpointRow(name);
  if (method === 'GET') return { path: `${path}${toQuery(input)}`, body: null };
  return { path, body: credentials === 'exchange' ? null : JSON.stringify(input) };
}

function toQuery(input: object): string {
  let query = '';
  for (const [name, value] of Object.entries(input)) {
    const text = encodeURIComponent(String(value).toWellFormed());
    query += `${query === '' ? '?' : '&'}${name}=${text}`;
  }
  return query;
}
