/** The turns of the queries and mutations of one connection. */
export interface Turns {
  /** Calls `start` when it is its turn. The answer gives the turn back, or up while it waits. */
  take(start: () => void): () => void;
}

/** Queries and mutations of one connection that run at a time. */
const mostAtOnce = 8;

/**
 * Makes the turns of one connection that carries many operations. What comes while as many run as may
 * waits, in order; how many wait is bounded by the operations of the connection.
 */
export function createTurns(): Turns {
  const waiting = new Set<() => void>();
  let running = 0;

  function startNext(): void {
    const [next] = waiting;
    if (next === undefined || running >= mostAtOnce) return;
    waiting.delete(next);
    running += 1;
    next();
  }

  return {
    take(start) {
      let isRunning = false;
      let isOver = false;
      const begin = () => {
        isRunning = true;
        start();
      };
      waiting.add(begin);
      startNext();
      return () => {
        if (isOver) return;
        isOver = true;
        waiting.delete(begin);
        if (!isRunning) return;
        running -= 1;
        startNext();
      };
    },
  };
}
