import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancellation } from '../../../src/atlas/deadline/cancellation.ts';
import { type AbortListener, createDeadlines } from '../../../src/atlas/deadline/deadline.ts';
import { createFakeClock } from '../../support/live/fake-clock.ts';

/** Deadlines of a second, on a clock turned by hand. */
function openDeadlines() {
  const clock = createFakeClock();
  const startDeadline = createDeadlines({
    timeoutMs: 1_000,
    now: clock.monotonicMs,
    after: clock.after,
  });
  const told: string[] = [];
  /** One who waits, and notes what it is told. */
  const toWaiter = (name = ''): AbortListener => ({
    abort: (over) => void told.push(`${name}${over}`),
  });
  return { clock, startDeadline, told, toWaiter };
}

test('a deadline costs no timer until something waits, and one for all that do', () => {
  const { clock, startDeadline, toWaiter } = openDeadlines();
  const deadline = startDeadline();
  assert.equal(clock.countTimers(), 0);
  const waiters = [toWaiter(), toWaiter()];
  for (const waiter of waiters) deadline.onAbort(waiter);
  assert.equal(clock.countTimers(), 1);
  for (const waiter of waiters) deadline.offAbort(waiter);
  assert.equal(clock.countTimers(), 0);
});

test('a later wait of an operation ends with the operation', async () => {
  const { clock, startDeadline, told, toWaiter } = openDeadlines();
  const deadline = startDeadline();
  const waiter = toWaiter();
  deadline.onAbort(waiter);
  deadline.offAbort(waiter);
  await clock.advance(600);
  assert.equal(deadline.leftMs(), 400);
  deadline.onAbort(waiter);
  await clock.advance(399);
  assert.deepEqual(told, []);
  await clock.advance(1);
  assert.deepEqual(told, ['timeout']);
  assert.deepEqual([deadline.leftMs(), deadline.abortReason()], [0, 'timeout']);
});

test('a disconnected client is reported once, and no timeout after it', async () => {
  const { clock, startDeadline, told, toWaiter } = openDeadlines();
  const caller = new Cancellation();
  const deadline = startDeadline({ cancellation: caller });
  deadline.onAbort(toWaiter());
  caller.cancel();
  await clock.advance(1_000);
  assert.deepEqual(
    [told, deadline.abortReason(), deadline.leftMs()],
    [['disconnected'], 'disconnected', 0],
  );
  assert.equal(clock.countTimers(), 0);
});

test('a listener that is added after the end is called at once', async () => {
  const { clock, startDeadline, told, toWaiter } = openDeadlines();
  const deadline = startDeadline();
  await clock.advance(1_000);
  deadline.onAbort(toWaiter());
  startDeadline({ cancellation: toCancelled() }).onAbort(toWaiter());
  assert.deepEqual(told, ['timeout', 'disconnected']);
  assert.equal(clock.countTimers(), 0);
});

test('a listener that is removed while the others are called is not called', () => {
  const { startDeadline, told, toWaiter } = openDeadlines();
  const caller = new Cancellation();
  const deadline = startDeadline({ cancellation: caller });
  const [first, second] = [toWaiter('first '), toWaiter('second ')];
  deadline.onAbort({
    abort(over) {
      first.abort(over);
      deadline.offAbort(second);
    },
  });
  deadline.onAbort(second);
  caller.cancel();
  assert.deepEqual(told, ['first disconnected']);
});

function toCancelled(): Cancellation {
  const cancelled = new Cancellation();
  cancelled.cancel();
  return cancelled;
}
