import type { EndpointName } from '../api/endpoints.ts';
import { AtlasError } from '../api/errors.ts';
import type { Cancellation } from './cancellation.ts';
import { SmallSet } from './small-set.ts';
import { type After, systemAfter, systemMonotonicMs } from './timer.ts';

/** The reason why a call is aborted: its time is up, or its client disconnected. */
export type AbortReason = 'timeout' | 'disconnected';

/** Work that a deadline can abort. */
export interface AbortListener {
  /** Called once with the reason. */
  abort(reason: AbortReason): void;
}

/** The time that an operation has for all its calls to Atlas. */
export interface Deadline {
  /** The remaining time in milliseconds; 0 once it is over. */
  leftMs(): number;
  /** The reason of the end; null while the deadline runs. */
  abortReason(): AbortReason | null;
  /** Adds a listener, which is called once at the end; at once if the deadline is over. */
  onAbort(listener: AbortListener): void;
  /** Removes a listener. */
  offAbort(listener: AbortListener): void;
}

/** The limits of one deadline. */
export interface DeadlineLimits {
  /** The time from now, in milliseconds; by default that of the process. */
  readonly timeoutMs?: number;
  /** Ends the deadline early when the client disconnects. */
  readonly cancellation?: Cancellation | undefined;
}

/** Begins a deadline. It has no timer until a listener is added. */
export type StartDeadline = (limits?: DeadlineLimits) => Deadline;

/** The options of `createDeadlines`. */
export interface DeadlineOptions {
  readonly timeoutMs: number;
  /** A monotonic clock, in milliseconds; that of the process by default. */
  readonly now?: () => number;
  readonly after?: After;
}

/** Creates deadlines of one length (`OPERATION_TIMEOUT_MS`). */
export function createDeadlines(options: DeadlineOptions): StartDeadline {
  const { now = systemMonotonicMs, after = systemAfter } = options;
  return ({ timeoutMs = options.timeoutMs, cancellation } = {}) =>
    new RunningDeadline(now() + timeoutMs, cancellation, now, after);
}

/**
 * Has one timer and one cancellation listener for all its listeners, and none while it has no
 * listener.
 */
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

/** The error of a call that was aborted before it was sent. */
export function toAbortError(endpoint: EndpointName, abortReason: AbortReason): AtlasError {
  const reason = abortReason === 'disconnected' ? 'caller-gone' : undefined;
  return new AtlasError({ endpoint, failure: 'deadline', reason });
}

/** Waits for a promise, but no longer than the deadline. The promise itself goes on. */
export function waitWithin<T>(endpoint: EndpointName, deadline: Deadline, wait: Promise<T>) {
  return new Promise<T>((resolve, reject) => {
    const listener: AbortListener = { abort: (reason) => reject(toAbortError(endpoint, reason)) };
    deadline.onAbort(listener);
    wait.then(resolve, reject).finally(() => deadline.offAbort(listener));
  });
}

/**
 * Waits for a delay, but no longer than the deadline. Rejects with an `AtlasError` if the deadline
 * ends first.
 */
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
