import { SmallSet } from './small-set.ts';

/**
 * Tells its listeners once that the client of an operation has disconnected. An `AbortSignal` does
 * the same, at the price of an event and its target for every request.
 */
export class Cancellation {
  #isCancelled = false;
  readonly #listeners = new SmallSet<() => void>();

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Calls all listeners. Later calls do nothing. */
  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    for (let listener = this.#listeners.take(); listener; listener = this.#listeners.take())
      listener();
  }

  /** Calls `act` when it is cancelled, at once if it is. */
  onCancel(listener: () => void): void {
    if (this.#isCancelled) listener();
    else this.#listeners.add(listener);
  }

  /** Removes a listener. */
  offCancel(listener: () => void): void {
    this.#listeners.delete(listener);
  }
}
