import type { Snapshot } from '../../live/known-states.ts';

/** A state that was known before, for when Atlas can't be asked. */
export function toStale<State>(
  known: Pick<Snapshot<State>, 'state' | 'version' | 'observedAt'>,
): Snapshot<State> {
  return { ...known, source: 'CACHE', nextCheckAt: null, isStale: true };
}
