/** Runs `act` once after `delayMs`; the answer cancels it. Does not keep the process alive. */
export type After = (delayMs: number, act: () => void) => () => void;

/** By the clock on the wall. */
export const systemAfter: After = (delayMs, act) => {
  const timer = setTimeout(act, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
};
