import type { Turns } from '../../turns.ts';
import { isPromise } from './complete-value.ts';

/** Entries that are completed together, once a turn is long. */
const together = 8;

/**
 * Returns a list as one whose entries are completed over several turns of the event loop: from the entry
 * on at which the turn is long, each is a promise. Where it is long already, a promise of such a list.
 */
export function divideList(
  entries: readonly unknown[],
  turns: Turns,
  owner: object,
): DividedList | Promise<DividedList> {
  const divided = new DividedList(entries, turns, owner);
  return turns.isLong() ? turns.next(owner).then(() => divided) : divided;
}

/** A list that is divided while it is read. */
export class DividedList implements Iterable<unknown> {
  readonly #entries: readonly unknown[];
  readonly #turns: Turns;
  readonly #owner: object;

  constructor(entries: readonly unknown[], turns: Turns, owner: object) {
    this.#entries = entries;
    this.#turns = turns;
    this.#owner = owner;
  }

  *[Symbol.iterator](): Generator<unknown> {
    let turn: Promise<void> | undefined;
    let left = 0;
    for (const entry of this.#entries) {
      if (turn === undefined ? this.#turns.isLong() : left === 0) {
        turn = this.#turns.next(this.#owner);
        left = together;
      }
      left -= 1;
      // What is waited for anyway comes by itself, and may fail before its turn.
      yield turn === undefined || isPromise(entry) ? entry : turn.then(() => entry);
    }
  }
}
