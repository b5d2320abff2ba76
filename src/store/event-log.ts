import type { TenantId } from '../tenant-id.ts';

/*
 * The log of what happened, one per tenant. It holds ids, kinds, states, versions and times, and no
 * values. The numbers of a tenant's events follow each other without a gap, in the order in which they
 * were committed, so a reader that has read up to a number has missed nothing before it. Events leave
 * the log at its old end alone.
 */

/** The kinds of events that callers can read. */
export const eventKinds = [
  'FLOW_OPENED',
  'DOCUMENTS_SUBMITTED',
  'FLOW_STATUS_CHANGED',
  'DOCUMENT_EXTRACTED',
  'DOCUMENT_FAILED',
  'FLOW_ENDED',
  'BATCH_PROGRESSED',
  'BATCH_ENDED',
  'CALLBACK_RECEIVED',
  'GRANT_ISSUED',
  'GRANTS_REVOKED',
  'FOLLOWING_GIVEN_UP',
  'WEBHOOK_PAUSED',
] as const;
/** The kind of an event in the log. */
export type EventKind = (typeof eventKinds)[number];

/** A failed call to Atlas is shown on the timeline of its flow alone. */
export type LoggedKind = EventKind | 'CALL_FAILED';

/** The four words of a status (CONTRACT 4.3). */
export interface StatusWords {
  readonly state: string;
  readonly upload: string;
  readonly processing: string;
  readonly crossCheck: string;
}

/** The counts of a batch, as events tell them. */
export interface BatchCounts {
  /** Documents with a result, good or bad. */
  readonly arrived: number;
  readonly failed: number;
  /** Submitted documents without a result. */
  readonly missing: number;
}

/** The data of an event in addition to its kind, its time and its subject. */
export interface EventDetail {
  /** Of a changed status: `POLL`, `CALLBACK` or `CACHE`. */
  readonly source?: string;
  /** Of a changed status and of an end: the status from then on. */
  readonly status?: StatusWords;
  /** Of a changed state: its version. */
  readonly version?: number;
  /** Of a submission. */
  readonly documentIds?: readonly string[];
  /** Of a document's result. */
  readonly documentId?: string;
  /** Of a batch's progress. */
  readonly counts?: BatchCounts;
  /** Of a failed call: the public error code. */
  readonly failure?: string;
  /** Of a revocation: the moment before which grants are revoked, in milliseconds since the epoch. */
  readonly revokedBefore?: number;
  /** Of a paused webhook. */
  readonly webhookId?: string;
}

/** An event that is to be written. */
export interface NewEvent {
  readonly kind: LoggedKind;
  /** When it happened, in milliseconds since the epoch. */
  readonly at: number;
  readonly flowUuid?: string;
  /** The service and the id of a batch, as the register names it. */
  readonly batchKey?: string;
  readonly detail?: EventDetail;
}

/** An event of the log. */
export interface LoggedEvent {
  /** Its place in the tenant's log. */
  readonly number: number;
  readonly kind: LoggedKind;
  readonly at: number;
  readonly flowUuid: string | null;
  /** The application of the flow, where it was opened here. */
  readonly applicationId: string | null;
  readonly batchKey: string | null;
  readonly detail: EventDetail;
}

/** Events that have all that is named; what is left out does not matter. */
export interface EventQuery {
  /** At most so many events. */
  readonly first: number;
  /** The number behind which the page begins; 0: at the oldest event. */
  readonly after: number;
  /** All that callers can read by default. */
  readonly kinds?: readonly LoggedKind[];
  readonly flowUuid?: string;
  readonly applicationId?: string;
  /** Events of this moment or later, in milliseconds since the epoch. */
  readonly since?: number;
}

/** A page of the log. */
export interface LogPage extends LogBounds {
  readonly events: readonly LoggedEvent[];
  /** The number behind which the next page begins. */
  readonly readTo: number;
  /** Whether the log goes on behind `readTo`. The events there need not match. */
  readonly hasNext: boolean;
}

/** The ends of a tenant's log. */
export interface LogBounds {
  /** The number of the oldest event that is kept; one more than `last` in an empty log. */
  readonly oldest: number;
  /** The number of the newest event; 0 before the first. */
  readonly last: number;
}

/** The log. Writers append to it in the transaction of the change that an event tells. */
export interface EventLog {
  bounds(tenantId: TenantId): Promise<LogBounds>;
  /**
   * Reads events in order. It looks at a bounded part of the log, so a page of rare events can hold
   * fewer than asked for and still have a next one.
   */
  read(tenantId: TenantId, query: EventQuery): Promise<LogPage>;
  /** Hints that the log of a tenant has grown, in this process or another; a hint can be lost. The answer ends it. */
  listen(listener: (tenantId: TenantId) => void): () => void;
}

/** How many events a tenant's log keeps: the newest ones. */
export const mostTenantEvents = 1_000_000;

/** How many events of the kinds that a caller can repeat at will are kept of one flow: the first ones. */
export const mostFlowEvents = 1_000;

/** The kinds that count towards `mostFlowEvents`; others are always kept. */
export const repeatableKinds: ReadonlySet<LoggedKind> = new Set([
  'DOCUMENTS_SUBMITTED',
  'CALLBACK_RECEIVED',
  'GRANT_ISSUED',
  'GRANTS_REVOKED',
  'CALL_FAILED',
]);

/** Milliseconds since the epoch from which the numbers of a new log count. */
export const numberEpochMs = Date.UTC(2025, 0, 1);

/**
 * The number before the first one of a log that begins at a moment, in milliseconds since the epoch. A
 * log that was lost and begins anew has greater numbers than the one before, so no old cursor is taken
 * for one of it.
 */
export function toFirstNumber(at: number): number {
  return Math.max(0, Math.floor(at) - numberEpochMs);
}

/** The kinds of events in the timeline of a flow. */
export const flowEventKinds = [
  'CREATED',
  'UPLOADED',
  'CHANGED',
  'CALLED_BACK',
  'FAILED',
  'GRANTED',
] as const;
/** The kind of an event in the timeline of a flow. */
export type FlowEventKind = (typeof flowEventKinds)[number];

/** An event in the timeline of a flow, which is a view of the log. */
export interface FlowEvent
  extends Pick<EventDetail, 'source' | 'status' | 'documentIds' | 'failure'> {
  readonly number: number;
  readonly kind: FlowEventKind;
  readonly at: number;
}

const timelineNames: Partial<Record<LoggedKind, FlowEventKind>> = {
  FLOW_OPENED: 'CREATED',
  DOCUMENTS_SUBMITTED: 'UPLOADED',
  FLOW_STATUS_CHANGED: 'CHANGED',
  CALLBACK_RECEIVED: 'CALLED_BACK',
  CALL_FAILED: 'FAILED',
  GRANT_ISSUED: 'GRANTED',
};

/** The logged kinds that a timeline shows. */
export const timelineKinds: readonly LoggedKind[] = [
  'FLOW_OPENED',
  'DOCUMENTS_SUBMITTED',
  'FLOW_STATUS_CHANGED',
  'CALLBACK_RECEIVED',
  'CALL_FAILED',
  'GRANT_ISSUED',
];

/** An event as a timeline shows it; null for a kind that it does not show. */
export function toFlowEvent({ number, kind, at, detail }: LoggedEvent): FlowEvent | null {
  const name = timelineNames[kind];
  if (name === undefined) return null;
  const { source, status, documentIds, failure } = detail;
  return {
    number,
    kind: name,
    at,
    ...(source === undefined ? {} : { source }),
    ...(status === undefined ? {} : { status }),
    ...(documentIds === undefined ? {} : { documentIds }),
    ...(failure === undefined ? {} : { failure }),
  };
}
