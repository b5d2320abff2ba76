import DataLoader from 'dataloader';
import type { AddressMatchRecord } from '../atlas/address-matches.ts';

/** How an address compares, or why nobody could say. */
type Match = AddressMatchRecord | Error;

/** One call, and what came of it once it is over. */
interface Call {
  readonly isOver: Promise<void>;
  matches: readonly Match[];
}

/** Where the match of an address is to be found. */
interface Place {
  readonly call: Call;
  readonly at: number;
}

export interface AddressGroupOptions {
  /** Asks Atlas for at most 100 addresses; the answers are in their order. */
  readonly ask: (targets: readonly string[]) => Promise<readonly AddressMatchRecord[]>;
  /** Acts when no more addresses are to be expected. */
  readonly whenReady: (act: () => void) => void;
}

/** Atlas takes as many targets as one likes, as far as is known; we send no more in one call. */
const mostTargetsPerCall = 100;

/**
 * The addresses that one operation compares with one other. All that are named until it is ready leave
 * together, each once however often it is named. A failure is kept as an answer is, so that nobody asks
 * again in the same operation.
 */
export class AddressGroup {
  readonly #ask: AddressGroupOptions['ask'];
  readonly #places = new Map<string, Place>();
  readonly #lists: DataLoader<readonly string[], Match[]>;

  constructor({ ask, whenReady }: AddressGroupOptions) {
    this.#ask = ask;
    this.#lists = new DataLoader((lists) => this.#matchAll(lists), {
      cache: false,
      batchScheduleFn: whenReady,
    });
  }

  /** One match a target, in their order, or the error in its place; never fails. */
  match(targets: readonly string[]): Promise<Match[]> {
    return this.#lists.load(targets);
  }

  async #matchAll(lists: readonly (readonly string[])[]): Promise<Match[][]> {
    const fresh = new Set<string>();
    for (const list of lists) {
      for (const target of list) if (!this.#places.has(target)) fresh.add(target);
    }
    const targets = [...fresh];
    for (let from = 0; from < targets.length; from += mostTargetsPerCall) {
      this.#call(targets.slice(from, from + mostTargetsPerCall));
    }
    const places = lists.map((list) => list.flatMap((target) => this.#places.get(target) ?? []));
    const calls = new Set<Call>();
    for (const each of places) for (const { call } of each) calls.add(call);
    for (const { isOver } of calls) await isOver;
    return places.map((each) =>
      each.map(({ call, at }) => call.matches[at] ?? new Error('a target got no result')),
    );
  }

  #call(targets: readonly string[]): void {
    const isOver = this.#ask(targets).then(
      (matches) => {
        call.matches = matches;
      },
      (error: unknown) => {
        const failure = toError(error);
        call.matches = targets.map(() => failure);
      },
    );
    const call: Call = { isOver, matches: [] };
    targets.forEach((target, at) => {
      this.#places.set(target, { call, at });
    });
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error('a read failed', { cause: error });
}
