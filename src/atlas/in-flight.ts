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

interface OpenRead {
  /** Until when somebody may still join it. */
  readonly joinableUntil: number;
  join(endpoint: EndpointName, deadline: Deadline): Promise<unknown>;
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
  const readsByTenant = new Map<string, Map<string, OpenRead>>();

  return {
    share<Answer>({ tenant, endpoint, key, deadline, start }: SharedRead<Answer>) {
      let reads = readsByTenant.get(tenant.id);
      let read = reads?.get(key);
      if (read === undefined || now() > read.joinableUntil) {
        reads ??= new Map();
        const own = reads;
        const joinableUntil = now() + deadline.leftMs() / 2;
        const opened = openRead(joinableUntil, start, () => {
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

/** One read; `onOver` is told when it has ended, or when nobody waits for it any more. */
function openRead(
  joinableUntil: number,
  start: (deadline: Deadline) => Promise<unknown>,
  onOver: () => void,
): OpenRead {
  const waiters = new Set<Waiter>();
  const listeners = new Set<(over: Over) => void>();
  let isStarted = false;
  let abandoned: Over | null = null;

  /** Lasts as long as the longest of those who wait. */
  const longest: Deadline = {
    leftMs: () => Math.max(0, ...[...waiters].map(({ deadline }) => deadline.leftMs())),
    over: () => abandoned,
    onOver(act) {
      if (abandoned !== null) act(abandoned);
      else listeners.add(act);
      return () => listeners.delete(act);
    },
  };

  function abandon(over: Over): void {
    abandoned = over;
    onOver();
    for (const act of listeners) {
      listeners.delete(act);
      act(over);
    }
  }

  function settle(tell: (waiter: Waiter) => void): void {
    if (abandoned === null) onOver();
    for (const waiter of waiters) {
      waiter.forget();
      tell(waiter);
    }
    waiters.clear();
  }

  function begin(): void {
    isStarted = true;
    start(longest).then(
      (answer) => settle(({ resolve }) => resolve(answer)),
      (error: unknown) => settle(({ reject }) => reject(error)),
    );
  }

  return {
    joinableUntil,
    join: (endpoint, deadline) =>
      new Promise((resolve, reject) => {
        const waiter: Waiter = { deadline, resolve, reject, forget: () => {} };
        waiters.add(waiter);
        waiter.forget = deadline.onOver((over) => {
          waiters.delete(waiter);
          reject(toOverError(endpoint, over));
          if (waiters.size === 0) abandon(over);
        });
        if (!isStarted && abandoned === null) begin();
      }),
  };
}
