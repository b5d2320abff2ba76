import type { TenantId } from '../tenant-id.ts';
import { type Deadline, type Over, toOverError } from './deadline.ts';
import type { EndpointName } from './endpoints.ts';
import type { Tenant } from './tenant.ts';

/** A read that may be under way already. */
export interface SharedRead<Answer> {
  readonly tenant: Tenant;
  readonly endpoint: EndpointName;
  /** Stands for one endpoint and input, and so for one type of answer. */
  readonly key: string;
  /** How long this caller waits. */
  readonly deadline: Deadline;
  /** Reads, if nobody does, for as long as anybody waits. */
  readonly start: (deadline: Deadline) => Promise<Answer>;
}

export interface InFlight {
  /** The answer of the read under way for this key of this tenant, or of the one `start` makes. */
  share<Answer>(read: SharedRead<Answer>): Promise<Answer>;
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

  return {
    share<Answer>({ tenant, endpoint, key, deadline, start }: SharedRead<Answer>) {
      let reads = readsByTenant.get(tenant.id);
      let read = reads?.get(key);
      if (read === undefined || now() > read.joinableUntil) {
        reads ??= new Map();
        const own = reads;
        const joinableUntil = now() + deadline.leftMs() / 2;
        const opened = new OpenRead(joinableUntil, start, () => {
          if (own.get(key) === opened) own.delete(key);
          if (own.size === 0 && readsByTenant.get(tenant.id) === own) {
            readsByTenant.delete(tenant.id);
          }
        });
        readsByTenant.set(tenant.id, reads);
        reads.set(key, opened);
        read = opened;
      }
      // One key always stands for one endpoint, and so for one type of answer.
      return read.join(endpoint, deadline) as Promise<Answer>;
    },
    forget(tenant, key) {
      readsByTenant.get(tenant.id)?.delete(key);
    },
    seal(tenant) {
      readsByTenant.delete(tenant.id);
    },
  };
}

interface Waiter {
  readonly deadline: Deadline;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  forget: () => void;
}

/**
 * One read; `onOver` is told when it has ended, or when nobody waits for it any more. It is the
 * deadline of what is done for it, which lasts as long as the longest of those who wait.
 */
class OpenRead implements Deadline {
  /** Until when somebody may still join it. */
  readonly joinableUntil: number;
  readonly #start: (deadline: Deadline) => Promise<unknown>;
  readonly #onOver: () => void;
  readonly #waiters = new Set<Waiter>();
  readonly #listeners = new Set<(over: Over) => void>();
  #isStarted = false;
  #abandoned: Over | null = null;

  constructor(
    joinableUntil: number,
    start: (deadline: Deadline) => Promise<unknown>,
    onOver: () => void,
  ) {
    this.joinableUntil = joinableUntil;
    this.#start = start;
    this.#onOver = onOver;
  }

  join(endpoint: EndpointName, deadline: Deadline): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { deadline, resolve, reject, forget: () => {} };
      this.#waiters.add(waiter);
      waiter.forget = deadline.onOver((over) => {
        this.#waiters.delete(waiter);
        reject(toOverError(endpoint, over));
        if (this.#waiters.size === 0) this.#abandon(over);
      });
      if (!this.#isStarted && this.#abandoned === null) this.#begin();
    });
  }

  leftMs(): number {
    let longestMs = 0;
    for (const { deadline } of this.#waiters) longestMs = Math.max(longestMs, deadline.leftMs());
    return longestMs;
  }

  over(): Over | null {
    return this.#abandoned;
  }

  onOver(act: (over: Over) => void): () => void {
    if (this.#abandoned !== null) act(this.#abandoned);
    else this.#listeners.add(act);
    return () => this.#listeners.delete(act);
  }

  #begin(): void {
    this.#isStarted = true;
    this.#start(this).then(
      (answer) => this.#settle(({ resolve }) => resolve(answer)),
      (error: unknown) => this.#settle(({ reject }) => reject(error)),
    );
  }

  #settle(tell: (waiter: Waiter) => void): void {
    if (this.#abandoned === null) this.#onOver();
    for (const waiter of this.#waiters) {
      waiter.forget();
      tell(waiter);
    }
    this.#waiters.clear();
  }

  #abandon(over: Over): void {
    this.#abandoned = over;
    this.#onOver();
    for (const act of this.#listeners) {
      this.#listeners.delete(act);
      act(over);
    }
  }
}
