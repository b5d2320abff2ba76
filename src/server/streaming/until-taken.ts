/** An operation that can be over while its peer is waited for. */
export interface WaitingRun {
  readonly isOver: boolean;
  /** Ends a wait for its peer. */
  wake: () => void;
}

/**
 * Waits until the peer has taken all results so far, or the operation is over; null where there is
 * nothing to wait for.
 */
export function untilTaken(
  run: WaitingRun,
  whenIdle: (() => Promise<void> | null) | undefined,
): Promise<void> | null {
  const taken = run.isOver ? null : (whenIdle?.() ?? null);
  if (taken === null) return null;
  return new Promise((resolve) => {
    run.wake = resolve;
    taken.then(resolve, resolve);
  });
}
