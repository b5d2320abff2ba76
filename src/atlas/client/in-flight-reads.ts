import type { TenantId } from '../../tenant-id.ts';
import type { EndpointName } from '../api/endpoints.ts';
import type { Tenant } from '../api/tenant.ts';
import {
  type AbortListener,
  type AbortReason,
  type Deadline,
  toAbortError,
} from '../deadline/deadline.ts';
import { SmallSet } from '../deadline/small-set.ts';

/** A read that may be under way already. */
export interface CoalescableRead<Answer> {
  readonly tenant: Tenant;
  readonly name: EndpointName;
  /** Stands for one endpoint and input, and so for one type of answer. */
  readonly key: string;
  /** Reads, if nobody does, for as long as anybody waits. */
  start(deadline: Deadline): Promise<Answer>;
}

export interface InFlightReads {
  /**
   * The answer of the read under way for this key of this tenant, or of the one `start` makes;
   * waited for as long as the deadline says.
   */
  coalesce<Answer>(read: CoalescableRead<Answer>, deadline: Deadline): Promise<Answer>;
  /** Lets nobody join this read any more; those who wait for it already still get it. */
  forget(tenant: Tenant, key: string): void;
  /** Lets nobody join the tenant's reads of now: what is asked from here on is asked anew. */
  invalidate(tenant: Tenant): void;
}

/**
 * Reads under way, so that the same read of the same tenant is one call however many ask for it.
 * Nothing stays after the answer: sharing never serves what was known before the question, except
 * to a question asked while the first was still open. A write seals what was open before it, so
 * that a caller reads its own writes. Who waits no longer leaves by itself; when nobody waits any
 * more, the read ends. Half the time of whoever began it is how long others may join: whoever comes
 * to a silent read later asks anew, or a flow that many ask for would stay silent to all of them.
 */
export function createInFlightReads(now: () => number): InFlightReads {
  const readsByTenant = new Map<TenantId, Map<string, SharedRequest>>();

  function close(read: SharedRequest): void {
    const reads = readsByTenant.get(read.tenantId);
    if (reads?.get(read.key) === read) reads.delete(read.key);
    if (reads?.size === 0) readsByTenant.delete(read.tenantId);
  }

  return {
    coalesce<Answer>(read: CoalescableRead<Answer>, deadline: Deadline) {
      const { tenant, key } = read;
      const reads = readsByTenant.get(tenant.id) ?? new Map<string, SharedRequest>();
      let request = reads.get(key);
      if (request === undefined || now() > request.joinableUntil) {
        request = new SharedRequest(read, now() + deadline.leftMs() / 2, close);
        readsByTenant.set(tenant.id, reads.set(key, request));
      }
      // One key always stands for one endpoint, and so for one type of answer.
      return request.join(deadline) as Promise<Answer>;
    },
    forget(tenant, key) {
      readsByTenant.get(tenant.id)?.delete(key);
    },
    invalidate(tenant) {
      readsByTenant.delete(tenant.id);
    },
  };
}

/** One who waits for a read. */
class ReadWaiter implements AbortListener {
  readonly deadline: Deadline;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly #read: SharedRequest;

  constructor(
    read: SharedRequest,
    deadline: Deadline,
    resolve: (answer: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.#read = read;
    this.deadline = deadline;
    this.resolve = resolve;
    this.reject = reject;
  }

  abort(reason: AbortReason): void {
    this.#read.leave(this, reason);
  }
}

/**
 * One read; `onEnd` is told when it has ended, or when nobody waits for it any more. It is the
 * deadline of what is done for it, which lasts as long as the longest of those who wait.
 */
class SharedRequest implements Deadline {
  /** Until when somebody may still join it. */
  readonly joinableUntil: number;
  readonly #read: CoalescableRead<unknown>;
  readonly #onEnd: (read: SharedRequest) => void;
  readonly #waiters = new SmallSet<ReadWaiter>();
  readonly #listeners = new SmallSet<AbortListener>();
  #isStarted = false;
  #abortReason: AbortReason | null = null;

  constructor(
    read: CoalescableRead<unknown>,
    joinableUntil: number,
    onEnd: (read: SharedRequest) => void,
  ) {
    this.joinableUntil = joinableUntil;
    this.#read = read;
    this.#onEnd = onEnd;
  }

  get tenantId(): TenantId {
    return this.#read.tenant.id;
  }

  get key(): string {
    return this.#read.key;
  }

  join(deadline: Deadline): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const waiter = new ReadWaiter(this, deadline, resolve, reject);
      this.#waiters.add(waiter);
      deadline.onAbort(waiter);
      if (!this.#isStarted && this.#abortReason === null) this.#begin();
    });
  }

  leave(waiter: ReadWaiter, reason: AbortReason): void {
    this.#waiters.delete(waiter);
    waiter.reject(toAbortError(this.#read.name, reason));
    if (this.#waiters.isEmpty) this.#abandon(reason);
  }

  leftMs(): number {
    let longestMs = 0;
    this.#waiters.forEach(({ deadline }) => {
      longestMs = Math.max(longestMs, deadline.leftMs());
    });
    return longestMs;
  }

  abortReason(): AbortReason | null {
    return this.#abortReason;
  }

  onAbort(waiter: AbortListener): void {
    if (this.#abortReason !== null) waiter.abort(this.#abortReason);
    else this.#listeners.add(waiter);
  }

  offAbort(waiter: AbortListener): void {
    this.#listeners.delete(waiter);
  }

  #begin(): void {
    this.#isStarted = true;
    this.#read.start(this).then(
      (answer) => this.#settle(({ resolve }) => resolve(answer)),
      (error: unknown) => this.#settle(({ reject }) => reject(error)),
    );
  }

  #settle(settleWaiter: (waiter: ReadWaiter) => void): void {
    if (this.#abortReason === null) this.#onEnd(this);
    for (let next = this.#waiters.take(); next; next = this.#waiters.take()) {
      next.deadline.offAbort(next);
      settleWaiter(next);
    }
  }

  #abandon(reason: AbortReason): void {
    this.#abortReason = reason;
    this.#onEnd(this);
    for (let next = this.#listeners.take(); next; next = this.#listeners.take()) next.abort(reason);
  }
}
