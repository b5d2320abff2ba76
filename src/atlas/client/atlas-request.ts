import type { CallIds } from '../api/call-ids.ts';
import type { CallMeter } from '../api/call-meter.ts';
import { type EndpointInput, type EndpointName, endpointRow } from '../api/endpoints.ts';
import type { Tenant } from '../api/tenant.ts';
import type { Deadline } from '../deadline/deadline.ts';
import type { Priority } from '../transport/concurrency-limiter.ts';

/** What is asked of Atlas, by whom, and how long they wait. */
export interface AtlasRequest<Name extends EndpointName> extends EncodedRequest {
  readonly tenant: Tenant;
  readonly name: Name;
  readonly deadline: Deadline;
  readonly priority: Priority;
  /** The meter of the operation that asks; undefined where none does, or several may. */
  readonly meter: CallMeter | undefined;
  /** Names the requests after the operation; undefined where none asks: each has an id of its own. */
  readonly ids: CallIds | undefined;
  /**
   * True for a readiness check: it is sent whatever the breaker says, once, and its failure does not
   * count.
   */
  readonly isCheck: boolean;
}

/** A question as it is sent, whoever asks it. */
export interface EncodedRequest {
  /** From the root of its service, with the query of a GET. */
  readonly path: string;
  /** JSON; null where none is sent. */
  readonly body: string | null;
}

/** Puts the input of a call into words; the same input gives the same ones. */
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
