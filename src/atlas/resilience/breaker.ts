import { createRollingCounts } from './rolling-counts.ts';

/** CLOSED: calls pass. OPEN: none does. HALF_OPEN: one is under way to see whether they may. */
export type BreakerState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';
/**
 * The role of a call that passed the breaker: an ordinary call, the probe of a half-open breaker,
 * or a readiness check, which passes in every state.
 */
export type CallRole = 'call' | 'probe' | 'check';
/** The outcome of a call; `ignored` if it says nothing about Atlas. */
export type CallOutcome = 'success' | 'failure' | 'ignored';

/** A circuit breaker. */
export interface Breaker {
  readonly state: () => BreakerState;
  /** The time of the last change of state, in milliseconds since the epoch. */
  readonly since: () => number;
  /** The time until a call may pass, in milliseconds; 0 if one may pass now. */
  waitMs(): number;
  /** Admits a call in a role, or refuses it with null. Readiness checks skip this step. */
  admit(): 'call' | 'probe' | null;
  /** Records the outcome of an admitted call, exactly once. */
  settle(role: CallRole, outcome: CallOutcome): void;
}

/** The options of `createBreaker`. */
export interface BreakerOptions {
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** The wall clock, in milliseconds since the epoch, for `since`. */
  readonly wallNow: () => number;
  readonly onChange?: (from: BreakerState, to: BreakerState) => void;
}

const windowMs = 20_000;
const leastCalls = 10;
const badShare = 0.5;
const firstOpenMs = 5_000;
const mostOpenMs = 30_000;
/** The wait that is reported while a probe is in flight, whose duration is unknown. */
const probeWaitMs = 1_000;

/**
 * Creates a circuit breaker. It opens when half of at least ten calls in twenty seconds failed,
 * admits a probe after five seconds, and doubles that time after each failed probe, up to half a
 * minute.
 */
export function createBreaker({ now, wallNow, onChange }: BreakerOptions): Breaker {
  const counts = createRollingCounts(windowMs, now);
  let state: BreakerState = 'CLOSED';
  let since = wallNow();
  let openMs = firstOpenMs;
  let reopensAt = 0;

  function turn(to: BreakerState): void {
    const from = state;
    if (from === to) return;
    state = to;
    since = wallNow();
    onChange?.(from, to);
  }

  function open(forMs: number): void {
    reopensAt = now() + forMs;
    turn('OPEN');
  }

  function waitMs(): number {
    if (state === 'CLOSED') return 0;
    return state === 'OPEN' ? Math.max(0, reopensAt - now()) : probeWaitMs;
  }

  function settleProbe(outcome: CallOutcome): void {
    // A readiness check may have ended well before this one.
    if (state === 'CLOSED') return;
    if (outcome === 'success') {
      openMs = firstOpenMs;
      counts.clear();
      turn('CLOSED');
    } else if (outcome === 'failure') {
      openMs = Math.min(mostOpenMs, openMs * 2);
      open(openMs);
    } else {
      open(0);
    }
  }

  function settleCall(outcome: CallOutcome): void {
    // A call that passed before the breaker opened adds no information.
    if (outcome === 'ignored' || state !== 'CLOSED') return;
    counts.add(outcome === 'failure' ? 1 : 0);
    if (outcome === 'success') return;
    const [good, bad] = counts.sums();
    if (good + bad >= leastCalls && bad >= (good + bad) * badShare) open(openMs);
  }

  return {
    state: () => state,
    since: () => since,
    waitMs,
    admit() {
      if (state === 'CLOSED') return 'call';
      if (waitMs() > 0) return null;
      turn('HALF_OPEN');
      return 'probe';
    },
    settle(role, outcome) {
      if (role === 'call') settleCall(outcome);
      // Readiness checks are triggered by unauthenticated requests, so a failed one must not
      // lengthen the open time.
      else if (role === 'probe' || outcome === 'success') settleProbe(outcome);
    },
  };
}
