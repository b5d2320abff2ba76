import { isRawNumber } from '../../atlas/json/raw-number.ts';

/** The size of a value of JSON, as far as it was looked at. */
export interface ValueFigures {
  /** The depth of lists and objects, the value itself included; 0 of a scalar. */
  readonly nesting: number;
  /** The members of the largest object. */
  readonly members: number;
  /** The entries of the longest list. */
  readonly listEntries: number;
}

/** Bounds beyond which a value is not looked at any further. */
export interface ValueBounds {
  readonly nesting: number;
  readonly members: number;
}

/**
 * Measures a value of JSON, in time that is linear in its size. It stops at the first figure over a
 * bound, and the other figures then are those so far.
 */
export function measureValue(value: unknown, most: ValueBounds): ValueFigures {
  const figures = { nesting: 0, members: 0, listEntries: 0 };
  // Level by level and not by recursion: a value may nest deeper than the stack.
  let level = [value].filter(isNest);
  while (level.length > 0) {
    figures.nesting += 1;
    if (figures.nesting > most.nesting) return figures;
    const below: object[] = [];
    for (const nest of level) {
      const members: readonly unknown[] = Array.isArray(nest) ? nest : Object.values(nest);
      const figure = Array.isArray(nest) ? 'listEntries' : 'members';
      figures[figure] = Math.max(figures[figure], members.length);
      if (figures.members > most.members) return figures;
      for (const member of members) if (isNest(member)) below.push(member);
    }
    level = below;
  }
  return figures;
}

function isNest(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isRawNumber(value);
}
