import type { TenantId } from '../../tenant-id.ts';
import type { Deadline, Over, Waiter } from '../deadline/deadline.ts';

/** Who goes first: whoever waits at a screen, then what is watched, then work in bulk. */
export const lanes = ['interactive', 'live', 'batch'] as const;
export type Lane = (typeof lanes)[number];

/** Places for calls to one origin. Who is let in must leave, once. */
export interface Lanes {
  /** Lets a call in at once; false when it has to wait. */
  enter(lane: Lane): boolean;
  /** Waits for a place. Null: it is in; otherwise why nobody waits for it any more. */
  wait(lane: Lane, tenantId: TenantId, deadline: Deadline): Promise<Over | null>;
  leave(lane: Lane): void;
  countRunning(lane: Lane): number;
  countWaiting(lane: Lane): number;
}

/** What each lane may take of all places, together with the lanes behind it. */
const shares: Readonly<Record<Lane, number>> = { interactive: 1, live: 0.75, batch: 0.5 };

/**
 * Bounds the calls under way. The first lane goes first, but of sixteen places given to who waits
 * one goes to `batch` first, and three to `live`: nothing waits for ever. Within a lane the tenants
 * take turns, however much each has waiting. A quarter of the places is kept free for
 * `interactive`, so that slow calls in bulk never hold them all.
 */
export function createLanes(mostRunning: number): Lanes {
  const queues = {
    interactive: createTurns(),
    live: createTurns(),
    batch: createTurns(),
  } as const;
  const running = { interactive: 0, live: 0, batch: 0 };
  const most = {
    interactive: mostRunning,
    live: Math.max(1, Math.floor(mostRunning * shares.live)),
    batch: Math.max(1, Math.floor(mostRunning * shares.batch)),
  } as const;
  let given = 0;

  function hasPlace(lane: Lane): boolean {
    const { interactive, live, batch } = running;
    if (interactive + live + batch >= most.interactive) return false;
    if (lane !== 'interactive' && live + batch >= most.live) return false;
    return lane !== 'batch' || batch < most.batch;
  }

  function letIn(): void {
    for (;;) {
      const lane = toOrder(given).find((each) => queues[each].count() > 0 && hasPlace(each));
      if (lane === undefined) return;
      given += 1;
      running[lane] += 1;
      queues[lane].next()?.letIn();
    }
  }

  return {
    enter(lane) {
      if (!hasPlace(lane)) return false;
      running[lane] += 1;
      return true;
    },
    wait(lane, tenantId, deadline) {
      return new Promise((resolve) => {
        const waiting = new Waiting(queues[lane], tenantId, deadline, resolve);
        queues[lane].add(waiting);
        deadline.onOver(waiting);
      });
    },
    leave(lane) {
      running[lane] -= 1;
      letIn();
    },
    countRunning: (lane) => running[lane],
    countWaiting: (lane) => queues[lane].count(),
  };
}

/** In which order the lanes are looked at for the next place. */
function toOrder(given: number): readonly Lane[] {
  const turn = given % 16;
  if (turn === 15) return ['batch', 'live', 'interactive'];
  return turn % 4 === 3 ? ['live', 'interactive', 'batch'] : lanes;
}

/** A call that waits for a place. */
class Waiting implements Waiter {
  readonly tenantId: TenantId;
  readonly #turns: Turns;
  readonly #deadline: Deadline;
  readonly #resolve: (over: Over | null) => void;

  constructor(
    turns: Turns,
    tenantId: TenantId,
    deadline: Deadline,
    resolve: (over: Over | null) => void,
  ) {
    this.tenantId = tenantId;
    this.#turns = turns;
    this.#deadline = deadline;
    this.#resolve = resolve;
  }

  letIn(): void {
    this.#deadline.offOver(this);
    this.#resolve(null);
  }

  end(over: Over): void {
    this.#turns.remove(this);
    this.#resolve(over);
  }
}

type Turns = ReturnType<typeof createTurns>;

/** Those who wait in one lane, a tenant after the other. */
function createTurns() {
  const queues = new Map<TenantId, Set<Waiting>>();
  let count = 0;

  function remove(waiting: Waiting): void {
    const own = queues.get(waiting.tenantId);
    if (!own?.delete(waiting)) return;
    count -= 1;
    if (own.size === 0) queues.delete(waiting.tenantId);
  }

  return {
    count: () => count,
    add(waiting: Waiting): void {
      const own = queues.get(waiting.tenantId) ?? new Set();
      queues.set(waiting.tenantId, own.add(waiting));
      count += 1;
    },
    remove,
    /** Whose turn it is; their tenant's next turn comes after everybody else's. */
    next(): Waiting | undefined {
      for (const [tenantId, own] of queues) {
        for (const waiting of own) {
          remove(waiting);
          if (own.size > 0) {
            queues.delete(tenantId);
            queues.set(tenantId, own);
          }
          return waiting;
        }
      }
      return undefined;
    },
  };
}
