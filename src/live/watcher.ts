import { NotFoundError } from '../atlas/api/errors.ts';
import { toNextDelayMs } from './cadence.ts';
import type { Snapshot, SnapshotSource } from './known-states.ts';
import { createReaders, type ReadOptions } from './readers.ts';
import { isTransient, toRetryAfterMs } from './transient-failure.ts';
import type { LeaseHandle, WatcherOptions } from './watcher-options.ts';

/** Polls one flow or batch for as long as it has readers. */
export interface Watcher<State> {
  join(options: ReadOptions): AsyncIterableIterator<Snapshot<State>>;
  /** Polls at once; after a poll in flight, and not before Atlas's `Retry-After`. */
  poke(source: SnapshotSource): void;
  /** Adopts a state that was read elsewhere, and returns it with the time of the next poll. */
  adopt(snapshot: Snapshot<State>): Snapshot<State>;
  /** True if this watcher polls Atlas, and does not follow another one. */
  isPolling(): boolean;
  /** Tries again to acquire the lease, whose holder may have ended. */
  retryLease(): void;
  /** Another process needs details beside the bare state. */
  requestDetails(): void;
  isRead(): boolean;
  /** Ends the reading of all, with an error if one is given. */
  stop(error?: Error): void;
}

const maxFailuresWithoutState = 3;

/**
 * Creates the polling loop of one flow or batch: poll, publish, wait. It has one poll in flight at
 * a time; a hint that comes meanwhile causes one more poll after it. It outlives its last reader
 * only until that poll ends, so that a reader that returns meanwhile causes no second one.
 */
export function createWatcher<State>(options: WatcherOptions<State>): Watcher<State> {
  const { clock, intervalMs, isTerminal } = options;
  let readers = createReaders(isTerminal, releaseIfIdle);
  let last: Snapshot<State> | undefined;
  let isPollInFlight = false;
  let isHolding = options.lease === undefined;
  /** Whether another watcher asks, and tells this one. */
  let isFollowing = false;
  /** Whether somebody elsewhere wants more than the bare state. */
  let isDetailedElsewhere = false;
  let failures = 0;
  /** The source of a hint that was not followed yet; null: none. */
  let pokedBy: SnapshotSource | null = null;
  let answeredAt = Number.NEGATIVE_INFINITY;
  let changedAt = clock.monotonicMs();
  let joinedAt = clock.monotonicMs();
  /** Until when Atlas does not want to be asked. */
  let notBefore = Number.NEGATIVE_INFINITY;
  let nextCheckAt: number | null = null;
  /** Since when a look has been due, and since when a callback has waited for one. */
  let dueAt: number | null = null;
  let pendingCallbackAt: number | null = null;
  let cancelTimer = () => {};

  async function poll(source: SnapshotSource, isFresh: boolean): Promise<void> {
    dueAt ??= Math.min(nextCheckAt ?? clock.monotonicMs(), clock.monotonicMs());
    unschedule();
    isPollInFlight = true;
    pokedBy = null;
    // A call that comes from here on is not answered by this look, which may have left before it.
    const callbackAt = pendingCallbackAt;
    pendingCallbackAt = null;
    try {
      if (options.lease !== undefined && !(await acquireLease(options.lease))) return;
      const snapshot = await options.poll(
        { isFresh, isDetailed: readers.isDetailed() || isDetailedElsewhere },
        source,
      );
      isPollInFlight = false;
      if (snapshot === null) stop(new NotFoundError(options.missing));
      else {
        reportPoll(callbackAt);
        publish(snapshot);
      }
    } catch (error) {
      isPollInFlight = false;
      pendingCallbackAt = callbackAt ?? pendingCallbackAt;
      fail(error);
    }
    releaseIfIdle();
  }

  function reportPoll(callbackAt: number | null): void {
    const now = clock.monotonicMs();
    if (callbackAt !== null) options.onPoll?.({ source: 'CALLBACK', delayMs: now - callbackAt });
    else options.onPoll?.({ source: 'POLL', delayMs: now - (dueAt ?? now) });
  }

  /** Whether this watcher is the one that asks; else it has taken what the other tells. */
  async function acquireLease(lease: LeaseHandle<State>): Promise<boolean> {
    const result = await lease.acquire(readers.wantsEveryChange());
    isHolding = result.isMine;
    isFollowing = !result.isMine;
    isDetailedElsewhere = result.isDetailed;
    const isUnread = readers.count() === 0;
    if (isHolding && !isUnread) return true;
    isPollInFlight = false;
    // A hint reaches all processes, and the one that polls has followed it.
    pokedBy = null;
    pendingCallbackAt = null;
    dueAt = null;
    failures = 0;
    notBefore = Number.NEGATIVE_INFINITY;
    answeredAt = clock.monotonicMs();
    if (result.snapshot !== undefined) adopt(result.snapshot);
    // A reader that is ahead of all that is known here waits for what the others know.
    if (last !== undefined) readers.publish(withNextCheck(last));
    if (nextCheckAt === null && readers.count() > 0 && !schedule()) stop();
    releaseIfIdle();
    return false;
  }

  /** Whether each change on the way is wanted, here or elsewhere: no callback tells of it. */
  function wantsEveryChange(): boolean {
    return readers.wantsEveryChange() || isDetailedElsewhere;
  }

  function publish(snapshot: Snapshot<State>): void {
    if (last?.version !== snapshot.version) changedAt = clock.monotonicMs();
    failures = 0;
    answeredAt = clock.monotonicMs();
    dueAt = null;
    last = snapshot;
    const goesOn = !isTerminal(snapshot.state) && schedule();
    if (!goesOn) unschedule();
    readers.publish(withNextCheck(snapshot));
    if (!goesOn) stop();
  }

  function fail(error: unknown): void {
    failures += 1;
    if (failures === 1) options.onFailure(error);
    // A reader that returns while Atlas is down gets the known state, as those that stayed did. Files
    // given meanwhile count too: an end from before them is no longer one.
    const known = options.known();
    if (last === undefined || (known !== undefined && known.version > last.version)) {
      last = toCached(known);
    }
    const isHopeless = last === undefined && failures >= maxFailuresWithoutState;
    if (isHopeless || !isTransient(error, last !== undefined)) {
      stop(error instanceof Error ? error : new Error('the watch failed', { cause: error }));
      return;
    }
    const retryAfterMs = toRetryAfterMs(error);
    notBefore = clock.monotonicMs() + retryAfterMs;
    if (last !== undefined) last = { ...last, isStale: true };
    const goesOn = schedule(retryAfterMs);
    if (last !== undefined) readers.publish(withNextCheck(last));
    if (!goesOn) stop();
  }

  /** Sets the time of the next question; false when the time of the watch is up. */
  function schedule(retryAfterMs = 0): boolean {
    unschedule();
    if (isPollInFlight) return true;
    const timeLeftMs = options.giveUpAfterMs - (clock.monotonicMs() - joinedAt);
    if (timeLeftMs <= 0) return false;
    const heldMs = notBefore - clock.monotonicMs();
    if (heldMs > timeLeftMs) {
      cancelTimer = clock.after(timeLeftMs, () => stop());
      return true;
    }
    const delayMs = pokedBy === null ? toDelayMs(retryAfterMs) : 0;
    pollIn(Math.min(Math.max(delayMs, heldMs), timeLeftMs));
    return true;
  }

  /** Whether a reader saw a newer version than is known here. */
  function isAhead({ after }: ReadOptions): boolean {
    return after !== undefined && last !== undefined && after > last.version;
  }

  /** Moves the next question forward, if what is wanted now has it sooner. */
  function pollSooner(): void {
    const delayMs = toDelayMs();
    if (nextCheckAt !== null && clock.monotonicMs() + delayMs < nextCheckAt) pollIn(delayMs);
  }

  function pollIn(delayMs: number): void {
    unschedule();
    nextCheckAt = clock.monotonicMs() + delayMs;
    cancelTimer = clock.after(delayMs, () => void poll(pokedBy ?? 'POLL', pokedBy !== null));
  }

  function unschedule(): void {
    cancelTimer();
    nextCheckAt = null;
  }

  function toDelayMs(retryAfterMs = 0): number {
    // With the time that a lease stands without a sign of life, within two intervals of that.
    if (isFollowing) return intervalMs * (0.8 + 0.2 * options.random());
    return toNextDelayMs({
      ...options.hints(),
      intervalMs,
      isDetailed: wantsEveryChange(),
      quietMs: clock.monotonicMs() - changedAt,
      failures,
      retryAfterMs,
      random: options.random(),
    });
  }

  /** A snapshot with the time of the next look: now while one is under way, none at the end. */
  function withNextCheck(snapshot: Snapshot<State>): Snapshot<State> {
    const isOver = isTerminal(snapshot.state) && !snapshot.isStale;
    const isUnderWay = isPollInFlight && readers.count() > 0 && !isOver;
    const dueInMs = isUnderWay
      ? 0
      : nextCheckAt === null
        ? null
        : nextCheckAt - clock.monotonicMs();
    return { ...snapshot, nextCheckAt: dueInMs === null ? null : clock.now() + dueInMs };
  }

  function stop(error?: Error): void {
    const former = readers;
    // It has no readers from here on; the slots of those that left are their own.
    readers = createReaders(isTerminal, releaseIfIdle);
    former.end(error);
    releaseIfIdle();
  }

  function releaseIfIdle(): void {
    if (readers.count() > 0) return;
    unschedule();
    if (isPollInFlight) return;
    if (isHolding) options.lease?.release();
    isHolding = options.lease === undefined;
    options.onIdle();
  }

  function adopt(snapshot: Snapshot<State>): Snapshot<State> {
    const isNews =
      snapshot.version !== last?.version || snapshot.isStale !== last.isStale || failures > 0;
    if (isNews) {
      publish(snapshot);
    } else {
      // Nothing to tell, and the next look stays where it is: queries must not put it off.
      last = snapshot;
      answeredAt = clock.monotonicMs();
    }
    return withNextCheck(snapshot);
  }

  return {
    join(readOptions) {
      const before = { details: readers.isDetailed(), changes: readers.wantsEveryChange() };
      joinedAt = clock.monotonicMs();
      // Attached first: what changes from here on is not missed, whatever is asked below.
      const reader = readers.add(readOptions);
      const wantsMore =
        readers.isDetailed() !== before.details || readers.wantsEveryChange() !== before.changes;
      if (!isPollInFlight && failures === 0 && clock.monotonicMs() >= notBefore) {
        if (clock.monotonicMs() - answeredAt > intervalMs) void poll('POLL', false);
        else if ((wantsMore || isAhead(readOptions)) && isFollowing) void poll('POLL', false);
        else if (wantsMore) pollSooner();
      }
      if (last !== undefined) reader.deliver(withNextCheck(last), !isPollInFlight);
      return reader.iterator;
    },
    poke(source) {
      if (source === 'CALLBACK') pendingCallbackAt ??= clock.monotonicMs();
      if (isPollInFlight || clock.monotonicMs() < notBefore) {
        pokedBy = source;
        if (!isPollInFlight) schedule();
      } else {
        void poll(source, true);
      }
    },
    adopt,
    isPolling: () => isHolding,
    retryLease() {
      if (isFollowing && !isPollInFlight) void poll('POLL', false);
    },
    requestDetails() {
      isDetailedElsewhere = true;
      pollSooner();
    },
    isRead: () => readers.count() > 0,
    stop,
  };
}

function toCached<State>(known: Snapshot<State> | undefined): Snapshot<State> | undefined {
  return known && { ...known, source: 'CACHE' };
}
