import { brokenRequests } from './broken-requests.ts';
import { callers } from './callers.ts';
import {
  codings,
  connections,
  lastConnection,
  oneConnectionMore,
  pages,
  time,
} from './connections.ts';
import { fullRegister } from './full-register.ts';
import { allPlaces, answers, limits, places, rates } from './limits.ts';
import type { Group } from './row.ts';
import { things } from './things.ts';

/** The whole table. */
export const groups: readonly Group[] = [
  callers,
  things,
  brokenRequests,
  limits,
  answers,
  rates,
  places,
  allPlaces,
  connections,
  lastConnection,
  oneConnectionMore,
  codings,
  pages,
  time,
  fullRegister,
];
