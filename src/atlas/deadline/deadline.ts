import type { EndpointName } from '../api/endpoints.ts';
import { AtlasError } from '../api/errors.ts';
import type { Cancellation } from './cancellation.ts';
import { Few } from './few.ts';
import { type After, systemAfter, systemMonotonicMs } from './timer.ts';

/** Why nobody waits any more: the time is up, or whoever asked has gone. */
export type Over = 'late' | 'gone';

/** Who waits under a deadline. */
export interface Waiter {
  /** Told that it is over, and why. */
  end(over: Over): void;
}

/** How long somebody waits for Atlas, whatever and however often it is asked meanwhile. */
export interface Deadline {
  /** How much is left, in milliseconds; nothing once it is over. */
  leftMs(): number;
  /** Null while somebody waits. */
  over(): Over | null;
  /** Tells a waiter once when it is over, at once if it is. */
  onOver(waiter: Waiter): void;
  /** Takes that back. */
  offOver(waiter: Waiter): void;
}

export interface DeadlineLimits {
  /** From now; that of the whole process unless given. */
  readonly timeoutMs?: number;
  /** Cancelled when whoever asked has gone. */
  readonly gone?: Cancellation | undefined;
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
  return ({ timeoutMs = options.timeoutMs, gone } = {}) =>
    new RunningDeadline(now() + timeoutMs, gone, now, after);
}

/** One timer and one listener for all that wait under it, and none while nothing does. */
class RunningDeadline implements Deadline {
  readonly #endsAt: number;
  readonly #gone: Cancellation | undefined;
  readonly #now: () => number;
  readonly #after: After;
  readonly #waiting = new Few<Waiter>();
  #ended: Over | null = null;
  #cancelTimer: (() => void) | undefined;

  constructor(endsAt: number, gone: Cancellation | undefined, now: () => number, after: After) {
    this.#endsAt = endsAt;
    this.#gone = gone;
    this.#now = now;
    this.#after = after;
  }

  leftMs(): number {
    return this.over() === null ? this.#endsAt - this.#now() : 0;
  }

  over(): Over | null {
    if (this.#ended !== null) return this.#ended;
    if (this.#gone?.isCancelled) return 'gone';
    return this.#now() >= this.#endsAt ? 'late' : null;
  }

  onOver(waiter: Waiter): void {
    const why = this.over();
    if (why !== null) {
      waiter.end(why);
      return;
    }
    if (this.#waiting.isEmpty) this.#wake();
    this.#waiting.add(waiter);
  }

  offOver(waiter: Waiter): void {
    if (this.#waiting.delete(waiter) && this.#waiting.isEmpty) this.#rest();
  }

  #wake(): void {
    this.#gone?.onCancel(this.#leave);
    this.#cancelTimer = this.#after(Math.max(0, this.#endsAt - this.#now()), () => {
      this.#end('late');
    });
  }

  #rest(): void {
    this.#gone?.offCancel(this.#leave);
    this.#cancelTimer?.();
  }

  readonly #leave = (): void => this.#end('gone');

  #end(over: Over): void {
    if (this.#ended !== null) return;
    this.#ended = over;
    this.#rest();
    for (let next = this.#waiting.take(); next; next = this.#waiting.take()) next.end(over);
  }
}

/** What a call ends in when nobody waits for it any more and nothing of it was sent. */
export function toOverError(endpoint: EndpointName, over: Over): AtlasError {
  const reason = over === 'gone' ? 'caller-gone' : undefined;
  return new AtlasError({ endpoint, failure: 'deadline', reason });
}

/** Waits for something that others wait for too, and no longer than the deadline. */
export function waitUnder<T>(endpoint: EndpointName, deadline: Deadline, wait: Promise<T>) {
  return new Promise<T>((resolve, reject) => {
    const waiter: Waiter = { end: (over) => reject(toOverError(endpoint, over)) };
    deadline.onOver(waiter);
    wait.then(resolve, reject).finally(() => deadline.offOver(waiter));
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
    const waiter: Waiter = {
      end(over) {
        cancelTimer();
        reject(toOverError(endpoint, over));
      },
    };
    deadline.onOver(waiter);
    cancelTimer = after(delayMs, () => {
      deadline.offOver(waiter);
      resolve();
    });
  });
}
