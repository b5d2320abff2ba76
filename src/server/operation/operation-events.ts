import { GraphQLError } from 'graphql';
import { type ErrorCode, errorCodes } from '../../schema/operation/errors.ts';
import type { TenantId } from '../../tenant-id.ts';
import type { RequestContext, Transport } from './request-context.ts';

/**
 * How an operation was answered. `errors`: it was run, and something failed; `refused`: it was not
 * run; `left`: whoever asked had gone before.
 */
export type OperationOutcome = 'ok' | 'errors' | 'refused' | 'left';

/** What is wrong with one result, by the codes its client is told; one code an error. */
export interface ResultErrors {
  readonly outcome: 'errors' | 'refused';
  readonly codes: readonly [ErrorCode, ...ErrorCode[]];
}

/** A request that was turned away before there was an operation to speak of. */
export interface Refusal {
  readonly transport: Transport;
  /** Undefined when its caller is nobody. */
  readonly tenantId: TenantId | undefined;
  readonly code: ErrorCode;
}

/** What is told of operations, on every transport alike; none of it holds a value. */
export interface OperationEvents {
  /** An operation of a known caller has come, with the span it was sent from, if it says so. */
  readonly onBegun?: (asked: RequestContext, traceparent: string | undefined) => void;
  /**
   * It was answered: told once, before the answer leaves, or when it is known that nobody waits for
   * it. Of a subscription this is its first result.
   */
  readonly onAnswered?: (
    asked: RequestContext,
    outcome: OperationOutcome,
    code: ErrorCode | undefined,
  ) => void;
  /** Somebody was told errors; of a subscription, each result that has some, for each reader. */
  readonly onErrors?: (
    transport: Transport,
    tenantId: TenantId,
    codes: readonly ErrorCode[],
  ) => void;
  /** A request was turned away, with an error that is not told of otherwise. */
  readonly onRefused?: (refusal: Refusal) => void;
}

/** Codes that say that the caller, and not what was asked for, stood in the way. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'QUERY_TOO_COMPLEX',
]);

/** Tells of a result on its way to a client, and, if it is the first, of how it was answered. */
export function notifyResult(
  events: OperationEvents,
  asked: RequestContext,
  faults: ResultErrors | null,
): void {
  if (!asked.isAnswered) {
    asked.isAnswered = true;
    events.onAnswered?.(asked, faults?.outcome ?? 'ok', faults?.codes[0]);
  }
  if (faults !== null) {
    events.onErrors?.(asked.transport, asked.principal.tenant.id, faults.codes);
  }
}

/** Tells of an operation that is over: of how it was answered, unless a result has told. */
export function notifyEnd(
  events: OperationEvents,
  asked: RequestContext,
  outcome: OperationOutcome,
): void {
  if (asked.isAnswered) return;
  asked.isAnswered = true;
  events.onAnswered?.(asked, outcome, undefined);
}

/** What is wrong with a result that a client may see; null: nothing. */
export function faultsOf(result: unknown): ResultErrors | null {
  if (typeof result !== 'object' || result === null || !('errors' in result)) return null;
  const [first, ...rest] = Array.isArray(result.errors) ? result.errors.map(codeOf) : [];
  if (first === undefined) return null;
  // Only what was run has a place for data (GraphQL, 7.1.2).
  const isRefused = !('data' in result) && refusals.has(first);
  return { outcome: isRefused ? 'refused' : 'errors', codes: [first, ...rest] };
}

/** What is wrong where an operation was not run at all. */
export function toRefusedFaults(errors: readonly GraphQLError[]): ResultErrors {
  const [first = 'INTERNAL', ...rest] = errors.map(codeOf);
  return { outcome: 'refused', codes: [first, ...rest] };
}

/** The code of an error that a client may see. */
export function codeOf(error: unknown): ErrorCode {
  const code = error instanceof GraphQLError ? error.extensions.code : undefined;
  return errorCodes.find((candidate) => candidate === code) ?? 'INTERNAL';
}
