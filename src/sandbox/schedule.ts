import type { SandboxClock } from './sandbox-clock.ts';

/** Pending events; all are dropped when their owner goes. */
export interface Schedule {
  /** Runs once, `delayMs` from now; the answer takes it back. */
  after(delayMs: number, run: () => void): () => void;
  cancelAll(): void;
}

/** Keeps the timers of one owner, so that none outlives it. */
export function createSchedule(clock: SandboxClock): Schedule {
  const handles = new Set<unknown>();

  function after(delayMs: number, run: () => void): () => void {
    const handle = clock.setTimeout(() => {
      handles.delete(handle);
      run();
    }, delayMs);
    handles.add(handle);
    return () => {
      handles.delete(handle);
      clock.clearTimeout(handle);
    };
  }

  function cancelAll(): void {
    for (const handle of handles) clock.clearTimeout(handle);
    handles.clear();
  }

  return { after, cancelAll };
}
