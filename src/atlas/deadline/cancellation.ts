import { Few } from './few.ts';

/**
 * Says once, to whoever listens, that nobody waits any more. An `AbortSignal` says the same, at the
 * price of an event and its target for every request.
 */
export class Cancellation {
  #isCancelled = false;
  readonly #acts = new Few<() => void>();

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Calls all who listen, the first time. */
  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    for (let act = this.#acts.take(); act; act = this.#acts.take()) act();
  }

  /** Calls `act` when it is cancelled, at once if it is. */
  onCancel(act: () => void): void {
    if (this.#isCancelled) act();
    else this.#acts.add(act);
  }

  /** Takes that back. */
  offCancel(act: () => void): void {
    this.#acts.delete(act);
  }
}
