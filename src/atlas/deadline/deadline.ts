import type { EndpointName } from '../api/endpoints.ts';
import { AtlasError } from '../api/errors.ts';
import type { Cancellation } from './cancellation.ts';
import { SmallSet } from './small-set.ts';
import { type After, systemAfter, systemMonotonicMs } from './timer.ts';

/** Why nobody waits any more: the time is up, or whoever asked has gone. */
export type AbortReason = 'timeout' | 'disconnected';

/** Who waits under a deadline. */
export interface AbortListener {
  /** Told that it is over, and why. */
  abort(reason: AbortReason): void;
}

/** How long somebody waits for Atlas, whatever and however often it is asked meanwhile. */
export interface Deadline {
  /** How much is left, in milliseconds; nothing once it is over. */
  leftMs(): number;
  /** Null while somebody waits. */
  abortReason(): AbortReason | null;
  /** Tells a waiter once when it is over, at once if it is. */
  onAbort(listener: AbortListener): void;
  /** Takes that back. */
  offAbort(listener: AbortListener): void;
}

export interface DeadlineLimits {
  /** From now; that of the whole process unless given. */
  readonly timeoutMs?: number;
  /** Cancelled when whoever asked has gone. */
  readonly cancellation?: Cancellation | undefined;
}

/** Begins a deadline. It costs no timer until something is waited for. */
export type StartDeadline = (limits?: DeadlineLimits) => Deadline;

export interface DeadlineOptions {
  readonly timeoutMs: number;
  /** A monotonic clock, in milliseconds; that of the process by default. */
  readonly now?: () => number;
  readonly after?: After;
}

/** Makes deadlines of one length: `OPERATION_TIMEOUT_MS`. */
export function createDeadlines(options: DeadlineOptions): StartDeadline {
  const { now = systemMonotonicMs, after = systemAfter } = options;
  return ({ timeoutMs = options.timeoutMs, cancellation } = {}) =>
    new RunningDeadline(now() + timeoutMs, cancellation, now, after);
}

/** One timer and one listener for all that wait under it, and none while nothing does. */
class RunningDeadline implements Deadline {
  readonly #endsAt: number;
  readonly #cancellation: Cancellation | undefined;
  readonly #now: () => number;
  readonly #after: After;
  readonly #listeners = new SmallSet<AbortListener>();
  #ended: AbortReason | null = null;
  #cancelTimer: (() => void) | undefined;

  constructor(
    endsAt: number,
    cancellation: Cancellation | undefined,
    now: () => number,
    after: After,
  ) {
    this.#endsAt = endsAt;
    this.#cancellation = cancellation;
    this.#now = now;
    this.#after = after;
  }

  leftMs(): number {
    return this.abortReason() === null ? this.#endsAt - this.#now() : 0;
  }

  abortReason(): AbortReason | null {
    if (this.#ended !== null) return this.#ended;
    if (this.#cancellation?.isCancelled) return 'disconnected';
    return this.#now() >= this.#endsAt ? 'timeout' : null;
  }

  onAbort(listener: AbortListener): void {
    const reason = this.abortReason();
    if (reason !== null) {
      listener.abort(reason);
      return;
    }
    if (this.#listeners.isEmpty) this.#startTimer();
    this.#listeners.add(listener);
  }

  offAbort(listener: AbortListener): void {
    if (this.#listeners.delete(listener) && this.#listeners.isEmpty) this.#stopTimer();
  }

  #startTimer(): void {
    this.#cancellation?.onCancel(this.#onCancel);
    this.#cancelTimer = this.#after(Math.max(0, this.#endsAt - this.#now()), () => {
      this.#end('timeout');
    });
  }

  #stopTimer(): void {
    this.#cancellation?.offCancel(this.#onCancel);
    this.#cancelTimer?.();
  }

  readonly #onCancel = (): void => this.#end('disconnected');

  #end(reason: AbortReason): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    this.#stopTimer();
    for (let next = this.#listeners.take(); next; next = this.#listeners.take()) next.abort(reason);
  }
}

/** What a call ends in when nobody waits for it any more and nothing of it was sent. */
export function toAbortError(endpoint: EndpointName, abortReason: AbortReason): AtlasError {
  const reason = abortReason === 'disconnected' ? 'caller-gone' : undefined;
  return new AtlasError({ endpoint, failure: 'deadline', reason });
}

/** Waits for something that others wait for too, and no longer than the deadline. */
export function waitWithin<T>(endpoint: EndpointName, deadline: Deadline, wait: Promise<T>) {
  return new Promise<T>((resolve, reject) => {
    const listener: AbortListener = { abort: (reason) => reject(toAbortError(endpoint, reason)) };
    deadline.onAbort(listener);
    wait.then(resolve, reject).finally(() => deadline.offAbort(listener));
  });
}

/** Lets time pass, but not beyond the deadline. */
export function pauseWithin(
  endpoint: EndpointName,
  deadline: Deadline,
  delayMs: number,
  after: After,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let cancelTimer = () => {};
    const listener: AbortListener = {
      abort(reason) {
        cancelTimer();
        reject(toAbortError(endpoint, reason));
      },
    };
    deadline.onAbort(listener);
    cancelTimer = after(delayMs, () => {
      deadline.offAbort(listener);
      resolve();
    });
  });
}
