/** One value that parts of the page read and listen to. */
export interface Store<Value> {
  get(): Value;
  set(change: (value: Value) => Value): void;
  /** Returns a function that ends it. */
  listen(listener: () => void): () => void;
}

export function createStore<Value>(initial: Value): Store<Value> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(change) {
      value = change(value);
      for (const listener of listeners) listener();
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
