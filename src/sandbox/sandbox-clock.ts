/** Where the sandbox gets its time from. Tests bring their own and turn it by hand. */
export interface SandboxClock {
  /** Milliseconds since the epoch. */
  now(): number;
  setTimeout(run: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** The clock on the wall. */
export const systemSandboxClock: SandboxClock = {
  now: () => Date.now(),
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  // Only handles that the line above returned come back here.
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};
