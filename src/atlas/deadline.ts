import type { EndpointName } from './endpoints.ts';
import { AtlasError } from './errors.ts';
import { type After, systemAfter } from './timer.ts';

/** Why nobody waits any more: the time is up, or whoever asked has gone. */
export type Over = 'late' | 'gone';

/** How long somebody waits for Atlas, whatever and however often it is asked meanwhile. */
export interface Deadline {
  /** How much is left, in milliseconds; nothing once it is over. */
  leftMs(): number;
  /** Null while somebody waits. */
  over(): Over | null;
  /** Calls `act` once when it is over, at once if it is; the answer takes that back. */
  onOver(act: (over: Over) => void): () => void;
}

export interface DeadlineLimits {
  /** From now; that of the whole process unless given. */
  readonly timeoutMs?: number;
  /** Aborts when whoever asked has gone. */
  readonly signal?: AbortSignal | undefined;
}

/** Begins a deadline. It costs no timer until something is waited for. */
export type StartDeadline = (limits?: DeadlineLimits) => Deadline;

export interface DeadlineOptions {
  readonly timeoutMs: number;
  readonly now?: () => number;
  readonly after?: After;
}

/** Makes deadlines of one length: `OPERATION_TIMEOUT_MS`. */
export function createDeadlines(options: DeadlineOptions): StartDeadline {
  const { now = Date.now, after = systemAfter } = options;
  return ({ timeoutMs = options.timeoutMs, signal } = {}) => {
    return createDeadline(now() + timeoutMs, signal, { now, after });
  };
}

/** One timer and one listener for all that wait under it, and none while nothing does. */
function createDeadline(
  endsAt: number,
  signal: AbortSignal | undefined,
  { now, after }: Required<Pick<DeadlineOptions, 'now' | 'after'>>,
): Deadline {
  const waiting = new Set<(over: Over) => void>();
  let ended: Over | null = null;
  let rest = () => {};

  function end(over: Over): void {
    if (ended !== null) return;
    ended = over;
    rest();
    for (const act of waiting) {
      waiting.delete(act);
      act(over);
    }
  }

  function wake(): void {
    const leave = () => end('gone');
    signal?.addEventListener('abort', leave, { once: true });
    const cancelTimer = after(Math.max(0, endsAt - now()), () => end('late'));
    rest = () => {
      signal?.removeEventListener('abort', leave);
      cancelTimer();
    };
  }

  function over(): Over | null {
    if (ended !== null) return ended;
    if (signal?.aborted) return 'gone';
    return now() >= endsAt ? 'late' : null;
  }

  return {
    leftMs: () => (over() === null ? endsAt - now() : 0),
    over,
    onOver(act) {
      const why = over();
      if (why !== null) {
        act(why);
        return () => {};
      }
      if (waiting.size === 0) wake();
      waiting.add(act);
      return () => {
        if (waiting.delete(act) && waiting.size === 0) rest();
      };
    },
  };
}

/** What a call ends in when nobody waits for it any more and nothing of it was sent. */
export function toOverError(endpoint: EndpointName, over: Over): AtlasError {
  const reason = over === 'gone' ? 'caller-gone' : undefined;
  return new AtlasError({ endpoint, failure: 'deadline', reason });
}

/** Waits for something that others wait for too, and no longer than the deadline. */
export function waitUnder<T>(endpoint: EndpointName, deadline: Deadline, wait: Promise<T>) {
  return new Promise<T>((resolve, reject) => {
    const forget = deadline.onOver((over) => reject(toOverError(endpoint, over)));
    wait.then(resolve, reject).finally(forget);
  });
}

/** Lets time pass, but not beyond the deadline. */
export function pauseUnder(
  endpoint: EndpointName,
  deadline: Deadline,
  delayMs: number,
  after: After,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let cancelTimer = () => {};
    const forget = deadline.onOver((over) => {
      cancelTimer();
      reject(toOverError(endpoint, over));
    });
    cancelTimer = after(delayMs, () => {
      forget();
      resolve();
    });
  });
}
