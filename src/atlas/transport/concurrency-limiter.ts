import type { TenantId } from '../../tenant-id.ts';
import type { AbortListener, AbortReason, Deadline } from '../deadline/deadline.ts';

/** Who goes first: whoever waits at a screen, then what is watched, then work in bulk. */
export const priorities = ['interactive', 'live', 'batch'] as const;
export type Priority = (typeof priorities)[number];

/** Places for calls to one origin. Who is let in must leave, once. */
export interface ConcurrencyLimiter {
  /** Lets a call in at once; false when it has to wait. */
  tryAcquire(priority: Priority): boolean;
  /** Waits for a place. Null: it is in; otherwise why nobody waits for it any more. */
  acquire(priority: Priority, tenantId: TenantId, deadline: Deadline): Promise<AbortReason | null>;
  release(priority: Priority): void;
  countRunning(priority: Priority): number;
  countWaiting(priority: Priority): number;
}

/** What each lane may take of all places, together with the lanes behind it. */
const shares: Readonly<Record<Priority, number>> = { interactive: 1, live: 0.75, batch: 0.5 };

/**
 * Bounds the calls under way. The first lane goes first, but of sixteen places given to who waits
 * one goes to `batch` first, and three to `live`: nothing waits for ever. Within a lane the tenants
 * take turns, however much each has waiting. A quarter of the places is kept free for
 * `interactive`, so that slow calls in bulk never hold them all.
 */
export function createConcurrencyLimiter(mostRunning: number): ConcurrencyLimiter {
  const queues = {
    interactive: createFairQueue(),
    live: createFairQueue(),
    batch: createFairQueue(),
  } as const;
  const running = { interactive: 0, live: 0, batch: 0 };
  const most = {
    interactive: mostRunning,
    live: Math.max(1, Math.floor(mostRunning * shares.live)),
    batch: Math.max(1, Math.floor(mostRunning * shares.batch)),
  } as const;
  let given = 0;

  function hasPermit(priority: Priority): boolean {
    const { interactive, live, batch } = running;
    if (interactive + live + batch >= most.interactive) return false;
    if (priority !== 'interactive' && live + batch >= most.live) return false;
    return priority !== 'batch' || batch < most.batch;
  }

  function grantPermits(): void {
    for (;;) {
      const priority = toOrder(given).find((each) => queues[each].count() > 0 && hasPermit(each));
      if (priority === undefined) return;
      given += 1;
      running[priority] += 1;
      queues[priority].next()?.grant();
    }
  }

  return {
    tryAcquire(priority) {
      if (!hasPermit(priority)) return false;
      running[priority] += 1;
      return true;
    },
    acquire(priority, tenantId, deadline) {
      return new Promise((resolve) => {
        const call = new QueuedCall(queues[priority], tenantId, deadline, resolve);
        queues[priority].add(call);
        deadline.onAbort(call);
      });
    },
    release(priority) {
      running[priority] -= 1;
      grantPermits();
    },
    countRunning: (priority) => running[priority],
    countWaiting: (priority) => queues[priority].count(),
  };
}

/** In which order the lanes are looked at for the next place. */
function toOrder(given: number): readonly Priority[] {
  const turn = given % 16;
  if (turn === 15) return ['batch', 'live', 'interactive'];
  return turn % 4 === 3 ? ['live', 'interactive', 'batch'] : priorities;
}

/** A call that waits for a place. */
class QueuedCall implements AbortListener {
  readonly tenantId: TenantId;
  readonly #queue: FairQueue;
  readonly #deadline: Deadline;
  readonly #resolve: (reason: AbortReason | null) => void;

  constructor(
    queue: FairQueue,
    tenantId: TenantId,
    deadline: Deadline,
    resolve: (reason: AbortReason | null) => void,
  ) {
    this.tenantId = tenantId;
    this.#queue = queue;
    this.#deadline = deadline;
    this.#resolve = resolve;
  }

  grant(): void {
    this.#deadline.offAbort(this);
    this.#resolve(null);
  }

  abort(reason: AbortReason): void {
    this.#queue.remove(this);
    this.#resolve(reason);
  }
}

type FairQueue = ReturnType<typeof createFairQueue>;

/** Those who wait in one lane, a tenant after the other. */
function createFairQueue() {
  const queues = new Map<TenantId, Set<QueuedCall>>();
  let count = 0;

  function remove(call: QueuedCall): void {
    const own = queues.get(call.tenantId);
    if (!own?.delete(call)) return;
    count -= 1;
    if (own.size === 0) queues.delete(call.tenantId);
  }

  return {
    count: () => count,
    add(call: QueuedCall): void {
      const own = queues.get(call.tenantId) ?? new Set();
      queues.set(call.tenantId, own.add(call));
      count += 1;
    },
    remove,
    /** Whose turn it is; their tenant's next turn comes after everybody else's. */
    next(): QueuedCall | undefined {
      for (const [tenantId, own] of queues) {
        for (const call of own) {
          remove(call);
          if (own.size > 0) {
            queues.delete(tenantId);
            queues.set(tenantId, own);
          }
          return call;
        }
      }
      return undefined;
    },
  };
}
