import type { GraphQLSchema, OperationTypeNode } from 'graphql';
import type { Right } from '../../identity/rights.ts';
import type { NotedReads } from '../../privacy/audit.ts';
import type { Turns } from '../../turns.ts';
import type { Answer, PublicResult, Refused } from './answers.ts';
import type { SentOperation } from './persisted-operations.ts';
import type { RequestContext } from './request-context.ts';

/** An operation as it was sent. */
export interface SentParams extends SentOperation {
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** A query or mutation that every check has passed. */
export interface ReadyOperation {
  readonly isReady: true;
  readonly kind: OperationTypeNode.QUERY | OperationTypeNode.MUTATION;
  /** Executes it and puts its reads on record. Never rejects. */
  execute(): Promise<Answer>;
}

/** A subscription that every check has passed. It holds nothing of its request but what events need. */
export interface ReadySubscription {
  readonly isReady: true;
  readonly kind: OperationTypeNode.SUBSCRIPTION;
  /** Equal for subscriptions with the same results for callers that may see the same. */
  readonly key: string;
  /** Whether each result counts, so that none may replace another. */
  readonly isLossless: boolean;
  /** Starts it: returns its results, or the one result of a subscription that can't start. Never rejects. */
  subscribe(): Promise<AsyncIterable<PublicResult> | PublicResult>;
  /** Writes a result, or a part of one, as JSON; a promise of it where it is long. */
  write(result: unknown): string | Promise<string>;
  /** The personal data that the latest result shows, for the audit; once for each result. */
  takeReads(): NotedReads;
  /** The version that the latest result shows; null: it shows none. */
  versionOf(): number | null;
  /** The rights of its caller that it has used so far. */
  usedRights(): ReadonlySet<Right>;
}

/** A result of a subscription that many readers share. */
export interface SharedAnswer extends Pick<Answer, 'text' | 'faults'> {
  /** The personal data that it shows. */
  readonly reads: NotedReads;
}

/**
 * The steps of every operation on every transport, in their order. A transport calls these and has no
 * rule of its own for any step.
 */
export interface OperationPipeline {
  readonly schema: GraphQLSchema;
  /** The turns that all long work is divided over. */
  readonly turns: Turns;
  /** The kind of an operation, for a transport that must choose; null for one that would be refused. */
  kindOf(request: RequestContext, sent: SentParams): OperationTypeNode | null;
  /** Takes every step before the execution. Never throws. */
  prepare(request: RequestContext, sent: SentParams): Refused | ReadyOperation | ReadySubscription;
  /** Refuses a request with errors that a transport found. */
  refuse(request: RequestContext, errors: readonly unknown[]): Refused;
  /**
   * Returns a shared result as one reader is shown it: put on record under the reader's request id, or
   * an error where the record can't be written.
   */
  deliver(request: RequestContext, result: SharedAnswer): Pick<Answer, 'text' | 'faults'>;
}
