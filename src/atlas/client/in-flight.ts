import type { TenantId } from '../../tenant-id.ts';
import type { EndpointName } from '../api/endpoints.ts';
import type { Tenant } from '../api/tenant.ts';
import { type Deadline, type Over, toOverError, type Waiter } from '../deadline/deadline.ts';
import { Few } from '../deadline/few.ts';

/** A read that may be under way already. */
export interface SharedRead<Answer> {
  readonly tenant: Tenant;
  readonly name: EndpointName;
  /** Stands for one endpoint and input, and so for one type of answer. */
  readonly key: string;
  /** Reads, if nobody does, for as long as anybody waits. */
  start(deadline: Deadline): Promise<Answer>;
}

export interface InFlight {
  /**
   * The answer of the read under way for this key of this tenant, or of the one `start` makes;
   * waited for as long as the deadline says.
   */
  share<Answer>(read: SharedRead<Answer>, deadline: Deadline): Promise<Answer>;
  /** Lets nobody join this read any more; those who wait for it already still get it. */
  forget(tenant: Tenant, key: string): void;
  /** Lets nobody join the tenant's reads of now: what is asked from here on is asked anew. */
  seal(tenant: Tenant): void;
}

/**
 * Reads under way, so that the same read of the same tenant is one call however many ask for it.
 * Nothing stays after the answer: sharing never serves what was known before the question, except
 * to a question asked while the first was still open. A write seals what was open before it, so
 * that a caller reads its own writes. Who waits no longer leaves by itself; when nobody waits any
 * more, the read ends. Half the time of whoever began it is how long others may join: whoever comes
 * to a silent read later asks anew, or a flow that many ask for would stay silent to all of them.
 */
export function createInFlight(now: () => number): InFlight {
  const readsByTenant = new Map<TenantId, Map<string, OpenRead>>();

  function close(read: OpenRead): void {
    const reads = readsByTenant.get(read.tenantId);
    if (reads?.get(read.key) === read) reads.delete(read.key);
    if (reads?.size === 0) readsByTenant.delete(read.tenantId);
  }

  return {
    share<Answer>(asked: SharedRead<Answer>, deadline: Deadline) {
      const { tenant, key } = asked;
      const reads = readsByTenant.get(tenant.id) ?? new Map<string, OpenRead>();
      let read = reads.get(key);
      if (read === undefined || now() > read.joinableUntil) {
        read = new OpenRead(asked, now() + deadline.leftMs() / 2, close);
        readsByTenant.set(tenant.id, reads.set(key, read));
      }
      // One key always stands for one endpoint, and so for one type of answer.
      return read.join(deadline) as Promise<Answer>;
    },
    forget(tenant, key) {
      readsByTenant.get(tenant.id)?.delete(key);
    },
    seal(tenant) {
      readsByTenant.delete(tenant.id);
    },
  };
}

/** One who waits for a read. */
class Waiting implements Waiter {
  readonly deadline: Deadline;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly #read: OpenRead;

  constructor(
    read: OpenRead,
    deadline: Deadline,
    resolve: (answer: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.#read = read;
    this.deadline = deadline;
    this.resolve = resolve;
    this.reject = reject;
  }

  end(over: Over): void {
    this.#read.leave(this, over);
  }
}

/**
 * One read; `onEnd` is told when it has ended, or when nobody waits for it any more. It is the
 * deadline of what is done for it, which lasts as long as the longest of those who wait.
 */
class OpenRead implements Deadline {
  /** Until when somebody may still join it. */
  readonly joinableUntil: number;
  readonly #asked: SharedRead<unknown>;
  readonly #onEnd: (read: OpenRead) => void;
  readonly #waiters = new Few<Waiting>();
  readonly #listeners = new Few<Waiter>();
  #isStarted = false;
  #abandoned: Over | null = null;

  constructor(asked: SharedRead<unknown>, joinableUntil: number, onEnd: (read: OpenRead) => void) {
    this.joinableUntil = joinableUntil;
    this.#asked = asked;
    this.#onEnd = onEnd;
  }

  get tenantId(): TenantId {
    return this.#asked.tenant.id;
  }

  get key(): string {
    return this.#asked.key;
  }

  join(deadline: Deadline): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const waiting = new Waiting(this, deadline, resolve, reject);
      this.#waiters.add(waiting);
      deadline.onOver(waiting);
      if (!this.#isStarted && this.#abandoned === null) this.#begin();
    });
  }

  leave(waiting: Waiting, over: Over): void {
    this.#waiters.delete(waiting);
    waiting.reject(toOverError(this.#asked.name, over));
    if (this.#waiters.isEmpty) this.#abandon(over);
  }

  leftMs(): number {
    let longestMs = 0;
    this.#waiters.forEach(({ deadline }) => {
      longestMs = Math.max(longestMs, deadline.leftMs());
    });
    return longestMs;
  }

  over(): Over | null {
    return this.#abandoned;
  }

  onOver(waiter: Waiter): void {
    if (this.#abandoned !== null) waiter.end(this.#abandoned);
    else this.#listeners.add(waiter);
  }

  offOver(waiter: Waiter): void {
    this.#listeners.delete(waiter);
  }

  #begin(): void {
    this.#isStarted = true;
    this.#asked.start(this).then(
      (answer) => this.#settle(({ resolve }) => resolve(answer)),
      (error: unknown) => this.#settle(({ reject }) => reject(error)),
    );
  }

  #settle(tell: (waiting: Waiting) => void): void {
    if (this.#abandoned === null) this.#onEnd(this);
    for (let next = this.#waiters.take(); next; next = this.#waiters.take()) {
      next.deadline.offOver(next);
      tell(next);
    }
  }

  #abandon(over: Over): void {
    this.#abandoned = over;
    this.#onEnd(this);
    for (let next = this.#listeners.take(); next; next = this.#listeners.take()) next.end(over);
  }
}
