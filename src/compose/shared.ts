import type { Counter } from '../store/counter.ts';
import type { Fleet } from '../store/fleet.ts';
import type { Store } from '../store/store.ts';

/** The state that this process shares with others, and its health. */
export interface Shared {
  readonly store: Store;
  readonly fleet: Fleet;
  readonly counter: Counter;
  /** Whether the others can be reached. */
  readonly isUp: () => boolean;
  /** How many writes wait until they can be again. */
  readonly countWaiting: () => number;
  /** Whether the file that another process has open can be written; undefined: there is none. */
  readonly describeRegister?: (() => string) | undefined;
}

/** The state of Redis for `/ready`. Without Redis the gateway is as ready: it goes on by itself. */
export function toRedisDetail({ isUp, countWaiting }: Shared): string {
  if (isUp()) return 'answers';
  return `does not answer: this process works without it, ${countWaiting()} writes wait`;
}
