import assert from 'node:assert/strict';
import { AtlasError } from '../../../src/atlas/api/errors.ts';
import type { Tenant } from '../../../src/atlas/api/tenant.ts';
import type { Snapshot, StateRules } from '../../../src/live/known-states.ts';
import { createWatch } from '../../../src/live/watch.ts';
import { createFakeClock, settle } from './fake-clock.ts';
import { intervalMs, tenantOf, theEnd } from './open-watch.ts';

/** One thing that happens. Places and readers are counted round, so that every number names one. */
export type Command =
  /** The question that waits is answered with the truth. */
  | { readonly kind: 'answer'; readonly place: number }
  /** It is answered with what was true twenty seconds before it was asked. */
  | { readonly kind: 'lagging answer'; readonly place: number }
  | { readonly kind: 'failure'; readonly place: number; readonly retryAfterMs: number | undefined }
  | { readonly kind: 'progress'; readonly place: number; readonly steps: number }
  | { readonly kind: 'callback'; readonly place: number }
  | { readonly kind: 'callback for all'; readonly place: number }
  | { readonly kind: 'query'; readonly place: number }
  | {
      readonly kind: 'join';
      readonly place: number;
      readonly isSlow: boolean;
      readonly isDetailed: boolean;
      /** Whether the reader names the version that was last seen by anybody. */
      readonly comesBack: boolean;
    }
  | { readonly kind: 'leave'; readonly reader: number }
  | { readonly kind: 'read'; readonly reader: number }
  | { readonly kind: 'time'; readonly ms: number };

/** The state of a thing, with whose it is, so that it can be told when it comes to another. */
interface Owned {
  readonly owner: string;
  readonly step: number;
}

interface Reader {
  readonly place: Place;
  readonly after: number | undefined;
  readonly iterator: AsyncIterator<Snapshot<Owned>>;
  readonly seen: Snapshot<Owned>[];
  readonly isSlow: boolean;
  isWaiting: boolean;
  ending: 'completed' | 'left' | Error | null;
}

/** A thing that is watched, as it truly is. */
interface Place {
  readonly tenant: Tenant;
  readonly key: string;
  readonly owner: string;
  /** Its states with their times; the last one is the current state. */
  readonly history: { readonly since: number; readonly step: number }[];
  /** Whether anything was ever learned of it. */
  isKnown: boolean;
  lastSeen: number | undefined;
  waiting: { readonly at: number; readonly answer: PromiseWithResolvers<Owned> } | null;
}

const lagMs = 20_000;

const rules: StateRules<Owned> = {
  isSame: (one, other) => one.owner === other.owner && one.step === other.step,
  isTerminal: ({ step }) => step === theEnd,
  isBackwards: (last, next) => next.step < last.step,
};

/**
 * A watch over two things of one tenant and one of another, two of them with the same name, and all
 * that can happen around it. Every answer of Atlas waits until it is given.
 */
export function openRace() {
  const clock = createFakeClock();
  const acme = tenantOf('acme');
  const globex = tenantOf('globex');
  const placeOf = (tenant: Tenant, key: string): Place => ({
    tenant,
    key,
    owner: `${tenant.id} ${key}`,
    history: [{ since: Number.NEGATIVE_INFINITY, step: 0 }],
    isKnown: false,
    lastSeen: undefined,
    waiting: null,
  });
  const [first, ...others] = [
    placeOf(acme, 'LOS-1'),
    placeOf(globex, 'LOS-1'),
    placeOf(acme, 'LOS-2'),
  ] as const;
  const places = [first, ...others];
  const readers: Reader[] = [];
  const faults: string[] = [];
  /** Where a reader attaches right now. */
  let joining: Place | null = null;
  let asked = 0;

  const watch = createWatch<Owned>({
    ask(tenant, key) {
      const place = places.find((one) => one.tenant.id === tenant.id && one.key === key);
      assert.ok(place, 'only what is there is asked for');
      assert.equal(place.waiting, null, 'one question at a time');
      const isRead = readers.some((one) => one.place === place && one.ending === null);
      assert.ok(isRead || joining === place, 'nothing is asked for nobody');
      asked += 1;
      place.waiting = { at: clock.now(), answer: Promise.withResolvers() };
      return place.waiting.answer.promise;
    },
    rules,
    missing: 'flow',
    clock,
    random: () => 0.5,
    intervalMs,
    maxKnown: 10,
  });

  function stepAt({ history }: Place, at: number): number {
    return history.findLast(({ since }) => since <= at)?.step ?? 0;
  }

  function answer(place: Place, at: number): void {
    const { waiting, owner } = place;
    if (waiting === null) return;
    place.waiting = null;
    place.isKnown = true;
    waiting.answer.resolve({ owner, step: stepAt(place, at) });
  }

  function progress(place: Place, steps: number): void {
    const step = Math.min(theEnd, stepAt(place, clock.now()) + steps);
    place.history.push({ since: clock.now(), step });
  }

  function pull(reader: Reader): void {
    if (reader.isWaiting || reader.ending !== null) return;
    reader.isWaiting = true;
    reader.iterator.next().then(
      ({ done, value }) => {
        reader.isWaiting = false;
        if (done) {
          reader.ending ??= 'completed';
          return;
        }
        reader.seen.push(value);
        reader.place.lastSeen = Math.max(reader.place.lastSeen ?? 0, value.version);
        if (!reader.isSlow) pull(reader);
      },
      (error: Error) => {
        reader.ending = error;
        // A slow reader may get a failure of long ago.
        if (reader.place.isKnown && !reader.isSlow)
          faults.push('what was known ended in a failure');
      },
    );
  }

  function join({ place: number, isSlow, isDetailed, comesBack }: Command & { kind: 'join' }) {
    const place = places[number % places.length] ?? first;
    const after = comesBack ? place.lastSeen : undefined;
    joining = place;
    const iterator = watch.watch(place.tenant, place.key, { after, isDetailed });
    joining = null;
    const rest = { seen: [], isWaiting: false, ending: null };
    const reader: Reader = { place, after, iterator, isSlow, ...rest };
    readers.push(reader);
    if (!isSlow) pull(reader);
  }

  function leave(reader: Reader | undefined): void {
    if (reader === undefined || reader.ending !== null) return;
    reader.ending = 'left';
    void reader.iterator.return?.();
  }

  async function run(command: Command): Promise<void> {
    if (command.kind === 'time') return await clock.advance(command.ms);
    const place = places['place' in command ? command.place % places.length : 0] ?? first;
    const reader =
      'reader' in command ? readers[command.reader % (readers.length || 1)] : undefined;
    switch (command.kind) {
      case 'answer':
        answer(place, clock.now());
        break;
      case 'lagging answer':
        answer(place, (place.waiting?.at ?? 0) - lagMs);
        break;
      case 'failure': {
        const { retryAfterMs } = command;
        const failure = { endpoint: 'flowStatus', failure: 'unavailable', retryAfterMs } as const;
        place.waiting?.answer.reject(new AtlasError(failure));
        place.waiting = null;
        break;
      }
      case 'progress':
        progress(place, command.steps);
        break;
      case 'callback':
        watch.poke(place.tenant, place.key);
        break;
      case 'callback for all':
        watch.pokeAll(place.tenant);
        break;
      case 'query': {
        place.isKnown = true;
        const step = stepAt(place, clock.now());
        watch.observe(place.tenant, place.key, { owner: place.owner, step }, clock.monotonicMs());
        break;
      }
      case 'join':
        join(command);
        break;
      case 'leave':
        leave(reader);
        break;
      case 'read':
        if (reader !== undefined) pull(reader);
    }
    await settle();
  }

  /** Lets everything come to its end, and lets everybody read it. */
  async function finish(): Promise<void> {
    for (const place of places) progress(place, theEnd);
    for (let round = 0; round < 10; round += 1) {
      for (const place of places) answer(place, clock.now());
      await clock.advance(60_000);
    }
    for (let round = 0; round < 3; round += 1) {
      for (const reader of readers) pull(reader);
      await settle();
    }
  }

  async function leaveAll(): Promise<void> {
    for (const reader of readers) leave(reader);
    for (const place of places) answer(place, clock.now());
    await settle();
  }

  function checkMeanwhile(): void {
    assert.deepEqual(faults, []);
    for (const { seen, place, after } of readers) {
      const last = seen.at(-1);
      const before = seen.at(-2);
      if (last === undefined) continue;
      assert.equal(last.state.owner, place.owner, 'nobody is told of what is another’s');
      if (after !== undefined && last.state.step !== theEnd) assert.ok(last.version > after);
      if (before === undefined) continue;
      assert.ok(last.version >= before.version, 'versions do not go back');
      assert.ok(last.state.step >= before.state.step, 'states do not go back');
      assert.equal(last.version === before.version, last.state.step === before.state.step);
    }
  }

  function checkAtTheEnd(): void {
    for (const { seen, place, after, ending } of readers) {
      assert.notEqual(ending, null, 'every reading ends');
      if (ending !== 'completed') continue;
      const wasSeenBefore =
        seen.length === 0 && after === watch.last(place.tenant, place.key)?.version;
      assert.ok(wasSeenBefore || seen.at(-1)?.state.step === theEnd, 'everybody is told the end');
    }
    assert.equal(watch.countWatched(), 0, 'no watcher is left');
    assert.equal(clock.countTimers(), 0, 'no timer is left');
    assert.ok(places.every(({ waiting }) => waiting === null));
  }

  return {
    clock,
    watch,
    run,
    finish,
    leaveAll,
    checkMeanwhile,
    checkAtTheEnd,
    countAsked: () => asked,
  };
}
