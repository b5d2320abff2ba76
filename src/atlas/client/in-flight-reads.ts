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

/** A read that can join an identical read in flight. */
export interface CoalescableRead<Answer> {
  readonly tenant: Tenant;
  readonly name: EndpointName;
  /** The key of the endpoint and its input; equal keys have the same type of answer. */
  readonly key: string;
  /** Sends the read. The deadline lasts as long as a caller waits. */
  start(deadline: Deadline): Promise<Answer>;
}

/** The reads in flight, by tenant and key. */
export interface InFlightReads {
  /**
   * Joins the read in flight for this tenant and key, or starts one. Rejects with an `AtlasError`
   * when the deadline passes.
   */
  coalesce<Answer>(read: CoalescableRead<Answer>, deadline: Deadline): Promise<Answer>;
  /** Excludes one read from further sharing; its current callers still get its answer. */
  forget(tenant: Tenant, key: string): void;
  /** Excludes all current reads of a tenant from further sharing. */
  invalidate(tenant: Tenant): void;
}

/**
 * Coalesces identical reads of a tenant into one request. Nothing is cached: a caller shares an
 * answer only if it asked while the request was in flight. A write invalidates the reads that began
 * before it, so that a caller reads its own writes. Each caller waits until its own deadline; the
 * request is aborted when no caller waits any more. Callers may join for half of the first caller's
 * time. A later one starts a new request, or a flow with many readers would stay silent to all of
 * them behind one silent request.
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

/** One caller of a shared read. */
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
 * One request in flight; `onEnd` is called when it ends or has no callers any more. It is also the
 * deadline of its own work, which lasts as long as the longest deadline among its callers.
 */
class SharedRequest implements Deadline {
  /** The time until which callers may join, on the monotonic clock, in milliseconds. */
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
