import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { OperationTypeNode } from 'graphql';
import { type CallMeter, createCallMeter } from '../../atlas/api/call-meter.ts';
import type { Cancellation } from '../../atlas/deadline/cancellation.ts';
import type { Principal } from '../../identity/principal.ts';
import type { GatewayContext, Reauthenticate } from '../../schema/operation/context.ts';
import { type AnswerSize, createAnswerSize } from '../execution/answer-size.ts';
import { isIdentifying } from './identifying.ts';
import type { Counted } from './rate-limit.ts';

/**
 * How an operation travels: `http` for one answer; `sse`, `multipart` (Apollo's protocol for
 * subscriptions) and `ws` for many.
 */
export type Transport = 'http' | 'sse' | 'multipart' | 'ws';

/** One GraphQL request on any transport: its caller, its id, and what it costs. */
export interface RequestContext {
  readonly principal: Principal;
  readonly requestId: string;
  readonly transport: Transport;
  readonly meter: CallMeter;
  /** When it arrived, on the monotonic clock, in milliseconds. */
  readonly startedAt: number;
  /** Whether the transport may carry a mutation: a GET may not (GraphQL over HTTP, 5.3.1). */
  readonly mayMutate: boolean;
  /** Whether the caller may not introspect: its errors then name no part of the schema. */
  isStranger: boolean;
  /** Planned calls to Atlas; 0 until the operation is known. */
  planned: number;
  /** Planned values of the answer; 0 until the operation is known. */
  values: number;
  /** The size of the answer so far. */
  readonly answer: AnswerSize;
  /** The operation's name as the log may have it; undefined until it is known, or without a name. */
  operationName?: string;
  kind?: OperationTypeNode;
  /** Whether its outcome was reported to the observers. */
  isAnswered: boolean;
  /** The version that a subscription's client saw last, where its transport names one. */
  readonly resumeAfter?: number | undefined;
  /** Renews the connection that it came by; undefined where that can't be renewed. */
  readonly reauthenticate?: Reauthenticate | undefined;
  /** Cancelled when the client disconnects. */
  gone?: Cancellation;
}

/** Creates the context of a new request. */
export function createRequestContext(
  given: Omit<
    RequestContext,
    'meter' | 'planned' | 'values' | 'answer' | 'isStranger' | 'isAnswered'
  >,
): RequestContext {
  const meter = createCallMeter();
  return {
    ...given,
    meter,
    planned: 0,
    values: 0,
    answer: createAnswerSize(),
    isStranger: false,
    isAnswered: false,
  };
}

/**
 * The name that a caller is counted under, among its tenant's: that of its key or JWT subject, or of
 * the one that issued its grant.
 */
export function toCounted({ tenant, issuer, grant }: Principal): Counted {
  return { tenantId: tenant.id, name: issuer.callerId, grantId: grant?.id };
}

/** The context of every resolver: its operation, and the request that it is part of. */
export interface OperationContext extends GatewayContext {
  readonly request: RequestContext;
}

/** The request of an operation that is executed. */
export function requestContextOf(contextValue: unknown): RequestContext {
  // The pipeline makes the context of every operation.
  return (contextValue as OperationContext).request;
}

/** The id the caller gave in `X-Request-Id`, if it looks like one, or a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  if (typeof given !== 'string' || !/^[\w-]{8,64}$/.test(given)) return newRequestId();
  // The log has no personal data.
  return isIdentifying(given) ? newRequestId() : given;
}

/** The name of an operation as the log may have it: a caller may put anything into a name. */
export function toLoggedName(name: string): string {
  // The cut may go through a number, so more is looked at than is kept.
  return isIdentifying(name.slice(0, 128)) ? 'unnamed' : name.slice(0, 64);
}

/**
 * The `Authorization` of a request; undefined where it came twice, since Node reads the first and a
 * proxy may have checked the other (RFC 9110, 5.3).
 */
export function authorizationOf({ headers, rawHeaders }: IncomingMessage): string | undefined {
  const name = 'authorization';
  let times = 0;
  // Names and values take turns.
  for (let place = 0; place < rawHeaders.length; place += 2) {
    const given = rawHeaders[place];
    if (given?.length === name.length && given.toLowerCase() === name) times += 1;
  }
  return times === 1 ? headers.authorization : undefined;
}

/** From which span a request was sent (W3C Trace Context, 3.2), as its header has it. */
export function traceparentOf(request: IncomingMessage): string | undefined {
  const given = request.headers.traceparent;
  return typeof given === 'string' ? given : undefined;
}

/**
 * The version that a client saw last, as its `Last-Event-ID` has it (HTML, 9.2.4); undefined where that
 * is none of ours.
 */
export function lastEventIdOf({ headers }: IncomingMessage): number | undefined {
  const given = headers['last-event-id'];
  const version = typeof given === 'string' && /^\d{1,16}$/.test(given) ? Number(given) : undefined;
  return version !== undefined && version <= Number.MAX_SAFE_INTEGER ? version : undefined;
}

/** An id for what came without one. */
export function newRequestId(): string {
  // Node leaves it in seventeen pieces of text; thousands of them are kept, so each in one.
  return Buffer.from(randomUUID(), 'latin1').toString('latin1');
}
