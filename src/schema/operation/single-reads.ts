/**
 * The reads of one operation that take a call each: each is made once however often it is named,
 * and settles for itself, so that none waits for the slowest.
 */
export class SingleReads<Key, Value> {
  readonly #read: (key: Key) => Promise<Value>;
  readonly #nameOf: (key: Key) => string;
  readonly #begun = new Map<string, Promise<Value>>();

  /** Things under one name are one. */
  constructor(read: (key: Key) => Promise<Value>, nameOf: (key: Key) => string) {
    this.#read = read;
    this.#nameOf = nameOf;
  }

  load(key: Key): Promise<Value> {
    const name = this.#nameOf(key);
    const begun = this.#begun.get(name);
    if (begun !== undefined) return begun;
    const reading = this.#read(key);
    this.#begun.set(name, reading);
    return reading;
  }

  /** The same for who will only want it later, and is told then how it failed. */
  begin(key: Key): void {
    this.load(key).catch(ignore);
  }

  /** Says what there is to read, where that is known. */
  prime(key: Key, value: Value): void {
    this.#begun.set(this.#nameOf(key), Promise.resolve(value));
  }

  /** Forgets what was read: it has changed. */
  clear(key: Key): void {
    this.#begun.delete(this.#nameOf(key));
  }
}

function ignore(): void {}
