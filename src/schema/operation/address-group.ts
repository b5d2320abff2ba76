import DataLoader from 'dataloader';
import type { AddressMatchRecord } from '../../atlas/answers/address-matches.ts';

/** How an address compares, or why nobody could say. */
type Match = AddressMatchRecord | Error;

/** One call: what it asks, and what came of it once it is over. */
interface Call {
  readonly targets: string[];
  matches: readonly Match[];
  isOver: Promise<void>;
}

/** Where the match of an address is to be found. */
interface CallSlot {
  readonly call: Call;
  readonly at: number;
}

/** The options of a `AddressGroup`. */
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
  readonly #slots = new Map<string, CallSlot>();
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
    const opened: Call[] = [];
    const awaited = new Set<Call>();
    const placesOfLists = lists.map((list) =>
      list.map((target) => {
        const place = this.#slotOf(target, opened);
        awaited.add(place.call);
        return place;
      }),
    );
    for (const call of opened) call.isOver = this.#fill(call);
    for (const { isOver } of awaited) await isOver;
    return placesOfLists.map((places) =>
      places.map(({ call, at }) => call.matches[at] ?? new Error('a target got no result')),
    );
  }

  /** Where it is found, or will be: in the last of the calls just opened, unless that is full. */
  #slotOf(target: string, opened: Call[]): CallSlot {
    const known = this.#slots.get(target);
    if (known !== undefined) return known;
    let call = opened.at(-1);
    if (call === undefined || call.targets.length === mostTargetsPerCall) {
      call = { targets: [], matches: [], isOver: Promise.resolve() };
      opened.push(call);
    }
    const place = { call, at: call.targets.push(target) - 1 };
    this.#slots.set(target, place);
    return place;
  }

  async #fill(call: Call): Promise<void> {
    try {
      call.matches = await this.#ask(call.targets);
    } catch (error) {
      const failure = toError(error);
      call.matches = call.targets.map(() => failure);
    }
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error('a read failed', { cause: error });
}
