/** Runs `act` once after `delayMs`; the answer cancels it. Does not keep the process alive. */
export type After = (delayMs: number, act: () => void) => () => void;

/** The monotonic clock of this process, in milliseconds: what measures a duration reads it. */
export function systemMonotonicMs(): number {
  return performance.now();
}

/** By a timer of the process. */
export const systemAfter: After = (delayMs, act) => {
  const timer = setTimeout(act, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
};
