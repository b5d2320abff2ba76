/** A set of listeners, optimised for the usual case of one. */
export class SmallSet<Listener extends object> {
  #first: Listener | undefined;
  #others: Set<Listener> | undefined;

  get isEmpty(): boolean {
    return this.#first === undefined && !this.#others?.size;
  }

  add(listener: Listener): void {
    if (this.isEmpty) {
      this.#first = listener;
    } else if (this.#first !== listener) {
      this.#others ??= new Set();
      this.#others.add(listener);
    }
  }

  /** Removes a listener; true if it was in the set. */
  delete(listener: Listener): boolean {
    if (this.#first !== listener) return this.#others?.delete(listener) ?? false;
    this.#first = undefined;
    return true;
  }

  /** Removes and returns the oldest listener; undefined if the set is empty. */
  take(): Listener | undefined {
    const next = this.#first ?? this.#others?.values().next().value;
    if (next !== undefined) this.delete(next);
    return next;
  }

  forEach(act: (listener: Listener) => void): void {
    if (this.#first !== undefined) act(this.#first);
    this.#others?.forEach(act);
  }
}
