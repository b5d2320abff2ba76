import { createSharedWatch } from '../../../src/live/shared-watch.ts';
import { createWatch } from '../../../src/live/watch.ts';
import type { WatchOptions } from '../../../src/live/watch-options.ts';
import type { Fleet } from '../../../src/store/fleet.ts';
import { createInMemoryFleet } from '../../../src/store/memory/in-memory-fleet.ts';
import { StoreError } from '../../../src/store/store.ts';
import { createFakeClock } from './fake-clock.ts';
import { createNumberAtlas, intervalMs, numberRules } from './open-watch.ts';

/** How often a member of these fleets shows life. */
const beatMs = intervalMs / 3;

/** Watches over one Atlas of numbers, each as in a process of its own, that act as one. */
export function openFleet(count: number, options: Partial<WatchOptions<number>> = {}) {
  const clock = createFakeClock();
  const { atlas, ask } = createNumberAtlas();
  const board = createInMemoryFleet({ clock, leaseMs: intervalMs });
  const replicas = Array.from({ length: count }, (_, place) => {
    const member = board.join();
    const reach = { isGone: false };
    const share = createSharedWatch<number>({
      fleet: withReach(member, reach),
      topic: 'flow',
      readState: Number,
    });
    let isDead = false;
    const beat = () => {
      if (isDead) return;
      if (!reach.isGone) member.renewLife();
      clock.after(beatMs, beat);
    };
    clock.after(beatMs, beat);
    const asked: number[] = [];
    const watch = createWatch<number>({
      ask: (tenant, key, how) => {
        asked.push(clock.now());
        // The answer for a process that is dead never comes.
        return isDead ? new Promise(() => {}) : ask(clock.now(), tenant, key, how);
      },
      rules: numberRules,
      missing: 'flow',
      clock,
      random: () => 0.5,
      intervalMs,
      maxKnown: 100,
      share,
      ...options,
    });
    return {
      place,
      watch,
      /** When it asked Atlas. */
      asked,
      /** It shows no life from here on, and hears nothing. */
      die() {
        isDead = true;
        reach.isGone = true;
      },
      /** The others are out of its reach; or they are again. */
      cutOff(isGone: boolean) {
        reach.isGone = isGone;
      },
    };
  });
  return { clock, atlas, replicas };
}

/** A member whose way to the others can be cut. */
function withReach(member: Fleet, reach: { isGone: boolean }): Fleet {
  const guarded =
    <Given extends unknown[], Value>(act: (...given: Given) => Promise<Value>) =>
    async (...given: Given) => {
      if (reach.isGone) throw new StoreError('gone');
      return await act(...given);
    };
  return {
    ...member,
    acquireLease: guarded(member.acquireLease),
    releaseLease: guarded(member.releaseLease),
    publish: guarded(member.publish),
    send: guarded(member.send),
    listen: (listener) =>
      member.listen((signal) => {
        if (!reach.isGone) listener(signal);
      }),
  };
}
