import type { TenantId } from '../../tenant-id.ts';
import type { AbortListener, AbortReason, Deadline } from '../deadline/deadline.ts';

/**
 * The priorities of calls, highest first: a user at a screen, polls of watched flows, work in bulk.
 */
export const priorities = ['interactive', 'live', 'batch'] as const;
/** The priority of a call. */
export type Priority = (typeof priorities)[number];

/** Limits the concurrent calls to one host. Each acquired permit must be released exactly once. */
export interface ConcurrencyLimiter {
  /** Acquires a permit at once; false if the call has to wait. */
  tryAcquire(priority: Priority): boolean;
  /** Waits for a permit. Null: the permit is acquired; else the reason why the wait was aborted. */
  acquire(priority: Priority, tenantId: TenantId, deadline: Deadline): Promise<AbortReason | null>;
  release(priority: Priority): void;
  countRunning(priority: Priority): number;
  countWaiting(priority: Priority): number;
}

/** The share of all permits that each priority may hold, together with the lower ones. */
const shares: Readonly<Record<Priority, number>> = { interactive: 1, live: 0.75, batch: 0.5 };

/**
 * A bulkhead with priorities. A free permit goes to the highest waiting priority, but of sixteen
 * permits one goes to `batch` first and three to `live`, so that no call starves. Within a priority
 * the tenants take turns, however many calls each has waiting. A quarter of the permits is kept for
 * `interactive`, so that slow bulk calls never hold all of them.
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

/** The order in which the priorities are considered for the next permit. */
function toOrder(given: number): readonly Priority[] {
  const turn = given % 16;
  if (turn === 15) return ['batch', 'live', 'interactive'];
  return turn % 4 === 3 ? ['live', 'interactive', 'batch'] : priorities;
}

/** A call that waits for a permit. */
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

/** The waiting calls of one priority; the tenants take turns. */
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
    /**
     * Removes and returns the next call, and moves its tenant behind all others; undefined if none
     * waits.
     */
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
