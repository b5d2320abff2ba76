import { systemAfter, systemMonotonicMs } from '../../../src/atlas/deadline/timer.ts';
import type { AuthenticateOptions } from '../../../src/identity/authenticate.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';

/** An empty register of grants, in memory, and timers. */
export function openGrantRegister(): Pick<
  AuthenticateOptions,
  'register' | 'monotonicMs' | 'after'
> {
  return {
    register: openSqliteStore({ directory: ':memory:' }).grants,
    monotonicMs: systemMonotonicMs,
    after: systemAfter,
  };
}
