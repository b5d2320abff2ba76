import type { Clock } from '../../live/clock.ts';

/** Members that are visited in turn for as long as they are here. */
export interface Rounds<Member> extends Iterable<Member> {
  /** The first visit comes within one period, and then one each period. */
  add(member: Member): void;
  delete(member: Member): void;
  count(): number;
  stop(): void;
}

const groupCount = 12;

/**
 * Visits each member once in a period, a twelfth of them at a time: thousands that were visited all
 * at once would hold up everybody else meanwhile.
 */
export function startRounds<Member>(
  clock: Clock,
  periodMs: number,
  visit: (member: Member) => void,
): Rounds<Member> {
  const groups = Array.from({ length: groupCount }, () => new Set<Member>());
  let turn = 0;

  function visitNext(): void {
    for (const member of groups[turn] ?? []) visit(member);
    turn = (turn + 1) % groupCount;
    cancel = clock.after(periodMs / groupCount, visitNext);
  }
  let cancel = clock.after(periodMs / groupCount, visitNext);

  return {
    add(member) {
      const smallest = groups.reduce((least, group) => (group.size < least.size ? group : least));
      smallest.add(member);
    },
    delete(member) {
      for (const group of groups) if (group.delete(member)) return;
    },
    count: () => groups.reduce((sum, { size }) => sum + size, 0),
    stop: () => cancel(),
    *[Symbol.iterator]() {
      for (const group of groups) yield* group;
    },
  };
}
