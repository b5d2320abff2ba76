import type { Tenant } from '../../../src/atlas/api/tenant.ts';
import type { StateRules } from '../../../src/live/known-states.ts';
import { createWatch } from '../../../src/live/watch.ts';
import type { WatchOptions } from '../../../src/live/watch-options.ts';
import type { PollOptions } from '../../../src/live/watcher-options.ts';
import { toTenantId } from '../tenant-id.ts';
import { createFakeClock } from './fake-clock.ts';

/** The watched state in these tests: a number that grows, and ends at nine. */
export const theEnd = 9;

export const numberRules: StateRules<number> = {
  isSame: (one, other) => one === other,
  isTerminal: (state) => state === theEnd,
  isBackwards: (last, next) => next < last,
};

export const intervalMs = 5_000;

export interface Asked extends PollOptions {
  readonly tenantId: string;
  readonly key: string;
  readonly at: number;
}

/** Says what an Atlas made of numbers answers. */
export interface NumberAtlas {
  /** The answer from now on; null: no such thing; an error: the question fails. */
  says: number | null | Error;
  /** Whether answers wait until they are given by hand. */
  isHeld: boolean;
  /** Every question so far. */
  readonly asked: Asked[];
  /** Gives the oldest answer that waits: the one named, or what is said now. */
  give(answer?: number | null | Error): void;
  readonly countWaiting: () => number;
}

export function createNumberAtlas() {
  const waiting: PromiseWithResolvers<number | null>[] = [];
  const atlas: NumberAtlas = {
    says: 1,
    isHeld: false,
    asked: [],
    countWaiting: () => waiting.length,
    give(answer = atlas.says) {
      const held = waiting.shift();
      if (held === undefined) throw new Error('no answer waits');
      if (answer instanceof Error) held.reject(answer);
      else held.resolve(answer);
    },
  };
  return {
    atlas,
    ask(at: number, { id }: Tenant, key: string, how: PollOptions): Promise<number | null> {
      atlas.asked.push({ ...how, tenantId: id, key, at });
      const held = Promise.withResolvers<number | null>();
      waiting.push(held);
      if (!atlas.isHeld) atlas.give();
      return held.promise;
    },
  };
}

/** A watch over numbers, with a clock that is turned by hand and no chance in it. */
export function openWatch(options: Partial<WatchOptions<number>> = {}) {
  const clock = createFakeClock();
  const { atlas, ask } = createNumberAtlas();
  let lagging = 0;
  const watch = createWatch<number>({
    ask: (tenant, key, how) => ask(clock.now(), tenant, key, how),
    rules: numberRules,
    missing: 'flow',
    clock,
    random: () => 0.5,
    intervalMs,
    maxKnown: 100,
    onLagging: () => {
      lagging += 1;
    },
    ...options,
  });
  return { clock, atlas, watch, countLagging: () => lagging };
}

export function tenantOf(id: string): Tenant {
  const credentials = {
    clientId: `${id}-client`,
    clientSecret: `${id}-secret`,
    addressClientId: `${id}-address-client`,
    addressClientSecret: `${id}-address-secret`,
  };
  return { id: toTenantId(id), credentials };
}

export interface Followed<Value> {
  /** All that was read so far. */
  readonly seen: Value[];
  /** How the reading ended; null while it has not. */
  ending: 'completed' | Error | null;
  /** Stops reading. */
  leave(): void;
}

/** Reads as fast as it can, and keeps all that it reads. */
export function follow<Value>(reading: AsyncIterableIterator<Value>): Followed<Value> {
  const followed: Followed<Value> = {
    seen: [],
    ending: null,
    leave: () => void reading.return?.(),
  };
  async function read(): Promise<void> {
    for await (const value of reading) followed.seen.push(value);
  }
  void read().then(
    () => {
      followed.ending = 'completed';
    },
    (error: unknown) => {
      followed.ending = error instanceof Error ? error : new Error(String(error));
    },
  );
  return followed;
}
