import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { OperationTypeNode } from 'graphql';
import { type CallMeter, createCallMeter } from '../../atlas/api/call-meter.ts';
import type { Cancellation } from '../../atlas/deadline/cancellation.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Reauthenticate } from '../../schema/operation/context.ts';
import { type AnswerSize, createAnswerSize } from '../execution/answer-size.ts';
import { isIdentifying } from './identifying.ts';
import type { Counted } from './rate-limit.ts';

/**
 * How an operation travels: `http` for one answer; `sse`, `multipart` (Apollo's protocol for
 * subscriptions) and `ws` for many.
 */
export type Transport = 'http' | 'sse' | 'multipart' | 'ws';

/** One request to the graph, on any transport: who asks, under which id, and what it costs. */
export interface Asked {
  readonly principal: Principal;
  readonly requestId: string;
  readonly transport: Transport;
  readonly meter: CallMeter;
  /** When it came, on the monotonic clock, in milliseconds. */
  readonly startedAt: number;
  /** Whether the graph is kept from this caller: faults then name nothing that was not asked for. */
  isStranger: boolean;
  /** How many calls to Atlas are reckoned with; filled in once the operation is known. */
  planned: number;
  /** How many values the answer has at most; filled in once the operation is known. */
  values: number;
  /** The bytes of the answer that is being made. */
  readonly answer: AnswerSize;
  /** Filled in once the operation is known. */
  operationName?: string;
  kind?: OperationTypeNode;
  /** Whether somebody was told how it was answered. */
  isAnswered: boolean;
  /** The version that a subscription's client saw last, where its transport names one. */
  readonly resumeAfter?: number | undefined;
  /** Renews the connection that it came by; undefined where that can't be renewed. */
  readonly reauthenticate?: Reauthenticate | undefined;
  /** Cancelled when whoever asked has gone. */
  gone?: Cancellation;
}

/** Begins a request. */
export function createAsked(
  asked: Omit<Asked, 'meter' | 'planned' | 'values' | 'answer' | 'isStranger' | 'isAnswered'>,
): Asked {
  const meter = createCallMeter();
  return {
    ...asked,
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

/** What a transport hands to Yoga; all under one key, so that nothing of ours is mistaken. */
export interface ServerContext {
  readonly asked: Asked;
  /** What the body of a request held, where it was read already. */
  readonly given?: object;
}

/** The request behind a context that Yoga made. */
export function askedOf(contextValue: unknown): Asked {
  // Every transport hands its ServerContext in; see answerWhole and prepareOperation.
  return (contextValue as ServerContext).asked;
}

/** The id the caller gave in `X-Request-Id`, if it looks like one, or a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  if (typeof given !== 'string' || !/^[\w-]{8,64}$/.test(given)) return newRequestId();
  // It goes into the log, where nothing personal may stand, whoever puts it there.
  return isIdentifying(given) ? newRequestId() : given;
}

/** The name of an operation as it may stand in the log: callers choose it, and may put anything in. */
export function toLoggedName(name: string): string {
  // Nothing is told by half: what the cut goes through is looked at as well.
  return isIdentifying(name.slice(0, 128)) ? 'unnamed' : name.slice(0, 64);
}

/**
 * The `Authorization` of a request; undefined where it came twice, since Node reads the first and
 * whoever passed it on may have looked at the other (RFC 9110, 5.3).
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
  const version = typeof given === 'string' && /^\d{1,10}$/.test(given) ? Number(given) : undefined;
  return version !== undefined && version <= mostVersion ? version : undefined;
}

/** The greatest Int of GraphQL, which every version is. */
const mostVersion = 2 ** 31 - 1;

/** An id for what came without one. */
export function newRequestId(): string {
  // Node leaves it in seventeen pieces of text; thousands of them are kept, so each in one.
  return Buffer.from(randomUUID(), 'latin1').toString('latin1');
}
