import type { TenantId } from '../tenant-id.ts';
import type { BatchCounts, EventLog, StatusWords } from './event-log.ts';

/*
 * The port: what outlives a request or a process. An adapter may stand in this process or far away,
 * and other processes may write to the same place, so every method is a promise, each does all it
 * says in one step or nothing of it, and every one but the upkeep takes a tenant. It keeps
 * ids, times and words of our own: no personal data, no address of a file, no body.
 *
 * A promise of a method that is marked `kept` is fulfilled only once what it wrote would survive the
 * end of the process, and of the machine. The other facts can be read again from Atlas.
 */

/** A place that outlives the process. Every method rejects with a StoreError when it can't be reached. */
export interface Store {
  readonly flows: FlowRegister;
  readonly batches: BatchRegister;
  readonly callbacks: CallbackRegister;
  readonly keys: KeyRegister;
  readonly grants: GrantRegister;
  readonly events: EventLog;
  /** Whether other processes write here too, so that what was read may have changed since. */
  readonly isShared: boolean;
  /** The secret of that name: the one kept, or from now on the one given. Kept. */
  secret(name: string, candidate: string): Promise<string>;
  /** Forgets what is older, at most so many things; answers how many. Less than `most`: all done. */
  forget(older: RetentionCutoffs, most: number): Promise<number>;
  close(): Promise<void>;
}

/** Moments before which things are forgotten, in milliseconds since the epoch. */
export interface RetentionCutoffs {
  /** Flows with all that belongs to them, batches, and calls that belong to no flow. */
  readonly flowsBefore: number;
  readonly keysBefore: number;
  readonly grantsBefore: number;
  /** Events of the log. */
  readonly eventsBefore: number;
}

/** The ids that Atlas gave one uploaded file. */
export interface Receipt {
  readonly fileUuid: string | undefined;
  readonly batchId: string | undefined;
}

/** A status as it was seen when it changed last. */
export interface ObservedStatus {
  readonly status: StatusWords;
  readonly version: number;
  readonly at: number;
}

/** A status that is new. */
export interface StatusChange extends ObservedStatus {
  /** How it was learned: `POLL`, `CALLBACK` or `CACHE`. */
  readonly source: string;
  /** Whether it is terminal. */
  readonly hasEnded: boolean;
}

/** One flow as a list shows it. Application and product type are null where it was opened elsewhere. */
export interface FlowEntry {
  readonly uuid: string;
  readonly applicationId: string | null;
  readonly productType: string | null;
  /** Whether Atlas was told to call this gateway when the flow ends. */
  readonly isCalledBack: boolean;
  readonly createdAt: number;
  /** When files were last uploaded here. */
  readonly uploadedAt: number | null;
  /** The state that `FlowFilter.states` compares: the last one seen, or the one a flow begins with. */
  readonly state: string;
  readonly last: ObservedStatus | null;
}

/** All that is known of a flow that Atlas does not tell. */
export interface FlowRecord extends FlowEntry {
  readonly submittedDocumentIds: readonly string[];
  /** The ids that Atlas gave the files it took, by document id. */
  readonly receipts: ReadonlyMap<string, Receipt>;
  /**
   * The ids that Atlas gave the earlier attempts of documents that were uploaded again, oldest first,
   * by document id; of a document that was uploaded once there is no entry.
   */
  readonly earlierReceipts: ReadonlyMap<string, readonly Receipt[]>;
}

/** How many earlier attempts of a document are kept: the first ones. */
export const maxEarlierAttempts = 100;

/** A flow that was opened through this gateway. */
export interface FlowOpening {
  readonly uuid: string;
  readonly applicationId: string;
  readonly productType: string;
  readonly isCalledBack: boolean;
  /** The reference of its opening, and of its callback address if Atlas calls here. */
  readonly reference: string;
  readonly at: number;
}

/** Documents that were uploaded to a flow. */
export interface FlowUpload {
  readonly documentIds: readonly string[];
  readonly receipts?: ReadonlyMap<string, Receipt>;
  readonly at: number;
}

/** The result of reading one document. */
export interface DocumentResult {
  readonly documentId: string;
  /** Atlas's id of the file; null where its answer names none. */
  readonly fileUuid: string | null;
  readonly hasFailed: boolean;
}

/** One page of a list. */
export interface Page<Entry> {
  readonly entries: readonly Entry[];
  readonly hasNext: boolean;
}

/** Where an entry stands in a list of flows, whatever the filter. */
export interface FlowCursor {
  readonly createdAt: number;
  readonly uuid: string;
}

/** Flows that have all that is named; what is left out does not matter. */
export interface FlowFilter {
  readonly states?: readonly string[];
  readonly applicationId?: string;
  readonly productType?: string;
  /** Both exclusive. */
  readonly createdAfter?: number;
  readonly createdBefore?: number;
}

/** A query for a page of flows. */
export interface FlowQuery {
  readonly first: number;
  /** The place behind which the page begins. */
  readonly after?: FlowCursor;
  readonly filter?: FlowFilter;
  readonly isOldestFirst?: boolean;
}

/** The flows of all tenants. */
export interface FlowRegister {
  /**
   * Writes down a flow that was opened here and binds its reference to it; true if Atlas has called
   * by that already. Existing facts about the flow stay. Kept.
   */
  open(tenantId: TenantId, opening: FlowOpening): Promise<boolean>;
  /**
   * Adds documents to a flow; of one that was opened elsewhere nothing else is known. An id that is
   * there already is a further attempt of that document. Kept.
   */
  upload(tenantId: TenantId, uuid: string, upload: FlowUpload): Promise<void>;
  /**
   * Writes down a status, with the events that tell of it. An older version than the one known, and a
   * flow that is not on the register, change nothing.
   */
  recordStatus(tenantId: TenantId, uuid: string, seen: StatusChange): Promise<void>;
  /**
   * Writes down which documents have a result. A result that is known, and one of an earlier attempt
   * of its document, change nothing; nor does a document that was not submitted here.
   */
  recordResults(
    tenantId: TenantId,
    uuid: string,
    landed: { readonly documents: readonly DocumentResult[]; readonly at: number },
  ): Promise<void>;
  /** Logs a call for a flow that failed, with its public error code, if the flow is on the register. */
  recordFailure(
    tenantId: TenantId,
    uuid: string,
    failed: { readonly failure: string; readonly at: number },
  ): Promise<void>;
  /** At once, and no promise, where the store need not wait for it. */
  find(tenantId: TenantId, uuid: string): FlowRecord | null | Promise<FlowRecord | null>;
  /** Flows by when they were written down, the newest first unless told otherwise. */
  page(tenantId: TenantId, query: FlowQuery): Promise<Page<FlowEntry>>;
}

/** A batch that was submitted through this gateway. */
export interface BatchRecord {
  readonly submittedDocumentIds: readonly string[];
}

/** The batches of all tenants. */
export interface BatchRegister {
  /** Writes down a batch that was submitted here. Kept. */
  submit(
    tenantId: TenantId,
    batchKey: string,
    batch: BatchRecord & { readonly at: number },
  ): Promise<void>;
  find(tenantId: TenantId, batchKey: string): Promise<BatchRecord | null>;
  /**
   * Writes down how far a batch has come, with the event that tells of it. An older version than the
   * one known, the same counts, and a batch that was not submitted here change nothing.
   */
  recordProgress(tenantId: TenantId, batchKey: string, seen: SeenBatch): Promise<void>;
}

/** How far a batch has come. */
export interface SeenBatch {
  readonly counts: BatchCounts;
  readonly version: number;
  readonly at: number;
}

/** The callbacks of Atlas, by reference and by flow. */
export interface CallbackRegister {
  /** Notes a call, on the flow's timeline too, and answers its flow; null while none is bound. Kept. */
  call(tenantId: TenantId, reference: string, at: number): Promise<string | null>;
  /** The flow that a reference is bound to, and whether Atlas has called by it. */
  find(
    tenantId: TenantId,
    reference: string,
  ): Promise<{ readonly flowUuid: string | null; readonly hasCalled: boolean } | null>;
  /** Whether a call has come for a flow. */
  hasCalled(tenantId: TenantId, flowUuid: string): Promise<boolean>;
}

/** The key of a caller's for one thing that must be done once. */
export interface KeyName {
  /** The mutation it was given to: each has keys of its own. */
  readonly field: string;
  readonly key: string;
}

/** An attempt to do it. */
export interface Attempt {
  readonly bodyHash: string;
  /** Identifies the attempt, so that its result can be found should the answer be lost. */
  readonly reference: string;
  readonly at: number;
  /** Until when it may be under way; whoever comes before that waits for it. */
  readonly busyUntil: number;
}

/** The stored attempt of an idempotency key, with its result. */
export interface KeyRecord extends Attempt {
  /** The result, as JSON; null while it is not known. */
  readonly result: string | null;
}

/** The idempotency keys of all tenants. */
export interface KeyRegister {
  /**
   * Begins an attempt under a key: null, and it is this one's turn. Else what is kept of another,
   * unless that has no result and is the one that is to be replaced, by its reference. Kept.
   */
  begin(
    tenantId: TenantId,
    name: KeyName,
    attempt: Attempt,
    replacedReference?: string,
  ): Promise<KeyRecord | null>;
  /** Writes down what came of an attempt; the first result stands. Kept. */
  finish(tenantId: TenantId, name: KeyName, result: string): Promise<void>;
  /** Says that an attempt is over, and that nobody knows what came of it. Kept. */
  markUnknown(tenantId: TenantId, name: KeyName): Promise<void>;
  /** Frees a key under which nothing was done; with a reference, if that attempt has it. Kept. */
  release(tenantId: TenantId, name: KeyName, reference?: string): Promise<void>;
}

/**
 * When grants of a flow were issued and revoked. Its moments are milliseconds since the epoch, by
 * the clocks of several processes: whichever clock is ahead, a grant that was issued before a
 * revocation is older than it, and one that was issued after it is not. All of it may be forgotten
 * once the grants that it is about have expired.
 */
export interface GrantRegister {
  /** The moment that a new grant of a flow carries: `at`, or the latest revocation. Kept. */
  issue(tenantId: TenantId, flowUuid: string, at: number): Promise<number>;
  /**
   * Revokes the grants of a flow that were issued so far. The answer is a moment after all of them:
   * `at`, or later. Kept.
   */
  revoke(tenantId: TenantId, flowUuid: string, at: number): Promise<number>;
  /** The moment before which a flow's grants are revoked; null: none is. */
  revokedBefore(tenantId: TenantId, flowUuid: string): Promise<number | null>;
}

/** The store can't be used; the message says why and what to do, without a value. */
export class StoreError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
  }
}
