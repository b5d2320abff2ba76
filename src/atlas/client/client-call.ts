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

/** Asks a request, for as long as its deadline says. */
export type SendRequest = <Name extends EndpointName>(
  request: AtlasRequest<Name>,
) => Promise<EndpointAnswer<Name> | null>;

/** For whom a call is made. */
export interface CallTerms {
  readonly meter?: CallMeter | undefined;
  /** Names the requests to Atlas after the operation; each has an id of its own unless given. */
  readonly ids?: CallIds | undefined;
  /** Which lane the call takes where calls wait; `interactive` unless given. */
  readonly priority?: Priority | undefined;
}

/** What an operation asks beyond so many calls is work in bulk. */
const mostInteractiveCalls = 25;

/** A call of the client: the question it asks, or, where that is asked already, would have asked. */
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
  /** Until when it is asked; of a read that others wait for too, until the last of them has gone. */
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

/** Batches are work in bulk, and so is what one operation asks beyond what a screen needs. */
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
