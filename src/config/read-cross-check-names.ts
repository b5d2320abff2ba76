import {
  type CrossCheckNames,
  crossCheckNames,
  defaultCrossCheckNames,
} from '../atlas/answers/cross-checks.ts';
import type { Environment } from './environment.ts';
import type { Variable } from './variables.ts';

/** Returns the member names of a cross-check: the usual ones where none are given. */
export function readCrossCheckNames({ read, fault }: Environment<Variable>): CrossCheckNames {
  const text = read('ATLAS_CROSS_CHECK_NAMES');
  if (text === undefined) return defaultCrossCheckNames;
  try {
    const given = crossCheckNames.partial().safeParse(JSON.parse(text));
    if (given.success) return { ...defaultCrossCheckNames, ...withoutUndefined(given.data) };
  } catch {
    // no JSON: the same fault
  }
  fault(
    'ATLAS_CROSS_CHECK_NAMES is not understood: give JSON such as {"field":["name"],"value":[["left","right"]]}.',
  );
  return defaultCrossCheckNames;
}

function withoutUndefined<Members extends object>(
  members: Members,
): { [Name in keyof Members]?: Exclude<Members[Name], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  // Only the undefined ones are gone; the names and the rest of the types are as they were.
  return Object.fromEntries(entries) as {
    [Name in keyof Members]?: Exclude<Members[Name], undefined>;
  };
}
