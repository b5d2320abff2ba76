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
import type { Lane } from '../transport/lanes.ts';
import type { SharedRead } from './in-flight.ts';
import { type Question, toWording } from './question.ts';

/** Asks a question, for as long as its deadline says. */
export type Ask = <Name extends EndpointName>(
  question: Question<Name>,
) => Promise<EndpointAnswer<Name> | null>;

/** For whom a call is made. */
export interface CallTerms {
  readonly meter?: CallMeter | undefined;
  /** Names the requests to Atlas after the operation; each has an id of its own unless given. */
  readonly ids?: CallIds | undefined;
  /** Which lane the call takes where calls wait; `interactive` unless given. */
  readonly lane?: Lane | undefined;
}

/** What an operation asks beyond so many calls is work in bulk. */
const mostInteractiveCalls = 25;

/** A call of the client: the question it asks, or, where that is asked already, would have asked. */
export class Call<Name extends EndpointName>
  implements Question<Name>, SharedRead<EndpointAnswer<Name> | null>
{
  readonly tenant: Tenant;
  readonly name: Name;
  readonly path: string;
  readonly body: string | null;
  readonly key: string;
  readonly lane: Lane;
  readonly meter: CallMeter | undefined;
  readonly ids: CallIds | undefined;
  readonly isCheck = false;
  /** Until when it is asked; of a read that others wait for too, until the last of them has gone. */
  deadline: Deadline;
  isStarted = false;
  readonly #ask: Ask;

  constructor(
    ask: Ask,
    tenant: Tenant,
    name: Name,
    input: EndpointInput<Name>,
    deadline: Deadline,
    { lane, meter, ids }: CallTerms,
  ) {
    const { path, body } = toWording(name, input);
    this.tenant = tenant;
    this.name = name;
    this.path = path;
    this.body = body;
    this.key = body === null ? path : `${path} ${body}`;
    this.lane = toLane(name, lane, meter);
    this.meter = meter;
    this.ids = ids;
    this.deadline = deadline;
    this.#ask = ask;
  }

  start(deadline: Deadline): Promise<EndpointAnswer<Name> | null> {
    this.isStarted = true;
    this.deadline = deadline;
    return this.#ask(this);
  }
}

/** Batches are work in bulk, and so is what one operation asks beyond what a screen needs. */
function toLane(name: EndpointName, given: Lane = 'interactive', meter?: CallMeter): Lane {
  const { service } = endpointRow(name);
  if (service === 'bulk' || service === 'docstream') return 'batch';
  const isMuch = given === 'interactive' && meter && meter.calls > mostInteractiveCalls;
  return isMuch ? 'batch' : given;
}
