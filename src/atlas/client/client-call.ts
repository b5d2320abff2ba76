import type { CallIds } from '../api/call-ids.ts';
import type { CallMeter } from '../api/call-meter.ts';
import {
  type EndpointAnswer,
  type EndpointInput,
  type EndpointName,
  endpointRow,
} from '../api/endpoints.ts';
import type { Tenant } from '../api/tenant.ts';
import type { Deadline } from '../deadline/deadline.ts';
import type { Priority } from '../transport/concurrency-limiter.ts';
import { type AtlasRequest, encodeRequest } from './atlas-request.ts';
import type { CoalescableRead } from './in-flight-reads.ts';

/**
 * Sends a request and retries it within its deadline. Null: Atlas has no such flow or batch.
 * Rejects with an `AtlasError`.
 */
export type SendRequest = <Name extends EndpointName>(
  request: AtlasRequest<Name>,
) => Promise<EndpointAnswer<Name> | null>;

/** The operation and the priority of a call. */
export interface CallTerms {
  readonly meter?: CallMeter | undefined;
  /** Derives request ids from the operation's id; by default each request has a random id. */
  readonly ids?: CallIds | undefined;
  /** The priority of the call; `interactive` by default. */
  readonly priority?: Priority | undefined;
}

/** The number of calls of one operation after which further ones have the priority `batch`. */
const mostInteractiveCalls = 25;

/**
 * One call of the client. If an identical read is in flight, the call joins that read and is never
 * sent.
 */
export class ClientCall<Name extends EndpointName>
  implements AtlasRequest<Name>, CoalescableRead<EndpointAnswer<Name> | null>
{
  readonly tenant: Tenant;
  readonly name: Name;
  readonly path: string;
  readonly body: string | null;
  readonly key: string;
  readonly priority: Priority;
  readonly meter: CallMeter | undefined;
  readonly ids: CallIds | undefined;
  readonly isCheck = false;
  /** The deadline of the call; a shared read has the deadline of the last of its callers. */
  deadline: Deadline;
  isStarted = false;
  readonly #send: SendRequest;

  constructor(
    send: SendRequest,
    tenant: Tenant,
    name: Name,
    input: EndpointInput<Name>,
    deadline: Deadline,
    { priority: lane, meter, ids }: CallTerms,
  ) {
    const { path, body } = encodeRequest(name, input);
    this.tenant = tenant;
    this.name = name;
    this.path = path;
    this.body = body;
    this.key = body === null ? path : `${path} ${body}`;
    this.priority = toPriority(name, lane, meter);
    this.meter = meter;
    this.ids = ids;
    this.deadline = deadline;
    this.#send = send;
  }

  start(deadline: Deadline): Promise<EndpointAnswer<Name> | null> {
    this.isStarted = true;
    this.deadline = deadline;
    return this.#send(this);
  }
}

/**
 * Batches have the priority `batch`, and so do the calls of one operation beyond those that a
 * screen needs.
 */
function toPriority(
  name: EndpointName,
  given: Priority = 'interactive',
  meter?: CallMeter,
): Priority {
  const { service } = endpointRow(name);
  if (service === 'bulk' || service === 'docstream') return 'batch';
  const isMuch = given === 'interactive' && meter && meter.calls > mostInteractiveCalls;
  return isMuch ? 'batch' : given;
}
